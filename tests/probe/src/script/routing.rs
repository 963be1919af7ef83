//! Credentials, routes, methods and bodies: what is decided before a resource is asked.

use super::Script;
use crate::http::{Request, User};

pub(super) fn run(script: &mut Script) {
    credentials(script);
    routes(script);
    bodies(script);
}

fn credentials(script: &mut Script) {
    script.scenario("credentials");
    let list = || Request::new("GET", "/ari/channels");
    script.rest("none", list().user(User::Nobody));
    script.rest("wrong password", list().user(User::WrongPassword));
    script.rest("unknown user", list().user(User::Unknown));
    script.rest("malformed header", list().user(User::Malformed));
    script
        .rest("in the query", Request::new("GET", "/ari/channels?api_key=admin:password").user(User::Nobody));
    script.rest(
        "wrong in the query",
        Request::new("GET", "/ari/channels?api_key=admin:nope").user(User::Nobody),
    );
    script.rest("read-only user reads", list().user(User::Viewer));
    script.rest("read-only user writes", Request::new("POST", "/ari/channels/x/answer").user(User::Viewer));
    script.rest("none for an unknown resource", Request::new("GET", "/ari/nothing").user(User::Nobody));
}

fn routes(script: &mut Script) {
    script.scenario("routes");
    let list = || Request::new("GET", "/ari/channels");
    script.rest("HEAD", Request::new("HEAD", "/ari/channels"));
    let mut old = list();
    old.version = "1.0";
    script.rest("HTTP/1.0", old);
    script.rest("unknown resource", Request::new("GET", "/ari/nothing"));
    script.rest("root", Request::new("GET", "/ari/"));
    script.rest("root without a slash", Request::new("GET", "/ari"));
    script.rest("outside", Request::new("GET", "/nothing"));
    script.rest("wrong method", Request::new("PUT", "/ari/channels"));
    script.rest("wrong method on an id", Request::new("PATCH", "/ari/channels/x"));
    script.rest("wrong method on a command", Request::new("GET", "/ari/channels/x/answer"));
    script.rest("unknown method", Request::new("BREW", "/ari/channels"));
    script.rest("OPTIONS", Request::new("OPTIONS", "/ari/channels"));
    script.rest("OPTIONS of a bridge", Request::new("OPTIONS", "/ari/bridges/x"));
    let preflight = Request::new("OPTIONS", "/ari/channels")
        .header("Origin", "http://example.test")
        .header("Access-Control-Request-Method", "POST");
    script.rest("preflight of a foreign origin", preflight);
    script.rest("a foreign origin", list().header("Origin", "http://example.test"));
    script.rest("trailing slash", Request::new("GET", "/ari/channels/"));
    script.rest("an unknown parameter", Request::new("GET", "/ari/channels?colour=blue"));
    script.rest("events without an upgrade", Request::new("GET", "/ari/events?app=my-app"));
    script.rest("an encoded path", Request::new("GET", "/ari/%63hannels"));
}

fn bodies(script: &mut Script) {
    script.scenario("bodies");
    let channels = || Request::new("POST", "/ari/channels");
    let variable = || Request::new("POST", "/ari/asterisk/variable");
    script.rest("not JSON", channels().json("{bad"));
    script.rest("an array", channels().json("[]"));
    script.rest("another type", channels().body("text/plain", "hello"));
    script.rest("empty JSON", channels().json(""));
    script.rest(
        "a form",
        variable().body("application/x-www-form-urlencoded", "variable=FORMVAR&value=a+b%21"),
    );
    script.ask("the form was read", "GET /asterisk/variable?variable=FORMVAR");
    let chunks = "22\r\n{\"variable\":\"CH\",\"value\":\"chunky\"}\r\n0\r\n\r\n";
    script
        .rest("chunked", variable().body("application/json", chunks).header("Transfer-Encoding", "chunked"));
    script.ask("the chunks were read", "GET /asterisk/variable?variable=CH");
    script.rest(
        "Expect",
        variable().json(r#"{"variable": "EXP", "value": "1"}"#).header("Expect", "100-continue"),
    );
    let charset = variable().body("application/json; charset=utf-8", r#"{"variable": "CS", "value": "2"}"#);
    script.rest("JSON with a charset", charset);
    script.ask("the charset did not matter", "GET /asterisk/variable?variable=CS");
    let both = Request::new("POST", "/ari/asterisk/variable?variable=BOTH&value=query");
    script.rest("query and JSON", both.json(r#"{"value": "body"}"#));
    script.ask("the body won", "GET /asterisk/variable?variable=BOTH");
    script.ask("a key twice", "GET /asterisk/variable?variable=CS&variable=BOTH");
    script.rest(
        "too long",
        variable().json(&format!("{{\"variable\": \"LONG\", \"value\": \"{}\"}}", "x".repeat(41_000))),
    );
}
