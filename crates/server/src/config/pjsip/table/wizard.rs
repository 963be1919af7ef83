//! `type=wizard` of `pjsip_wizard.conf`.

use super::{ANY, NO, Object, Row, obeyed, unsupported};

const TRUNK: &str = "a_trunk_of_the_wizard_is_called_told_and_registered";
const PHONE: &str = "a_phone_of_the_wizard_registers_and_proves_itself";

pub(super) const WIZARD: Object = Object {
    kind: "wizard",
    about: "one section of `pjsip_wizard.conf` that stands for the objects of a phone or a trunk",
    refused: None,
    rows: ROWS,
};

const ROWS: &[Row] = &[
    obeyed("type", "", TRUNK),
    obeyed("transport", "", TRUNK),
    obeyed("remote_hosts", "", TRUNK),
    obeyed("outbound_proxy", "", TRUNK),
    obeyed("sends_auth", "no", TRUNK),
    obeyed("accepts_auth", "no", PHONE),
    obeyed("sends_registrations", "no", TRUNK),
    obeyed("sends_line_with_registrations", "no", TRUNK),
    obeyed("accepts_registrations", "no", PHONE),
    obeyed("server_uri_pattern", "sip:${REMOTE_HOST}", TRUNK),
    obeyed("client_uri_pattern", "sip:${USERNAME}@${REMOTE_HOST}", TRUNK),
    obeyed("contact_pattern", "sip:${REMOTE_HOST}", TRUNK),
    obeyed("endpoint/*", "", PHONE),
    obeyed("aor/*", "", PHONE),
    obeyed("inbound_auth/*", "", PHONE),
    obeyed("outbound_auth/*", "", TRUNK),
    obeyed("identify/*", "", TRUNK),
    obeyed("registration/*", "", TRUNK),
    unsupported("phoneprov/*", "", ANY, ""),
    unsupported("has_phoneprov", "no", NO, "serve the settings of phones with a web server"),
    unsupported("has_hint", "no", NO, "write `exten => 1000,hint,PJSIP/name` into extensions.conf"),
    unsupported("hint_context", "the endpoint's", ANY, ""),
    unsupported("hint_exten", "", ANY, ""),
    unsupported("hint_application", "", ANY, ""),
];
