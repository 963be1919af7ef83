//! `type=transport`.

use super::{ANY, NEVER, NO, Object, Row, harmless, obeyed, unsupported};

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
    obeyed("tos", "0", "datagrams_and_connections_are_marked"),
    unsupported("cos", "0", &["0", "false"], "mark packets in the firewall"),
    harmless("async_operations", "1", "it cannot be set any more; Asterisk always uses 1"),
    unsupported("allow_reload", "no", NO, "a changed transport wants a restart"),
    obeyed("tcp_keepalive_enable", "no", "the_system_watches_over_connections_where_that_is_wanted"),
    obeyed("tcp_keepalive_idle_time", "30", "the_system_watches_over_connections_where_that_is_wanted"),
    obeyed("tcp_keepalive_interval_time", "10", "the_system_watches_over_connections_where_that_is_wanted"),
    obeyed("tcp_keepalive_probe_count", "5", "the_system_watches_over_connections_where_that_is_wanted"),
    harmless(
        "websocket_write_timeout",
        "100",
        "a slow reader has a queue of 128 messages and ten seconds for each",
    ),
    obeyed("cert_file", "", "a_phone_speaks_over_tls_and_is_called_back_on_its_connection"),
    obeyed("priv_key_file", "", "a_phone_speaks_over_tls_and_is_called_back_on_its_connection"),
    obeyed("ca_list_file", "", "a_server_shows_a_certificate_of_its_name_or_is_not_spoken_to"),
    obeyed("ca_list_path", "", "a_server_shows_a_certificate_of_its_name_or_is_not_spoken_to"),
    unsupported(
        "cipher",
        "",
        NEVER,
        "leave it out: the suites are those of TLS 1.2 and 1.3 that are safe today",
    ),
    obeyed("method", "", "a_version_of_tls_may_be_asked_for"),
    unsupported("password", "", NEVER, "take the password off the key: `openssl pkey` does"),
    obeyed("require_client_cert", "no", "a_client_shows_a_certificate_where_it_has_to"),
    obeyed("verify_client", "no", "a_client_shows_a_certificate_where_it_has_to"),
    obeyed("verify_server", "no", "a_server_shows_a_certificate_of_its_name_or_is_not_spoken_to"),
    obeyed("allow_wildcard_certs", "no", "a_wildcard_counts_only_where_it_is_allowed"),
];
