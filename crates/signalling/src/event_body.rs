//! What a NOTIFY carries: `application/dialog-info+xml` (RFC 4235), `application/pidf+xml` (RFC 3863) and
//! `application/simple-message-summary` (RFC 3842), with the words that Asterisk uses.

use call::device::ExtensionState;
use call::mailbox::Messages;
use sip::Request;

/// The type of a message summary.
pub(crate) const SUMMARY: &str = "application/simple-message-summary";

/// How the state of an extension is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    DialogInfo,
    Pidf,
}

impl Format {
    /// The format for a package that the subscriber takes; `None` where it takes none of ours.
    pub fn choose(package: &str, request: &Request) -> Option<Format> {
        let formats: &[Format] = match package {
            "dialog" => &[Format::DialogInfo],
            _ => &[Format::Pidf, Format::DialogInfo],
        };
        let accepted: Vec<String> = request
            .headers
            .elements("Accept")
            .map(|element| element.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
            .collect();
        if accepted.is_empty() {
            return formats.first().copied();
        }
        // In the order of the subscriber.
        accepted.iter().find_map(|one| {
            let takes =
                |format: &&Format| one == format.content_type() || one == "*/*" || one == "application/*";
            formats.iter().find(takes).copied()
        })
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Format::DialogInfo => "application/dialog-info+xml",
            Format::Pidf => "application/pidf+xml",
        }
    }
}

/// The dialogs of an extension, as far as a busy lamp wants to know.
pub(crate) fn dialog_info(
    exten: &str,
    entity: &str,
    version: u32,
    state: ExtensionState,
    early_beside_call: bool,
) -> String {
    let word = match state {
        ExtensionState::Ringing => "early",
        ExtensionState::RingInUse if early_beside_call => "early",
        ExtensionState::InUse | ExtensionState::Busy | ExtensionState::RingInUse | ExtensionState::OnHold => {
            "confirmed"
        }
        ExtensionState::NotInUse | ExtensionState::Unavailable => "terminated",
    };
    let direction = if word == "early" { " direction=\"recipient\"" } else { "" };
    let (exten, entity) = (escaped(exten), escaped(entity));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"{version}\" state=\"full\" \
         entity=\"{entity}\">\n \
         <dialog id=\"{exten}\"{direction}>\n  <state>{word}</state>\n </dialog>\n</dialog-info>\n"
    )
}

/// The presence of an extension.
pub(crate) fn pidf(exten: &str, entity: &str, state: ExtensionState) -> String {
    let (basic, activity, note) = match state {
        ExtensionState::Ringing | ExtensionState::RingInUse => ("open", "busy", "Ringing"),
        ExtensionState::InUse => ("open", "busy", "On the phone"),
        ExtensionState::Busy => ("closed", "busy", "On the phone"),
        ExtensionState::OnHold => ("closed", "busy", "On hold"),
        ExtensionState::Unavailable => ("closed", "away", "Unavailable"),
        ExtensionState::NotInUse => ("open", "", "Ready"),
    };
    let activities = match activity {
        "" => String::new(),
        word => format!("<rpid:activities><rpid:{word}/></rpid:activities>"),
    };
    let (exten, entity) = (escaped(exten), escaped(entity));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <presence entity=\"{entity}\" xmlns=\"urn:ietf:params:xml:ns:pidf\" \
         xmlns:dm=\"urn:ietf:params:xml:ns:pidf:data-model\" \
         xmlns:rpid=\"urn:ietf:params:xml:ns:pidf:rpid\">\n \
         <note>{note}</note>\n \
         <tuple id=\"{exten}\">\n  <status>\n   <basic>{basic}</basic>\n  </status>\n  \
         <contact priority=\"1\">{entity}</contact>\n </tuple>\n \
         <dm:person>{activities}</dm:person>\n</presence>\n"
    )
}

/// How many messages wait.
pub(crate) fn message_summary(messages: Messages, account: Option<&str>) -> String {
    let waiting = if messages.new > 0 { "yes" } else { "no" };
    let account = account.map(|uri| format!("Message-Account: {uri}\r\n")).unwrap_or_default();
    let Messages { new, old } = messages;
    format!("Messages-Waiting: {waiting}\r\n{account}Voice-Message: {new}/{old} (0/0)\r\n")
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push('_'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out_of_a_document() {
        let text = dialog_info("a\"<b>&", "sip:x@h", 3, ExtensionState::Ringing, false);
        assert!(text.contains("id=\"a&quot;&lt;b&gt;&amp;\" direction=\"recipient\""), "{text}");
        assert!(text.contains("version=\"3\"") && text.contains("<state>early</state>"));
    }

    #[test]
    fn a_summary_counts_new_and_old() {
        let text = message_summary(Messages { new: 2, old: 1 }, Some("sip:*97@h"));
        assert_eq!(
            text,
            "Messages-Waiting: yes\r\nMessage-Account: sip:*97@h\r\nVoice-Message: 2/1 (0/0)\r\n"
        );
    }
}
