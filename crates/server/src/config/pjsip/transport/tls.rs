//! The TLS options of a transport.

use conf::{Complaint, SectionReader};

use crate::config::pjsip::words::{boolean_or, choice, text};
use crate::net::{Tls, Versions};

pub(super) fn read(section: &SectionReader<'_, '_>) -> Tls {
    let file = |key: &str| text(section, key).map(Into::into);
    let is_set = |key: &str| boolean_or(section, key, (false, true), &[], false);
    Tls {
        cert_file: file("cert_file"),
        priv_key_file: file("priv_key_file"),
        ca_list_file: file("ca_list_file"),
        ca_list_path: file("ca_list_path"),
        verify_server: is_set("verify_server"),
        verify_client: is_set("verify_client"),
        require_client_cert: is_set("require_client_cert"),
        allow_wildcard_certs: is_set("allow_wildcard_certs"),
        versions: versions(section),
    }
}

/// `method`: what is older than TLS 1.2 is not spoken.
fn versions(section: &SectionReader<'_, '_>) -> Versions {
    let Some(entry) = section.entry("method") else { return Versions::All };
    let old = ["tlsv1", "tlsv1_1", "sslv2", "sslv3"];
    if old.iter().any(|word| entry.value.eq_ignore_ascii_case(word)) {
        let text = format!("`method = {}` is not spoken any more; TLS 1.2 and 1.3 are", entry.value);
        section.complain(
            Complaint::warning(entry.value_span, text).with_help("leave the line out, or write `tlsv1_2`"),
        );
        return Versions::All;
    }
    let words = [
        ("default", Versions::All),
        ("unspecified", Versions::All),
        ("sslv23", Versions::All),
        ("tlsv1_2", Versions::Only12),
        ("tlsv1_3", Versions::Only13),
    ];
    choice(section, "method", &words, Versions::All)
}
