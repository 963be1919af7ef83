//! The HTTP engine: one fallback that turns its requests into ours and our answers into its.

use axum::body::Body as HttpBody;
use axum::http::{
    HeaderName, HeaderValue, Request as HttpRequest, Response as HttpResponse, StatusCode, header,
};
use futures_util::StreamExt;
use hyper::ext::ReasonPhrase;

use crate::{Body, Call, Front, LARGEST_BODY, Request, Response};

/// Answers one request: reads it, admits it, and has `handler` carry it out.
pub async fn answer<H, F>(front: &Front, request: HttpRequest<HttpBody>, handler: H) -> HttpResponse<HttpBody>
where
    H: FnOnce(Call) -> F,
    F: Future<Output = Response>,
{
    let request = match read(request).await {
        Ok(request) => request,
        Err(refusal) => return write(front, refusal),
    };
    let response = match front.admit(&request) {
        Ok(call) => handler(call).await,
        Err(refusal) => refusal,
    };
    write(front, front.finish(&request, response))
}

/// Reads a request with its body, which may be no larger than [`LARGEST_BODY`].
pub async fn read(request: HttpRequest<HttpBody>) -> Result<Request, Response> {
    let (parts, body) = request.into_parts();
    let mut read = Request {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        ..Request::default()
    };
    for (name, value) in &parts.headers {
        read.headers.push(name.as_str(), String::from_utf8_lossy(value.as_bytes()));
    }
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Response::error(400, "Error parsing request body"))?;
        if read.body.len() + chunk.len() > LARGEST_BODY {
            return Err(Response::too_large());
        }
        read.body.extend_from_slice(&chunk);
    }
    Ok(read)
}

/// Puts an answer into the engine's form, with the headers that each has. `Date` is the engine's.
pub fn write(front: &Front, response: Response) -> HttpResponse<HttpBody> {
    let (content_type, bytes) = match response.body {
        Body::Empty => (None, Vec::new()),
        Body::Json(text) => (Some("application/json".to_owned()), text.into_bytes()),
        Body::Html(text) => (Some("text/html".to_owned()), text.into_bytes()),
        Body::Binary { content_type, bytes } => (Some(content_type), bytes),
    };
    let length = bytes.len();
    let mut written = HttpResponse::new(HttpBody::from(bytes));
    *written.status_mut() = StatusCode::from_u16(response.status).expect("statuses are three digits");
    if let Some(reason) = response.reason {
        written.extensions_mut().insert(ReasonPhrase::from_static(reason.as_bytes()));
    }
    let headers = written.headers_mut();
    let mut put = |name: HeaderName, value: &str| {
        // A value that no header can hold, such as a name with a line end echoed back, is left out.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.append(name, value);
        }
    };
    put(header::SERVER, &front.server_name);
    put(header::CACHE_CONTROL, "no-cache, no-store");
    for (name, value) in &response.headers {
        put(HeaderName::from_bytes(name.as_bytes()).expect("header names are our own"), value);
    }
    if let Some(content_type) = content_type {
        put(header::CONTENT_TYPE, &content_type);
    }
    // Asterisk says so for a 204 too, where RFC 9110 §8.6 forbids it and the engine leaves it out.
    if response.status != 204 {
        put(header::CONTENT_LENGTH, &length.to_string());
    }
    written
}
