//! Cross-origin requests: which pages in a browser may ask (`allowed_origins` of `ari.conf`).

use crate::request::Headers;
use crate::{Resource, Response};

/// Adds what every answer to an allowed origin carries.
pub(crate) fn allow_origin(allowed: &[String], headers: &Headers, response: Response) -> Response {
    match origin(allowed, headers) {
        Some(origin) => response
            .with("Access-Control-Allow-Origin", origin.to_owned())
            .with("Access-Control-Allow-Credentials", "true".to_owned()),
        None => response,
    }
}

/// Adds what a preflight asks for, if the method it announces is one of the resource's.
pub(crate) fn preflight(
    allowed: &[String],
    headers: &Headers,
    resource: &Resource,
    response: Response,
) -> Response {
    let method = headers.first("Access-Control-Request-Method");
    let (Some(_), Some(method)) = (origin(allowed, headers), method) else { return response };
    let allow = resource.allow();
    if !allow.split(',').any(|known| known == method) {
        return response;
    }
    let response = response.with("Access-Control-Allow-Methods", allow);
    match headers.first("Access-Control-Request-Headers") {
        Some(wanted) if !wanted.is_empty() => {
            response.with("Access-Control-Allow-Headers", wanted.to_owned())
        }
        _ => response,
    }
}

/// The request's origin, if it is allowed: named exactly, or any by `*`.
fn origin<'a>(allowed: &[String], headers: &'a Headers) -> Option<&'a str> {
    let origin = headers.first("Origin")?;
    allowed.iter().any(|entry| entry == "*" || entry == origin).then_some(origin)
}
