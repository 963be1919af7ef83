use super::*;
use crate::method::Method;

const NOW: Duration = Duration::from_secs(1000);

struct Phone {
    registrar: Registrar,
    settings: AorSettings,
    cseq: u32,
}

fn phone(max_contacts: usize, remove_existing: bool) -> Phone {
    let settings = AorSettings { max_contacts, remove_existing, ..AorSettings::default() };
    Phone { registrar: Registrar::new(), settings, cseq: 0 }
}

fn flow() -> Flow {
    Flow::tcp("192.0.2.2:5060".parse().unwrap(), "192.0.2.1:5060".parse().unwrap(), 3)
}

impl Phone {
    fn register(&mut self, now: Duration, contact: &str, expires: Option<u32>) -> Response {
        self.cseq += 1;
        self.register_as(now, contact, expires, self.cseq)
    }

    fn register_as(&mut self, now: Duration, contact: &str, expires: Option<u32>, cseq: u32) -> Response {
        let mut request = Request::build(Method::Register, "sip:h".parse().unwrap())
            .call_id("reg")
            .cseq(cseq)
            .finish(&mut || 1)
            .with(HeaderName::UserAgent, "phone/1");
        if !contact.is_empty() {
            request.headers.push(HeaderName::Contact, contact);
        }
        if let Some(expires) = expires {
            request.headers.push(HeaderName::Expires, expires.to_string());
        }
        self.registrar.register(now, "2001", flow(), &request, &self.settings)
    }

    fn events(&mut self) -> Vec<String> {
        let name = |event| match event {
            Event::Added { binding, .. } => format!("+{}", binding.uri.host),
            Event::Refreshed { binding, .. } => format!("={}", binding.uri.host),
            Event::Removed { binding, .. } => format!("-{}", binding.uri.host),
            Event::Expired { binding, .. } => format!("x{}", binding.uri.host),
        };
        std::iter::from_fn(|| self.registrar.poll()).map(name).collect()
    }
}

fn contacts(response: &Response) -> Vec<String> {
    response.headers.lines(HeaderName::Contact).map(|c| c.to_string()).collect()
}

#[test]
fn a_phone_registers_refreshes_and_leaves() {
    let mut p = phone(1, true);
    let response = p.register(NOW, "<sip:2001@a>", Some(120));
    assert_eq!((response.status, contacts(&response)), (200, vec!["<sip:2001@a>;expires=120".to_owned()]));
    p.register(NOW + Duration::from_secs(60), "<sip:2001@a>;expires=300", None);
    let query = p.register(NOW + Duration::from_secs(70), "", None);
    assert_eq!(contacts(&query), ["<sip:2001@a>;expires=290"]);
    let gone = p.register(NOW + Duration::from_secs(80), "<sip:2001@a>", Some(0));
    assert_eq!((gone.status, contacts(&gone)), (200, vec![]));
    assert_eq!(p.events(), ["+a", "=a", "-a"]);
    assert_eq!(p.registrar.deadline(), None);
}

#[test]
fn a_binding_that_is_not_refreshed_expires() {
    let mut p = phone(1, true);
    p.register(NOW, "<sip:2001@a>", Some(60));
    assert_eq!(p.registrar.deadline(), Some(NOW + Duration::from_secs(60)));
    p.registrar.advance(NOW + Duration::from_secs(59));
    assert_eq!(p.registrar.bindings("2001").len(), 1);
    p.registrar.advance(NOW + Duration::from_secs(60));
    assert_eq!(p.events(), ["+a", "xa"]);
    assert_eq!(p.registrar.deadline(), None);
}

#[test]
fn expiration_is_kept_within_its_bounds() {
    let mut p = phone(1, true);
    let brief = p.register(NOW, "<sip:2001@a>", Some(10));
    assert_eq!((brief.status, brief.headers.min_expires()), (423, Some(60)));
    assert_eq!(p.events(), Vec::<String>::new());
    p.settings.brief = Brief::Raise;
    assert_eq!(contacts(&p.register(NOW, "<sip:2001@a>", Some(10))), ["<sip:2001@a>;expires=60"]);
    assert_eq!(contacts(&p.register(NOW, "<sip:2001@a>", Some(99999999))), ["<sip:2001@a>;expires=7200"]);
    assert_eq!(contacts(&p.register(NOW, "<sip:2001@a>", None)), ["<sip:2001@a>;expires=3600"]);
}

#[test]
fn one_contact_too_many_replaces_or_is_refused() {
    let mut p = phone(2, true);
    p.register(NOW, "<sip:2001@a>", Some(100));
    p.register(NOW, "<sip:2001@b>", Some(90));
    assert_eq!(contacts(&p.register(NOW, "<sip:2001@c>", Some(95))).len(), 2);
    assert_eq!(p.events(), ["+a", "+b", "+c", "-b"]);
    let mut p = phone(1, false);
    p.register(NOW, "<sip:2001@a>", Some(100));
    assert_eq!(p.register(NOW, "<sip:2001@b>", Some(100)).status, 403);
    assert_eq!(p.register(NOW, "<sip:2001@a>", Some(100)).status, 200);
    let mut p = phone(0, true);
    assert_eq!(p.register(NOW, "<sip:2001@a>", Some(100)).status, 403);
}

#[test]
fn a_star_removes_all_but_only_with_expires_zero() {
    let mut p = phone(3, true);
    p.register(NOW, "<sip:2001@a>, <sip:2001@b>", Some(100));
    assert_eq!(p.register(NOW, "*", None).status, 400);
    assert_eq!(p.register(NOW, "*, <sip:2001@a>", Some(0)).status, 400);
    assert_eq!(p.register(NOW, "*", Some(0)).status, 200);
    assert_eq!(p.events(), ["+a", "+b", "-a", "-b"]);
}

#[test]
fn an_old_cseq_changes_nothing() {
    let mut p = phone(1, true);
    p.register_as(NOW, "<sip:2001@a>", Some(100), 5);
    assert_eq!(p.register_as(NOW, "<sip:2001@a>", Some(0), 5).status, 500);
    assert_eq!(p.register_as(NOW, "*", Some(0), 4).status, 500);
    assert_eq!(p.registrar.bindings("2001").len(), 1);
}

#[test]
fn a_broken_connection_takes_its_bindings_along() {
    let mut p = phone(1, true);
    p.register(NOW, "<sip:2001@a>", Some(100));
    p.registrar.flow_failed(Flow { connection: 4, ..flow() });
    assert_eq!(p.registrar.bindings("2001")[0].user_agent, "phone/1");
    p.registrar.flow_failed(flow());
    assert_eq!(p.events(), ["+a", "-a"]);
}

#[test]
fn an_unreadable_contact_is_a_bad_request() {
    let mut p = phone(1, true);
    assert_eq!(p.register(NOW, "sip:u@h?Route=%3Csip:x%3E", Some(100)).status, 400);
}

fn register_with(p: &mut Phone, contact: &str, more: &[(&str, &str)]) -> Response {
    p.cseq += 1;
    let mut request = Request::build(Method::Register, "sip:h".parse().unwrap())
        .call_id("reg")
        .cseq(p.cseq)
        .finish(&mut || 1)
        .with(HeaderName::Contact, contact);
    for (name, value) in more {
        request.headers.push(*name, *value);
    }
    p.registrar.register(NOW, "2001", flow(), &request, &p.settings)
}

#[test]
fn path_is_kept_and_given_back_where_the_phone_knows_of_it() {
    let path = [("Path", "<sip:edge.example.com;lr>, <sip:core.example.com;lr>")];
    let mut p = phone(1, true);
    assert_eq!(register_with(&mut p, "<sip:2001@a>", &path).status, 420);
    let known = [path[0], ("Supported", "path")];
    let response = register_with(&mut p, "<sip:2001@a>", &known);
    assert_eq!(response.headers.elements(HeaderName::Path).count(), 2);
    assert_eq!(p.registrar.bindings("2001")[0].path[0].uri.host, "edge.example.com");
    p.settings.support_path = false;
    assert_eq!(register_with(&mut p, "<sip:2001@b>", &path).status, 200);
    assert!(p.registrar.bindings("2001")[0].path.is_empty());
}

#[test]
fn a_device_that_comes_by_another_address_replaces_its_own_binding() {
    let device = ";+sip.instance=\"<urn:uuid:1>\";reg-id=1";
    let mut p = phone(3, false);
    let outbound = [("Supported", "path, outbound")];
    let response = register_with(&mut p, &format!("<sip:2001@a>{device}"), &outbound);
    assert!(response.headers.lists(HeaderName::Require, "outbound"));
    register_with(&mut p, &format!("<sip:2001@b>{device}"), &outbound);
    register_with(&mut p, "<sip:2001@b>;+sip.instance=\"<urn:uuid:1>\";reg-id=2", &outbound);
    assert_eq!(p.events(), ["+a", "=b", "+b"]);
    let listed = contacts(&register_with(&mut p, "<sip:2001@c>", &[]));
    assert!(listed[0].contains("+sip.instance=\"<urn:uuid:1>\";reg-id=1"), "{listed:?}");
}

#[test]
fn contacts_that_do_not_answer_give_way() {
    let mut p = phone(2, false);
    p.settings.remove_unavailable = true;
    register_with(&mut p, "<sip:2001@a>", &[]);
    register_with(&mut p, "<sip:2001@b>", &[]);
    assert_eq!(register_with(&mut p, "<sip:2001@c>", &[]).status, 403);
    let second = p.registrar.bindings("2001")[1].id;
    p.registrar.set_available("2001", second, false);
    assert_eq!(register_with(&mut p, "<sip:2001@c>", &[]).status, 200);
    assert_eq!(p.events(), ["+a", "+b", "+c", "-b"]);
}

#[test]
fn a_binding_of_before_a_restart_lives_on_until_its_time() {
    let mut p = phone(1, true);
    p.register(NOW, "<sip:2001@a>", Some(100));
    let binding = p.registrar.bindings("2001")[0].clone();
    let mut after = phone(1, true);
    after.registrar.restore(NOW + Duration::from_secs(40), "2001", binding.clone());
    assert_eq!((after.events(), after.registrar.bindings("2001").len()), (vec![], 1));
    after.registrar.advance(NOW + Duration::from_secs(100));
    assert_eq!(after.events(), ["xa"]);
    after.registrar.restore(NOW + Duration::from_secs(101), "2001", binding);
    assert_eq!(after.registrar.bindings("2001").len(), 0);
}
