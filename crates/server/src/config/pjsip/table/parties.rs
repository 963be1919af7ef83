//! The objects around an endpoint: `type=aor`, `auth`, `identify`, `registration`.

use super::{ANY, NEVER, NO, Object, Row, harmless, obeyed, unsupported};

pub(super) const AOR: Object = Object {
    kind: "aor",
    about: "an address of record: where an endpoint can be reached",
    refused: None,
    rows: AOR_ROWS,
};

const AOR_ROWS: &[Row] = &[
    obeyed("type", "", "a_phone_is_read_from_three_sections_of_one_name"),
    obeyed("contact", "", "a_contact_that_is_written_down_is_called"),
    obeyed("max_contacts", "0", "a_registration_beyond_max_contacts_is_refused_or_replaces_the_oldest"),
    obeyed("remove_existing", "no", "a_registration_beyond_max_contacts_is_refused_or_replaces_the_oldest"),
    obeyed("remove_unavailable", "no", "contacts_that_do_not_answer_give_way"),
    obeyed("minimum_expiration", "60", "the_time_of_a_registration_stays_between_its_limits"),
    obeyed("maximum_expiration", "7200", "the_time_of_a_registration_stays_between_its_limits"),
    obeyed("default_expiration", "3600", "the_time_of_a_registration_stays_between_its_limits"),
    obeyed("qualify_frequency", "0", "a_contact_is_asked_whether_it_is_there_as_often_as_is_written"),
    obeyed("qualify_timeout", "3.0", "contacts_are_asked_as_often_as_configured_and_missed_when_silent"),
    obeyed("qualify_2xx_only", "no", "which_answers_count_is_configured"),
    obeyed("authenticate_qualify", "no", "which_answers_count_is_configured"),
    obeyed("outbound_proxy", "", "a_contact_is_asked_by_its_proxy_soon_after_the_start"),
    obeyed("support_path", "no", "a_path_is_kept_where_it_is_supported"),
    obeyed("mailboxes", "", "mailboxes_are_told_to_subscribers_and_to_whom_they_belong"),
    obeyed("voicemail_extension", "", "mailboxes_are_told_to_subscribers_and_to_whom_they_belong"),
];

pub(super) const AUTH: Object =
    Object { kind: "auth", about: "credentials, to be shown to us or by us", refused: None, rows: AUTH_ROWS };

const GOOGLE: &str = "only `auth_type = google_oauth` uses it, which is refused with an error";

const AUTH_ROWS: &[Row] = &[
    obeyed("type", "", "a_phone_is_read_from_three_sections_of_one_name"),
    obeyed("auth_type", "digest", "credentials_are_read_in_all_their_forms"),
    obeyed("username", "", "a_call_with_the_right_password_is_taken"),
    obeyed("password", "", "a_call_with_the_right_password_is_taken"),
    obeyed("md5_cred", "", "credentials_are_read_in_all_their_forms"),
    unsupported("password_digest", "", NEVER, "write `password`, or `auth_type = md5` and `md5_cred`"),
    obeyed("realm", "", "a_challenge_names_the_realm_of_its_credentials"),
    obeyed("supported_algorithms_uas", "MD5", "a_challenge_offers_the_algorithms_that_are_written"),
    unsupported("supported_algorithms_uac", "MD5", ANY, ""),
    harmless(
        "nonce_lifetime",
        "32",
        "a nonce of ours says itself when it was made, and is refused as stale after a fixed time",
    ),
    harmless("oauth_clientid", "", GOOGLE),
    harmless("oauth_secret", "", GOOGLE),
    harmless("refresh_token", "", GOOGLE),
];

pub(super) const IDENTIFY: Object = Object {
    kind: "identify",
    about: "what tells that a request is of an endpoint",
    refused: None,
    rows: IDENTIFY_ROWS,
};

const IDENTIFY_ROWS: &[Row] = &[
    obeyed("type", "", "a_phone_is_read_from_three_sections_of_one_name"),
    obeyed("endpoint", "", "a_request_is_told_by_its_address"),
    obeyed("match", "", "a_request_is_told_by_its_address"),
    unsupported(
        "srv_lookups",
        "yes",
        ANY,
        "a name in `match` stands for its addresses, not for what SRV records name",
    ),
    obeyed("match_header", "", "a_trunk_is_known_by_a_header_or_by_what_it_dials"),
    obeyed("match_request_uri", "", "a_trunk_is_known_by_a_header_or_by_what_it_dials"),
];

pub(super) const REGISTRATION: Object = Object {
    kind: "registration",
    about: "we register with somebody",
    refused: None,
    rows: REGISTRATION_ROWS,
};

const REGISTRATION_ROWS: &[Row] = &[
    obeyed("type", "", "a_registration_of_ours_says_what_is_written"),
    obeyed("server_uri", "", "a_registration_of_ours_says_what_is_written"),
    obeyed("client_uri", "", "a_registration_of_ours_says_what_is_written"),
    obeyed("contact_user", "s", "a_registration_of_ours_says_what_is_written"),
    obeyed("contact_header_params", "", "a_registration_of_ours_says_what_is_written"),
    obeyed("expiration", "3600", "a_registration_of_ours_says_what_is_written"),
    obeyed("max_retries", "10", "refusals_end_it_or_are_tried_again_as_configured"),
    obeyed("retry_interval", "60", "refusals_end_it_or_are_tried_again_as_configured"),
    obeyed("forbidden_retry_interval", "0", "refusals_end_it_or_are_tried_again_as_configured"),
    obeyed("fatal_retry_interval", "0", "refusals_end_it_or_are_tried_again_as_configured"),
    obeyed("auth_rejection_permanent", "yes", "refusals_end_it_or_are_tried_again_as_configured"),
    obeyed("max_random_initial_delay", "10", "a_registration_of_ours_says_what_is_written"),
    obeyed("outbound_auth", "", "a_registration_is_kept_up_and_taken_back_at_the_end"),
    obeyed("outbound_proxy", "", "a_registration_of_ours_says_what_is_written"),
    obeyed("transport", "", "a_registration_says_what_is_configured"),
    obeyed("line", "no", "a_call_that_comes_back_by_the_line_of_a_registration_belongs_to_its_endpoint"),
    obeyed("endpoint", "", "a_call_that_comes_back_by_the_line_of_a_registration_belongs_to_its_endpoint"),
    obeyed("support_path", "no", "a_registration_of_ours_says_what_is_written"),
    obeyed("support_outbound", "no", "a_registration_says_what_is_configured"),
    obeyed("user_agent", "", "a_registration_of_ours_goes_by_its_transport_and_asks_for_outbound"),
    unsupported("security_negotiation", "no", NO, "leave it out"),
    unsupported("security_mechanisms", "", NEVER, "leave it out"),
];
