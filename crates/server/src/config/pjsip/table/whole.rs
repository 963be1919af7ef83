//! What holds for all of it: `type=global`, `system`, `acl`, `domain_alias`.

use super::{ANY, NEVER, NO, Object, Row, harmless, obeyed, unsupported};

const QUEUES: &str = "sets Asterisk's own task queues, which are not there; overload has limits of its own";
const POOL: &str = "sets Asterisk's own threads, which are not there";

pub(super) const GLOBAL: Object =
    Object { kind: "global", about: "what holds for all of SIP", refused: None, rows: GLOBAL_ROWS };

const GLOBAL_ROWS: &[Row] = &[
    obeyed("type", "", "a_global_section_needs_no_type"),
    obeyed("user_agent", "Asterisk <version>", "answers_name_the_user_agent_and_the_realm"),
    obeyed("default_realm", "asterisk", "answers_name_the_user_agent_and_the_realm"),
    obeyed("endpoint_identifier_order", "ip,username,anonymous", "the_order_says_which_endpoint_a_caller_is"),
    obeyed("default_from_user", "asterisk", "a_contact_is_asked_by_its_proxy_soon_after_the_start"),
    obeyed("max_forwards", "70", "a_contact_is_asked_by_its_proxy_soon_after_the_start"),
    obeyed("keep_alive_interval", "90", "a_connection_is_kept_open_as_often_as_is_written"),
    obeyed("max_initial_qualify_time", "0", "the_first_question_to_a_contact_comes_in_time"),
    obeyed("unidentified_request_count", "5", "an_address_is_a_pest_within_its_period_only"),
    obeyed("unidentified_request_period", "5", "an_address_is_a_pest_within_its_period_only"),
    harmless("unidentified_request_prune_interval", "30", "what is counted forgets by itself"),
    harmless("contact_expiration_check_interval", "30", "a contact ends at its second, not at the next look"),
    obeyed("disable_multi_domain", "no", "a_domain_has_other_names"),
    obeyed("default_voicemail_extension", "", "mailboxes_are_told_to_subscribers_and_to_whom_they_belong"),
    obeyed(
        "mwi_disable_initial_unsolicited",
        "no",
        "a_phone_that_registers_is_told_of_its_mailboxes_unless_that_is_disabled",
    ),
    obeyed("norefersub", "yes", "norefersub_is_named_where_it_shall_be"),
    unsupported("ignore_uri_user_options", "no", NO, "write `;` into no name"),
    unsupported("use_callerid_contact", "no", NO, "set `contact_user` in the endpoint"),
    unsupported(
        "default_outbound_endpoint",
        "default_outbound_endpoint",
        NEVER,
        "dial `PJSIP/user@endpoint`",
    ),
    obeyed(
        "default_auth_algorithms_uas",
        "MD5",
        "a_challenge_offers_the_usual_algorithms_where_credentials_name_none",
    ),
    unsupported("default_auth_algorithms_uac", "MD5", ANY, ""),
    unsupported("regcontext", "", NEVER, "ask DEVICE_STATE() or the registrations instead"),
    unsupported("debug", "no", NO, "set the variable RUST_LOG to `sip=debug`"),
    unsupported("allow_sending_180_after_183", "no", ANY, ""),
    unsupported("all_codecs_on_empty_reinvite", "no", ANY, ""),
    harmless(
        "send_contact_status_on_update_registration",
        "no",
        "an event of the Manager interface, which is not there",
    ),
    harmless("mwi_tps_queue_high", "500", QUEUES),
    harmless("mwi_tps_queue_low", "-1", QUEUES),
    harmless("taskprocessor_overload_trigger", "global", QUEUES),
];

pub(super) const SYSTEM: Object =
    Object { kind: "system", about: "the SIP stack itself", refused: None, rows: SYSTEM_ROWS };

const SYSTEM_ROWS: &[Row] = &[
    obeyed("type", "", "a_global_section_needs_no_type"),
    obeyed("timer_t1", "500", "what_is_not_answered_is_sent_again_and_given_up_as_is_written"),
    obeyed("timer_b", "32000", "what_is_not_answered_is_sent_again_and_given_up_as_is_written"),
    unsupported("compact_headers", "no", NO, "long names are written"),
    unsupported("disable_tcp_switch", "yes", ANY, ""),
    unsupported("disable_rport", "no", NO, "rport is always asked for"),
    unsupported("follow_early_media_fork", "yes", ANY, ""),
    unsupported("accept_multiple_sdp_answers", "no", NO, ""),
    harmless("taskpool_minimum_size", "4", POOL),
    harmless("taskpool_initial_size", "4", POOL),
    harmless("taskpool_auto_increment", "1", POOL),
    harmless("taskpool_idle_timeout", "60", POOL),
    harmless("taskpool_max_size", "50", POOL),
    harmless("threadpool_initial_size", "4", POOL),
    harmless("threadpool_auto_increment", "1", POOL),
    harmless("threadpool_idle_timeout", "60", POOL),
    harmless("threadpool_max_size", "50", POOL),
];

pub(super) const ACL: Object =
    Object { kind: "acl", about: "addresses that may speak SIP to us at all", refused: None, rows: ACL_ROWS };

const ACL_ROWS: &[Row] = &[
    obeyed("type", "", "a_source_that_a_list_keeps_out_is_refused"),
    obeyed("acl", "", "a_source_that_a_list_keeps_out_is_refused"),
    obeyed("deny", "", "a_source_that_a_list_keeps_out_is_refused"),
    obeyed("permit", "", "a_source_that_a_list_keeps_out_is_refused"),
    obeyed("contact_acl", "", "a_contact_that_a_list_keeps_out_is_refused"),
    obeyed("contact_deny", "", "a_contact_that_a_list_keeps_out_is_refused"),
    obeyed("contact_permit", "", "a_contact_that_a_list_keeps_out_is_refused"),
];

pub(super) const DOMAIN_ALIAS: Object = Object {
    kind: "domain_alias",
    about: "another name of a domain",
    refused: None,
    rows: &[obeyed("type", "", "a_domain_has_other_names"), obeyed("domain", "", "a_domain_has_other_names")],
};
