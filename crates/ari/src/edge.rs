//! The HTTP engine: one fallback that turns its requests into ours and our answers into its.

use std::io;
use std::path::Path;

use axum::body::Body as HttpBody;
use axum::http::{
    HeaderName, HeaderValue, Request as HttpRequest, Response as HttpResponse, StatusCode, header,
};
use futures_util::{StreamExt, stream};
use hyper::ext::ReasonPhrase;
use tokio::fs::File;
use tokio::io::AsyncReadExt;

use crate::{Body, Call, Front, LARGEST_BODY, Request, Response};

/// Bytes of a file that are read at once.
const PIECE: usize = 64 * 1024;

/// Answers one request: reads it, admits it, and has `handler` carry it out.
pub async fn answer<H, F>(front: &Front, request: HttpRequest<HttpBody>, handler: H) -> HttpResponse<HttpBody>
where
    H: FnOnce(Call) -> F,
    F: Future<Output = Response>,
{
    let request = match read(request).await {
        Ok(request) => request,
        Err(refusal) => return write(front, refusal).await,
    };
    let response = match front.admit(&request) {
        Ok(call) => handler(call).await,
        Err(refusal) => refusal,
    };
    write(front, front.finish(&request, response)).await
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
pub async fn write(front: &Front, response: Response) -> HttpResponse<HttpBody> {
    let text = |kind: &str, text: String| (Some(kind.to_owned()), text.len() as u64, HttpBody::from(text));
    let (content_type, length, body) = match response.body {
        Body::Empty => (None, 0, HttpBody::empty()),
        Body::Json(json) => text("application/json", json),
        Body::Html(page) => text("text/html", page),
        Body::File { content_type, path } => match open(&path).await {
            Ok((length, body)) => (Some(content_type), length, body),
            Err(error) => {
                let refusal = Response::error(500, &format!("The file cannot be read: {error}"));
                return Box::pin(write(front, refusal)).await;
            }
        },
    };
    let mut written = HttpResponse::new(body);
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

/// A file's length and its bytes, read as they are sent.
async fn open(path: &Path) -> io::Result<(u64, HttpBody)> {
    let file = File::open(path).await?;
    let length = file.metadata().await?.len();
    // What grows while it is read is sent as long as it was.
    let pieces = stream::try_unfold(file.take(length), |mut file| async move {
        let mut piece = Vec::with_capacity(PIECE);
        let read = (&mut file).take(PIECE as u64).read_to_end(&mut piece).await?;
        Ok::<_, io::Error>((read > 0).then_some((piece, file)))
    });
    Ok((length, HttpBody::from_stream(pieces)))
}
