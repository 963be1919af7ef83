//! Address translators: contacts rewritten to where they come from, and what we say of ourselves to whom.

use std::net::IpAddr;

use sip::{Flow, NameAddr, Request, Response, Uri};

use crate::config::Transport;
use crate::contacts::ORIGINAL_HOST;
use crate::identify::is_within;

/// The request with each Contact at its source (`rewrite_contact`); the host it had is kept in a parameter. `None` where
/// there is nothing to rewrite.
pub(crate) fn rewrite_contacts(request: &Request, flow: &Flow) -> Option<Request> {
    if request.headers.is_star_contact() {
        return None;
    }
    let contacts = request.headers.contacts().ok().filter(|contacts| !contacts.is_empty())?;
    let mut rewritten = request.clone();
    rewritten.headers.remove("Contact");
    for contact in contacts {
        let contact = NameAddr { uri: rewrite(&contact.uri, flow), ..contact };
        rewritten.headers.push("Contact", contact.to_string());
    }
    Some(rewritten)
}

fn rewrite(uri: &Uri, flow: &Flow) -> Uri {
    let source = Uri::at("", flow.remote);
    let same = uri.host_ip() == Some(flow.remote.ip()) && uri.port_or_default() == flow.remote.port();
    if same {
        return uri.clone();
    }
    let original = match uri.port {
        Some(port) => format!("{}:{port}", uri.host),
        None => uri.host.to_string(),
    };
    let mut rewritten = Uri { host: source.host, port: source.port, ..uri.clone() };
    match flow.transport.is_reliable() {
        true => rewritten.params.set("transport", &flow.transport.as_str().to_ascii_lowercase()),
        false => rewritten.params.remove("transport"),
    }
    rewritten.params.set(ORIGINAL_HOST, &original);
    rewritten
}

/// Gives contacts in a 200 to REGISTER back as the phone wrote them.
pub(crate) fn restore_contacts(response: &mut Response) {
    let Ok(contacts) = response.headers.contacts() else { return };
    if !contacts.iter().any(|contact| contact.uri.params.contains(ORIGINAL_HOST)) {
        return;
    }
    response.headers.remove("Contact");
    for mut contact in contacts {
        if let Some(original) = contact.uri.params.value(ORIGINAL_HOST).map(str::to_owned)
            && let Ok(place) = Uri::parse(format!("sip:{original}"))
        {
            contact.uri.host = place.host;
            contact.uri.port = place.port;
            contact.uri.params.remove(ORIGINAL_HOST);
        }
        response.headers.push("Contact", contact.to_string());
    }
}

/// Whether a peer is outside of the translator that a transport is behind: then it is told the external addresses.
pub(crate) fn is_outside(transport: &Transport, peer: IpAddr) -> bool {
    !transport.local_nets.iter().any(|(net, bits)| is_within(peer, *net, *bits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sip::Method;

    fn flow() -> Flow {
        Flow::udp("192.0.2.1:5060".parse().unwrap(), "198.51.100.7:40000".parse().unwrap())
    }

    #[test]
    fn a_contact_behind_a_translator_is_rewritten_and_given_back() {
        let request = Request::build(Method::Register, "sip:h".parse().unwrap())
            .finish(&mut || 1)
            .with("Contact", "\"A\" <sip:2001@192.168.0.5:5062;ob>;expires=60");
        let rewritten = rewrite_contacts(&request, &flow()).unwrap();
        let contact = rewritten.headers.contact().unwrap();
        assert_eq!(
            contact.uri.to_string(),
            "sip:2001@198.51.100.7:40000;ob;x-ast-orig-host=192.168.0.5:5062"
        );
        let mut response = Response::to(&rewritten, 200).with("Contact", contact.to_string());
        restore_contacts(&mut response);
        assert_eq!(response.headers.contact().unwrap().uri.to_string(), "sip:2001@192.168.0.5:5062;ob");
    }

    #[test]
    fn a_contact_where_it_comes_from_stays() {
        let uri = Uri::parse("sip:2001@198.51.100.7:40000").unwrap();
        assert_eq!(rewrite(&uri, &flow()), uri);
    }
}
