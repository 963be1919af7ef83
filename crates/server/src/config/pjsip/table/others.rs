//! Objects that nothing here acts on.

use super::{NEVER, Object, Row, unsupported};

pub(super) const CONTACT: Object = Object {
    kind: "contact",
    about: "a registered contact, as Asterisk's own database keeps it",
    refused: Some("write `contact` in the AoR"),
    rows: CONTACT_ROWS,
};

const CONTACT_ROWS: &[Row] = &[
    unsupported("type", "", NEVER, ""),
    unsupported("uri", "", NEVER, ""),
    unsupported("expiration_time", "", NEVER, ""),
    unsupported("qualify_frequency", "0", NEVER, ""),
    unsupported("qualify_timeout", "3.0", NEVER, ""),
    unsupported("qualify_2xx_only", "", NEVER, ""),
    unsupported("authenticate_qualify", "", NEVER, ""),
    unsupported("outbound_proxy", "", NEVER, ""),
    unsupported("path", "", NEVER, ""),
    unsupported("user_agent", "", NEVER, ""),
    unsupported("endpoint", "", NEVER, ""),
    unsupported("reg_server", "", NEVER, ""),
    unsupported("via_addr", "", NEVER, ""),
    unsupported("via_port", "", NEVER, ""),
    unsupported("call_id", "", NEVER, ""),
    unsupported("prune_on_boot", "", NEVER, ""),
];

pub(super) const RESOURCE_LIST: Object = Object {
    kind: "resource_list",
    about: "a list of resources to subscribe to at once (RFC 4662)",
    refused: Some("have phones subscribe to each resource"),
    rows: RESOURCE_LIST_ROWS,
};

const RESOURCE_LIST_ROWS: &[Row] = &[
    unsupported("type", "", NEVER, ""),
    unsupported("event", "", NEVER, ""),
    unsupported("list_item", "", NEVER, ""),
    unsupported("full_state", "no", NEVER, ""),
    unsupported("notification_batch_interval", "0", NEVER, ""),
    unsupported("resource_display_name", "no", NEVER, ""),
];

pub(super) const SUBSCRIPTION_PERSISTENCE: Object = Object {
    kind: "subscription_persistence",
    about: "a subscription, as Asterisk's own database keeps it",
    refused: Some("leave it out: phones subscribe anew"),
    rows: SUBSCRIPTION_PERSISTENCE_ROWS,
};

const SUBSCRIPTION_PERSISTENCE_ROWS: &[Row] = &[
    unsupported("packet", "", NEVER, ""),
    unsupported("src_name", "", NEVER, ""),
    unsupported("src_port", "", NEVER, ""),
    unsupported("transport_key", "", NEVER, ""),
    unsupported("local_name", "", NEVER, ""),
    unsupported("local_port", "", NEVER, ""),
    unsupported("cseq", "", NEVER, ""),
    unsupported("tag", "", NEVER, ""),
    unsupported("endpoint", "", NEVER, ""),
    unsupported("expires", "", NEVER, ""),
    unsupported("contact_uri", "", NEVER, ""),
    unsupported("prune_on_boot", "", NEVER, ""),
    unsupported("generator_data", "", NEVER, ""),
];

pub(super) const INBOUND_PUBLICATION: Object = Object {
    kind: "inbound-publication",
    about: "PUBLISH is taken from an endpoint",
    refused: Some("leave it out"),
    rows: INBOUND_PUBLICATION_ROWS,
};

const INBOUND_PUBLICATION_ROWS: &[Row] =
    &[unsupported("endpoint", "", NEVER, ""), unsupported("type", "", NEVER, "")];

pub(super) const OUTBOUND_PUBLISH: Object = Object {
    kind: "outbound-publish",
    about: "states are published to another server",
    refused: Some("leave it out"),
    rows: OUTBOUND_PUBLISH_ROWS,
};

const OUTBOUND_PUBLISH_ROWS: &[Row] = &[
    unsupported("expiration", "3600", NEVER, ""),
    unsupported("outbound_auth", "", NEVER, ""),
    unsupported("outbound_proxy", "", NEVER, ""),
    unsupported("server_uri", "", NEVER, ""),
    unsupported("from_uri", "", NEVER, ""),
    unsupported("to_uri", "", NEVER, ""),
    unsupported("event", "", NEVER, ""),
    unsupported("max_auth_attempts", "5", NEVER, ""),
    unsupported("transport", "", NEVER, ""),
    unsupported("multi_user", "no", NEVER, ""),
    unsupported("type", "", NEVER, ""),
];

pub(super) const ASTERISK_PUBLICATION: Object = Object {
    kind: "asterisk-publication",
    about: "device states are shared with another Asterisk",
    refused: Some("leave it out"),
    rows: ASTERISK_PUBLICATION_ROWS,
};

const ASTERISK_PUBLICATION_ROWS: &[Row] = &[
    unsupported("devicestate_publish", "", NEVER, ""),
    unsupported("mailboxstate_publish", "", NEVER, ""),
    unsupported("device_state", "no", NEVER, ""),
    unsupported("device_state_filter", "", NEVER, ""),
    unsupported("mailbox_state", "no", NEVER, ""),
    unsupported("mailbox_state_filter", "", NEVER, ""),
    unsupported("type", "", NEVER, ""),
];

pub(super) const PHONEPROV: Object = Object {
    kind: "phoneprov",
    about: "settings of a phone, served over HTTP",
    refused: Some("serve them with a web server"),
    rows: PHONEPROV_ROWS,
};

const PHONEPROV_ROWS: &[Row] = &[
    unsupported("type", "", NEVER, ""),
    unsupported("endpoint", "", NEVER, ""),
    unsupported("MAC", "", NEVER, ""),
    unsupported("PROFILE", "", NEVER, ""),
    unsupported("*", "", NEVER, ""),
];
