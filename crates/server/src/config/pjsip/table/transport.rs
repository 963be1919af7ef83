//! `type=transport`.

use super::{ANY, NEVER, NO, Object, Row, harmless, obeyed, unsupported};

const TLS: &str = "TLS is not supported yet";

pub(super) const TRANSPORT: Object =
    Object { kind: "transport", about: "an address that is listened on", refused: None, rows: ROWS };

const ROWS: &[Row] = &[
    obeyed("type", "", "a_phone_is_read_from_three_sections_of_one_name"),
    obeyed("protocol", "udp", "each_slip_in_pjsip_conf_is_told_with_its_line_and_what_to_write"),
    obeyed("bind", "", "a_call_is_answered_and_hung_up_when_the_server_ends"),
    obeyed("external_signaling_address", "", "the_external_addresses_are_written_towards_the_other_side"),
    obeyed("external_signaling_port", "0", "the_external_addresses_are_written_towards_the_other_side"),
    obeyed("external_media_address", "", "the_external_addresses_are_written_towards_the_other_side"),
    obeyed("local_net", "", "a_network_of_ours_sees_no_external_address"),
    unsupported("symmetric_transport", "no", ANY, ""),
    unsupported("domain", "", NEVER, "leave it out: endpoints are found without their domain"),
    unsupported("tos", "0", &["0", "false"], "mark packets in the firewall"),
    unsupported("cos", "0", &["0", "false"], "mark packets in the firewall"),
    harmless("async_operations", "1", "it cannot be set any more; Asterisk always uses 1"),
    unsupported("allow_reload", "no", NO, "a changed transport wants a restart"),
    unsupported("tcp_keepalive_enable", "no", NO, "idle connections are closed by this side after a while"),
    harmless("tcp_keepalive_idle_time", "30", "goes with `tcp_keepalive_enable`"),
    harmless("tcp_keepalive_interval_time", "10", "goes with `tcp_keepalive_enable`"),
    harmless("tcp_keepalive_probe_count", "5", "goes with `tcp_keepalive_enable`"),
    unsupported("websocket_write_timeout", "100", ANY, ""),
    unsupported("cert_file", "", NEVER, TLS),
    unsupported("priv_key_file", "", NEVER, TLS),
    unsupported("ca_list_file", "", NEVER, TLS),
    unsupported("ca_list_path", "", NEVER, TLS),
    unsupported("cipher", "", NEVER, TLS),
    unsupported("method", "", NEVER, TLS),
    unsupported("password", "", NEVER, TLS),
    unsupported("require_client_cert", "no", NO, TLS),
    unsupported("verify_client", "no", NO, TLS),
    unsupported("verify_server", "no", NO, TLS),
    unsupported("allow_wildcard_certs", "no", NO, TLS),
];
