//! ARI requests: a path, a query and a body of any type, read by each of the ways in which handlers read parameters.
//!
//! The input is four lines: content type, path below `/ari`, query, and the body in all that follows.

#![no_main]

use ari::{Front, Password, Request, User};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let mut parts = input.splitn(4, |byte| *byte == b'\n');
    let mut text = || String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    let (kind, path, query) = (text(), text(), text());
    let body = parts.next().unwrap_or_default().to_vec();
    let user = User { name: "a".into(), password: Password::Plain("b".into()), read_only: false };
    let front = Front { users: vec![user], allowed_origins: vec!["*".into()], ..Front::default() };
    let mut request =
        Request { method: "POST".into(), path: format!("/ari/{path}"), query, body, ..Request::default() };
    request.headers.push("Content-Type", kind);
    request.headers.push("Authorization", "Basic YTpi");
    request.headers.push("Origin", "http://page.test");
    match front.admit(&request) {
        Ok(call) => {
            for name in ["app", "media", "timeout", "beep", "variables", "channelId", ""] {
                let _ = (call.params.text(name), call.params.int(name), call.params.long(name));
                let _ = (call.params.bool(name), call.params.list(name), call.value(name));
            }
            let _ = call.params.variables();
        }
        Err(refusal) => {
            let answer = front.finish(&request, refusal);
            assert!((200..600).contains(&answer.status));
        }
    }
});
