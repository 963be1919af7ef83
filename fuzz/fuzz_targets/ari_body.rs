//! ARI requests: a path, a query and a body of any type, received and carried out as far as the inbox of the switch.
//!
//! An input with line ends is five lines: method, content type, path below `/ari`, query, and the body in all that
//! follows. One without is a JSON body, given to every operation.

#![no_main]

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker};

use ari::{Ari, Facts, Front, Limits, NoRecordings, Overloaded, Password, Request, Switchboard, User};
use libfuzzer_sys::fuzz_target;

/// The switch takes nothing, so that each command is answered at once.
static ARI: LazyLock<Ari> = LazyLock::new(|| {
    let user = User { name: "a".into(), password: Password::Plain("b".into()), read_only: false };
    Ari {
        front: Front { users: vec![user], allowed_origins: vec!["*".into()], ..Front::default() },
        board: Switchboard::new(Arc::new(|_| Err(Overloaded::Full)), Limits::default()),
        facts: Facts::default(),
        stored: Arc::new(NoRecordings),
    }
});

fuzz_target!(|input: &[u8]| {
    if !input.contains(&b'\n') {
        for route in ari::ROUTES {
            let path = format!("/ari{}", route.path.replace(['{', '}'], ""));
            carry_out(route.method.name(), &path, "", "application/json", input.to_vec());
        }
        return;
    }
    let mut parts = input.splitn(5, |byte| *byte == b'\n');
    let mut text = || String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    let (method, kind, path, query) = (text(), text(), text(), text());
    let body = parts.next().unwrap_or_default().to_vec();
    carry_out(&method, &format!("/ari/{path}"), &query, &kind, body);
});

fn carry_out(method: &str, path: &str, query: &str, kind: &str, body: Vec<u8>) {
    let (method, path, query) = (method.to_owned(), path.to_owned(), query.to_owned());
    let mut request = Request { method, path, query, body, ..Request::default() };
    request.headers.push("Content-Type", kind);
    request.headers.push("Authorization", "Basic YTpi");
    request.headers.push("Origin", "http://page.test");
    let answer = match ARI.front.admit(&request) {
        Ok(call) => match pin!(ARI.dispatch(&call)).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => answer,
            Poll::Pending => panic!("nothing is there to be waited for"),
        },
        Err(refusal) => refusal,
    };
    assert!((200..600).contains(&ARI.front.finish(&request, answer).status));
    assert_eq!(ARI.board.waiting(), 0);
}
