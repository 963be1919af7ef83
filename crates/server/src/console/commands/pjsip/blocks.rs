//! The text of the listings: a header that shows every level there is, then a block an object.

use std::fmt::Write as _;

use crate::console::value::Value;

/// Where the second column begins, wherever the first did.
const SECOND: usize = 65;
/// How wide a listing is.
const WIDTH: usize = 90;

/// A label that ends at its level's column.
fn label(level: usize, text: &str) -> String {
    format!("{text:>width$}  ", width = 10 + 2 * level)
}

/// `<text....>`, so wide.
fn blank(text: &str, width: usize) -> String {
    format!("<{text:.<width$}>", width = width.saturating_sub(2))
}

/// What is left of the line for the first column, from a level on.
fn first(level: usize) -> usize {
    SECOND - 2 - 12 - 2 * level
}

fn header(lines: &[String]) -> String {
    format!("\n{}\n{}\n\n", lines.join("\n"), "=".repeat(WIDTH))
}

fn listing(objects: &Value, lines: &[String], block: fn(&mut String, &Value)) -> String {
    if objects.items().is_empty() {
        return "No objects found.\n\n".to_owned();
    }
    let mut text = header(lines);
    for object in objects.items() {
        block(&mut text, object);
    }
    let _ = write!(text, "\nObjects found: {}\n\n", objects.items().len());
    text
}

fn endpoint_header() -> Vec<String> {
    vec![
        format!("{}{}  <State.....>  <Channels.>", label(0, "Endpoint:"), blank("Endpoint/CID", first(0))),
        format!("{}{}", label(1, "I/OAuth:"), blank("AuthId/UserName", WIDTH - 14)),
        aor_header(1),
        contact_header(2),
        transport_header(1),
        format!("{}{}", label(1, "Identify:"), blank("Identify/Endpoint", WIDTH - 14)),
        format!("{}{}", label(2, "Match:"), blank("criteria", 35)),
        channel_header(1),
        exten_header(1),
    ]
}

pub(super) fn endpoints(all: &Value) -> String {
    listing(all, &endpoint_header(), |text, one| {
        endpoint_block(text, one);
        text.push('\n');
    })
}

pub(super) fn endpoint(one: &Value) -> String {
    let mut text = header(&endpoint_header());
    endpoint_block(&mut text, one);
    text + &options(one)
}

fn endpoint_block(text: &mut String, endpoint: &Value) {
    let name = match endpoint["caller_number"].is_empty() {
        true => endpoint["name"].to_string(),
        false => format!("{}/{}", endpoint["name"], endpoint["caller_number"]),
    };
    let _ = writeln!(
        text,
        "{}{name:<width$}  {:<12.12}  {} of {}",
        label(0, "Endpoint:"),
        endpoint["state"],
        endpoint["active_channels"],
        endpoint["most_channels"].or("inf"),
        width = first(0)
    );
    for (title, field) in [("InAuth:", "inbound_auths"), ("OutAuth:", "outbound_auths")] {
        for auth in endpoint[field].items() {
            let _ = writeln!(text, "{}{}/{}", label(1, title), auth["name"], auth["username"]);
        }
    }
    for aor in endpoint["aors"].items() {
        aor_block(text, aor, 1);
    }
    if !endpoint["transport"].is_empty() {
        transport_line(text, &endpoint["transport"], 1);
    }
    for identify in endpoint["identifies"].items() {
        identify_block(text, identify, 1);
    }
    for channel in endpoint["channels"].items() {
        channel_block(text, channel, 1);
    }
}

fn aor_header(level: usize) -> String {
    format!("{}{}  <MaxContact>", label(level, "Aor:"), blank("Aor", first(level)))
}

pub(super) fn aors(all: &Value) -> String {
    listing(all, &[aor_header(0), contact_header(1)], |text, one| {
        aor_block(text, one, 0);
        text.push('\n');
    })
}

pub(super) fn aor(one: &Value) -> String {
    let mut text = header(&[aor_header(0), contact_header(1)]);
    aor_block(&mut text, one, 0);
    text + &options(one)
}

fn aor_block(text: &mut String, aor: &Value, level: usize) {
    let width = first(level);
    let _ = writeln!(text, "{}{:<width$}  {}", label(level, "Aor:"), aor["name"], aor["max_contacts"]);
    for contact in aor["contacts"].items() {
        contact_line(text, contact, level + 1);
    }
}

fn contact_width(level: usize) -> usize {
    first(level) - 5
}

fn contact_header(level: usize) -> String {
    let uri = blank("Aor/ContactUri", contact_width(level));
    format!("{}{uri} <Hash....> <Status> <RTT(ms)..>", label(level, "Contact:"))
}

pub(super) fn contacts(all: &Value) -> String {
    listing(all, &[contact_header(0)], |text, one| contact_line(text, one, 0))
}

fn contact_line(text: &mut String, contact: &Value, level: usize) {
    let uri = format!("{}/{}", contact["aor"], contact["uri"]);
    let _ = writeln!(
        text,
        "{}{uri:<width$} {:<10.10} {:<7.7} {:>11}",
        label(level, "Contact:"),
        contact["hash"],
        contact["status"],
        contact["round_trip_ms"].or("nan"),
        width = contact_width(level)
    );
}

fn auth_header() -> String {
    format!("{}{}", label(0, "I/OAuth:"), blank("AuthId/UserName", WIDTH - 12))
}

pub(super) fn auths(all: &Value) -> String {
    listing(all, &[auth_header()], auth_line)
}

pub(super) fn auth(one: &Value) -> String {
    let mut text = header(&[auth_header()]);
    auth_line(&mut text, one);
    text + &options(one)
}

fn auth_line(text: &mut String, auth: &Value) {
    let _ = writeln!(text, "{}{}/{}", label(0, "Auth:"), auth["name"], auth["username"]);
}

fn transport_header(level: usize) -> String {
    let bind = blank("BindAddress", WIDTH - 57 - 2 * level);
    format!("{}<TransportId........>  <Type>  <cos>  <tos>  {bind}", label(level, "Transport:"))
}

pub(super) fn transports(all: &Value) -> String {
    listing(all, &[transport_header(0)], |text, one| transport_line(text, one, 0))
}

fn transport_line(text: &mut String, transport: &Value, level: usize) {
    let _ = writeln!(
        text,
        "{}{:<21}  {:>6}  {:>5}  {:>5}  {}",
        label(level, "Transport:"),
        transport["name"],
        transport["type"],
        transport["cos"],
        transport["tos"],
        transport["bind"]
    );
}

pub(super) fn identifies(all: &Value) -> String {
    let lines = [
        format!("{}{}", label(0, "Identify:"), blank("Identify/Endpoint", WIDTH - 12)),
        format!("{}{}", label(1, "Match:"), blank("criteria", 37)),
    ];
    listing(all, &lines, |text, one| {
        identify_block(text, one, 0);
        text.push('\n');
    })
}

fn identify_block(text: &mut String, identify: &Value, level: usize) {
    let _ = writeln!(text, "{}{}/{}", label(level, "Identify:"), identify["name"], identify["endpoint"]);
    for network in identify["matches"].items() {
        let _ =
            writeln!(text, "{}{network}", label(level + 1, "Match:").trim_end_matches(' ').to_owned() + " ");
    }
}

fn channel_header(level: usize) -> String {
    format!("{}{}  <State.....>  <Time.....>", label(level, "Channel:"), blank("ChannelId", first(level)))
}

fn exten_header(level: usize) -> String {
    let indent = " ".repeat(6 + 2 * level);
    format!("{indent}Exten: {}  CLCID: <ConnectedLineCID.......>", blank("DialedExten", 26 - 2 * level))
}

pub(super) fn channels(all: &Value) -> String {
    listing(all, &[channel_header(0), exten_header(0)], |text, one| {
        channel_block(text, one, 0);
        text.push('\n');
    })
}

fn channel_block(text: &mut String, channel: &Value, level: usize) {
    let name = format!("{}/{}", channel["name"], channel["application"]);
    let head = label(level, "Channel:");
    let width = first(level) + 1;
    let _ = writeln!(
        text,
        "{} {name:<width$}  {:<12.12}  {:<11}",
        head.trim_end(),
        channel["state"],
        channel["duration_s"],
    );
    let indent = " ".repeat(6 + 2 * level);
    let width = 26 - 2 * level;
    let _ = writeln!(
        text,
        "{indent}Exten: {:<width$}  CLCID: \"{}\" <{}>",
        channel["exten"], channel["connected_name"], channel["connected_number"]
    );
}

pub(super) fn registrations(all: &Value) -> String {
    let line = " <Registration/ServerURI..............................>  <Auth....................>  <Status.......>";
    listing(all, &[line.to_owned()], |text, one| {
        let name = format!("{}/{}", one["name"], one["server_uri"]);
        let _ = write!(text, " {name:<54.54}  {:<26}  {:<16}", one["auth"].or("n/a"), one["status"]);
        if let expires @ Value::Number(_) = &one["expires_in_s"] {
            let _ = write!(text, " (exp. {expires}s)");
        }
        text.push('\n');
    })
}

pub(super) fn subscriptions(all: &Value) -> String {
    let mut text = format!(
        "Endpoint: {}\nResource: {}\n  Expiry: <Expiry>  {}\n{}\n\n",
        blank("Endpoint/Caller-ID", 65),
        blank("Resource/Event", 65),
        blank("Call-id", 55),
        "=".repeat(75)
    );
    for one in all.items() {
        let (endpoint, resource, event) = (&one["endpoint"], &one["resource"], &one["event"]);
        let _ = writeln!(text, "Endpoint: {endpoint}\nResource: {resource}/{event}");
        let _ = writeln!(text, "  Expiry: {:>8}  {}\n", one["expires_in_s"], one["call_id"]);
    }
    let _ = writeln!(text, "{} active subscriptions", all.items().len());
    text
}

/// The options of one object, by name.
fn options(object: &Value) -> String {
    let options = object["options"].fields();
    let width = options.iter().map(|(name, _)| name.len()).max().unwrap_or(0).max("ParameterName".len());
    let values = options.iter().map(|(_, value)| value.to_string().chars().count());
    let longest = values.max().unwrap_or(0).max("ParameterValue".len());
    let mut text =
        format!("\n\n {:<width$} : ParameterValue\n {}\n", "ParameterName", "=".repeat(width + 3 + longest));
    for (name, value) in options {
        let _ = writeln!(text, " {name:<width$} : {value}");
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::value::record;

    fn contact_value() -> Value {
        record! {
            "aor" => "uas", "uri" => "sip:uas@127.0.0.1:5090", "hash" => "5887b7746e", "status" => "NonQual",
            "round_trip_ms" => Value::Nothing,
        }
    }

    #[test]
    fn endpoints_are_listed_in_asterisks_columns() {
        let aor = record! {
            "name" => "uas", "max_contacts" => 0_u32, "contacts" => Value::List(vec![contact_value()]),
        };
        let transport = record! {
            "name" => "udp", "type" => "udp", "cos" => 0_u32, "tos" => 0_u32, "bind" => "127.0.0.1:5070",
        };
        let channel = record! {
            "name" => "PJSIP/uas-00000001", "application" => "AppDial", "state" => "Up",
            "duration_s" => Value::Seconds(3), "exten" => "", "connected_name" => "sipp", "connected_number" => "sipp",
        };
        let endpoint = record! {
            "name" => "uas", "caller_number" => "", "state" => "In use", "active_channels" => 1_usize,
            "inbound_auths" => Value::List(vec![record! { "name" => "uas-auth", "username" => "uas" }]),
            "aors" => Value::List(vec![aor]), "transport" => transport,
            "identifies" => Value::List(vec![record! {
                "name" => "uas-addr", "endpoint" => "uas", "matches" => Value::List(vec!["127.0.0.1/32".into()]),
            }]),
            "channels" => Value::List(vec![channel]),
        };
        let text = endpoints(&Value::List(vec![endpoint]));
        assert_eq!(text, include_str!("expected/endpoints.txt"));
    }

    #[test]
    fn contacts_are_listed_in_asterisks_columns() {
        let text = contacts(&Value::List(vec![contact_value()]));
        assert_eq!(text, include_str!("expected/contacts.txt"));
        assert_eq!(contacts(&Value::List(Vec::new())), "No objects found.\n\n");
    }

    #[test]
    fn subscriptions_are_listed_in_asterisks_columns() {
        let none = subscriptions(&Value::List(Vec::new()));
        assert_eq!(none, include_str!("expected/subscriptions.txt"));
        let one = record! {
            "endpoint" => "2001", "resource" => "2002", "event" => "dialog", "expires_in_s" => 3_600_u64,
            "call_id" => "a@b",
        };
        let text = subscriptions(&Value::List(vec![one]));
        assert!(
            text.contains("\nEndpoint: 2001\nResource: 2002/dialog\n  Expiry:     3600  a@b\n\n1 active "),
            "{text}"
        );
    }
}
