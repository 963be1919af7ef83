//! The options of one object, as `pjsip.conf` names them.

use std::sync::Arc;

use signalling::config::{Aor, Auth, DtmfMode, Endpoint, Secret};

use super::Found;
use crate::console::value::Value;

/// Adds the field `options` to an object that was found under this name, whichever kind it is.
pub(super) fn add(object: &mut Value, found: &Found, name: &str) {
    let config = &found.sip.config;
    let options = if object["aors"] != Value::Nothing {
        config.endpoints.iter().find(|one| *one.name == *name).map(endpoint)
    } else if object["max_contacts"] != Value::Nothing {
        config.aors.iter().find(|one| *one.name == *name).map(aor)
    } else {
        config.auths.iter().find(|one| *one.name == *name).map(auth)
    };
    if let (Value::Record(fields), Some(options)) = (object, options) {
        let options = options.into_iter().map(|(name, value)| (name.to_owned(), Value::Text(value)));
        fields.push(("options".to_owned(), Value::Record(options.collect())));
    }
}

type Options = Vec<(&'static str, String)>;

fn endpoint(endpoint: &Endpoint) -> Options {
    let identity = &endpoint.identity;
    let list = |names: &[Arc<str>]| names.iter().map(|name| &**name).collect::<Vec<_>>().join(",");
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let codecs: Vec<&str> = endpoint.codecs.iter().map(|codec| codec.asterisk_name()).collect();
    let variables = endpoint.variables.iter().map(|(name, value)| format!("{name}={value}"));
    let caller_id = identity.caller_id.as_ref().map(|party| match party.name.is_empty() {
        true => format!("<{}>", party.number),
        false => format!("\"{}\" <{}>", party.name, party.number),
    });
    let dtmf_mode = match endpoint.dtmf_mode {
        DtmfMode::Rfc4733 => "rfc4733",
        DtmfMode::Info => "info",
        DtmfMode::Inband => "inband",
        DtmfMode::Auto => "auto",
        DtmfMode::AutoInfo => "auto_info",
    };
    vec![
        ("accountcode", endpoint.account_code.clone()),
        ("allow", format!("({})", codecs.join("|"))),
        ("allow_subscribe", endpoint.subscriptions.allow_subscribe.to_string()),
        ("allow_transfer", endpoint.session.allow_transfer.to_string()),
        ("aors", list(&endpoint.aors)),
        ("auth", list(&endpoint.auths)),
        ("callerid", caller_id.unwrap_or_else(|| "<unknown>".to_owned())),
        ("context", endpoint.context.clone()),
        ("device_state_busy_at", endpoint.subscriptions.device_state_busy_at.to_string()),
        ("dtmf_mode", dtmf_mode.to_owned()),
        ("force_rport", endpoint.force_rport.to_string()),
        ("from_domain", text(&identity.from_domain)),
        ("from_user", text(&identity.from_user)),
        ("language", endpoint.language.clone()),
        ("media_address", endpoint.media.address.map(|address| address.to_string()).unwrap_or_default()),
        ("outbound_auth", list(&endpoint.outbound_auths)),
        ("outbound_proxy", text(&endpoint.outbound_proxy)),
        ("rewrite_contact", endpoint.rewrite_contact.to_string()),
        ("rtp_symmetric", endpoint.media.symmetric.to_string()),
        ("send_pai", identity.send_pai.to_string()),
        ("send_rpid", identity.send_rpid.to_string()),
        ("set_var", variables.collect::<Vec<_>>().join(",")),
        ("timers_min_se", endpoint.session.timers_min_se.to_string()),
        ("timers_sess_expires", endpoint.session.timers_sess_expires.to_string()),
        ("transport", endpoint.transport.as_deref().unwrap_or_default().to_owned()),
        ("trust_id_inbound", identity.trust_inbound.to_string()),
        ("trust_id_outbound", identity.trust_outbound.to_string()),
    ]
}

fn aor(aor: &Aor) -> Options {
    vec![
        ("authenticate_qualify", aor.authenticate_qualify.to_string()),
        ("contact", aor.contacts.join(",")),
        ("default_expiration", aor.default_expiration.to_string()),
        ("mailboxes", aor.mailboxes.join(",")),
        ("max_contacts", aor.max_contacts.to_string()),
        ("maximum_expiration", aor.maximum_expiration.to_string()),
        ("minimum_expiration", aor.minimum_expiration.to_string()),
        ("outbound_proxy", aor.outbound_proxy.clone().unwrap_or_default()),
        ("qualify_2xx_only", aor.qualify_2xx_only.to_string()),
        ("qualify_frequency", aor.qualify_frequency.to_string()),
        ("qualify_timeout", format!("{:.6}", aor.qualify_timeout.as_secs_f64())),
        ("remove_existing", aor.remove_existing.to_string()),
        ("remove_unavailable", aor.remove_unavailable.to_string()),
        ("support_path", aor.support_path.to_string()),
        ("voicemail_extension", aor.voicemail_extension.clone().unwrap_or_default()),
    ]
}

/// Asterisk shows the password too: whoever reads over a shoulder or in a ticket need not.
fn auth(auth: &Auth) -> Options {
    let algorithms: Vec<&str> = auth.algorithms.iter().map(|algorithm| algorithm.as_str()).collect();
    let (kind, md5, password) = match &auth.secret {
        Secret::Password(_) => ("userpass", "", "(hidden)"),
        Secret::Ha1Md5(_) => ("md5", "(hidden)", ""),
    };
    vec![
        ("auth_type", kind.to_owned()),
        ("md5_cred", md5.to_owned()),
        ("password", password.to_owned()),
        ("realm", auth.realm.clone()),
        (
            "supported_algorithms_uas",
            if algorithms.is_empty() { "MD5".to_owned() } else { algorithms.join(",") },
        ),
        ("username", auth.username.clone()),
    ]
}
