//! `type=registration`: we register with somebody.

use conf::{Complaint, SectionReader};
use signalling::config::Registration;

use super::words::{names, text};

/// A year, seconds.
const LONGEST: u32 = 365 * 24 * 3_600;
/// More attempts than anybody waits for.
const MOST_RETRIES: u32 = 1_000_000;

pub(super) fn read(section: &SectionReader<'_, '_>) -> Option<Registration> {
    let name = section.name();
    let text = |key: &str| text(section, key);
    let flag = |key: &str, default: bool| section.boolean(key, default);
    let time = |key: &str, default: u32| section.number(key, 0..=LONGEST, default);
    let registration = Registration {
        name: name.into(),
        server_uri: text("server_uri").unwrap_or_default(),
        client_uri: text("client_uri").unwrap_or_default(),
        contact_user: text("contact_user").unwrap_or_else(|| "s".to_owned()),
        contact_header_params: text("contact_header_params"),
        expiration: time("expiration", 3_600),
        max_retries: section.number("max_retries", 0..=MOST_RETRIES, 10),
        retry_interval: time("retry_interval", 60),
        forbidden_retry_interval: time("forbidden_retry_interval", 0),
        fatal_retry_interval: time("fatal_retry_interval", 0),
        auth_rejection_permanent: flag("auth_rejection_permanent", true),
        max_random_initial_delay: time("max_random_initial_delay", 10),
        outbound_auths: names(section, "outbound_auth"),
        outbound_proxy: text("outbound_proxy"),
        transport: text("transport").map(Into::into),
        line: flag("line", false),
        endpoint: text("endpoint").map(Into::into),
        support_path: flag("support_path", false),
        support_outbound: flag("support_outbound", false),
        user_agent: text("user_agent"),
    };
    for (key, uri) in [("server_uri", &registration.server_uri), ("client_uri", &registration.client_uri)] {
        if sip::Uri::parse(uri.as_str()).is_err() {
            let (span, text) = match section.entry(key) {
                Some(entry) => {
                    (entry.value_span, format!("`{}` is no SIP URI; [{name}] does not register", entry.value))
                }
                None => (section.span(), format!("[{name}] has no `{key}`; it does not register")),
            };
            section.complain(
                Complaint::error(span, text).with_help(format!("write `{key} = sip:user@example.com`")),
            );
            return None;
        }
    }
    if registration.line && registration.endpoint.is_none() {
        let text = format!("[{name}] has `line` and no `endpoint`; calls that come back belong to nobody");
        section.complain(Complaint::error(section.span(), text).with_help("write `endpoint = …` below it"));
    }
    Some(registration)
}
