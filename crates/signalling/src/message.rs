//! MESSAGE outside a call (RFC 3428): texts from endpoints to applications, and from applications to endpoints.

use call::message::{TextMessage, TextToSend};
use call::{Calls, LogLevel};
use sip::{Flow, Method, NameAddr, Request, Response, ServerKey, Uri};

use crate::Extensions;
use crate::agent::UserAgent;
use crate::errand::{Errand, OwnContact, Why};
use crate::identify::Identity;

/// Longest text that is taken, in octets.
const LONGEST_TEXT: usize = 16_384;
/// Headers that are ours to write: an application's variables of these names are passed over.
const OWN_HEADERS: [&str; 12] = [
    "Via",
    "From",
    "To",
    "Call-ID",
    "CSeq",
    "Contact",
    "Route",
    "Record-Route",
    "Max-Forwards",
    "Content-Length",
    "Content-Type",
    "User-Agent",
];

impl UserAgent {
    pub(crate) fn message(
        &mut self,
        calls: &mut Calls,
        extensions: &dyn Extensions,
        key: ServerKey,
        flow: Flow,
        request: &Request,
    ) {
        let now = calls.time().now;
        let name = match self.identify(calls, &flow, request) {
            Identity::Endpoint(name) => name,
            Identity::Refused(response) => return self.refuse(now, key, &flow, *response),
        };
        let kind = request.headers.content_type();
        let status = match kind.as_deref() {
            Some("text/plain") if request.body.len() > LONGEST_TEXT => 513,
            Some("text/plain") if extensions.wants_messages(&name) => 202,
            Some("text/plain") => 404,
            _ => 415,
        };
        let response = Response::to(request, status).with("Server", self.config.user_agent.as_str());
        let response = if status == 415 { response.with("Accept", "text/plain") } else { response };
        self.respond(now, key, response);
        if status == 202 {
            let text = TextMessage {
                from: request.headers.from().map(|from| from.to_string()).unwrap_or_default(),
                to: format!("pjsip:{}", after_scheme(&request.uri)),
                body: String::from_utf8_lossy(&request.body).into_owned(),
                variables: vec![
                    ("PJSIP_TRANSPORT".to_owned(), flow.transport.as_str().to_owned()),
                    ("PJSIP_RECVADDR".to_owned(), flow.remote.to_string()),
                ],
            };
            calls.text_received(&name, text);
        }
    }

    /// An application sends a text to an endpoint.
    pub fn send_text(&mut self, calls: &mut Calls, text: &TextToSend) {
        let Ok((name, target)) = self.locate(&text.to) else {
            let line = format!("a message to {} has nowhere to go", text.to);
            return calls.log(LogLevel::Warning, line);
        };
        let Some(endpoint) = self.endpoint(&name).cloned() else { return };
        let (from, own_from) = self.sender(&text.from);
        let user = from.uri.user_unescaped();
        let transactions = &mut self.transactions;
        let mut message = Request::build(Method::Message, target.uri.clone())
            .from(from)
            .to(NameAddr::new(target.uri.clone()))
            .finish(&mut || transactions.random())
            .with_body("text/plain", text.body.clone());
        let is_own = |name: &str| OWN_HEADERS.iter().any(|own| own.eq_ignore_ascii_case(name));
        let is_name = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        for (name, value) in text.variables.iter().filter(|(name, _)| is_name(name) && !is_own(name)) {
            message.headers.push(name.as_str(), value.as_str());
        }
        let mut errand = Errand::new(message, Why::Nothing);
        errand.own_from = own_from;
        errand.contact = Some(OwnContact { user, ..OwnContact::default() });
        errand.auths = endpoint.outbound_auths;
        self.run_errand(calls, errand, target);
    }

    /// The From of a text: a URI with or without a name, or a user; and whether its host is ours.
    fn sender(&self, from: &str) -> (NameAddr, bool) {
        let from = from.replacen("pjsip:", "sip:", 1);
        let whole = NameAddr::parse(from.as_str()).ok().filter(|from| !from.uri.host.is_empty());
        if let Some(whole) = whole.filter(|from| from.uri.user.is_some()) {
            return (whole, false);
        }
        let user = from.trim_start_matches("sip:");
        let user = if user.is_empty() { &self.config.global.default_from_user } else { user };
        let uri = Uri::at(user, std::net::SocketAddr::from(([0, 0, 0, 0], 5060)));
        (NameAddr::new(Uri { port: None, ..uri }), true)
    }
}

/// A URI without its scheme.
fn after_scheme(uri: &Uri) -> String {
    let text = uri.to_string();
    text.split_once(':').map_or(text.clone(), |(_, rest)| rest.to_owned())
}
