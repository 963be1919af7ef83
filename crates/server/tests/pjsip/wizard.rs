use crate::bench::{Bench, read, register};

const PLAN: &str = "[inside]\nexten => 1,1,Busy()\nexten => 2,1,Dial(PJSIP/${EXTEN}@trunk)\n";
const OPEN: &str = "[open]\ntype=endpoint\nallow=ulaw\ncontext=inside\n";
const FROM: &str = "192.0.2.7:5060";

#[test]
fn a_phone_of_the_wizard_registers_and_proves_itself() {
    let wizard = "[phones](!)\ntype=wizard\naccepts_auth=yes\naccepts_registrations=yes\nendpoint/allow=ulaw\n\
        endpoint/context=inside\naor/max_contacts=1\n[6001](phones)\ninbound_auth/username=six\ninbound_auth/password=hush\n";
    let mut bench = Bench::with("", &[("pjsip_wizard.conf", wizard), ("extensions.conf", PLAN)]);
    let challenged = bench.send(FROM, &register(FROM, "6001", "600", 1));
    assert_eq!(challenged.last().unwrap().first_line(), "SIP/2.0 401 Unauthorized");
    let sip = read(&[("pjsip.conf", ""), ("pjsip_wizard.conf", wizard)]).configuration.sip;
    assert_eq!((sip.endpoints.len(), sip.aors.len(), sip.auths.len(), sip.identifies.len()), (1, 1, 1, 0));
    assert_eq!((&*sip.auths[0].name, sip.auths[0].username.as_str()), ("6001-iauth", "six"));
    assert_eq!((&*sip.endpoints[0].auths[0], &*sip.endpoints[0].aors[0]), ("6001-iauth", "6001"));
    assert_eq!((sip.aors[0].max_contacts, sip.endpoints[0].context.as_str()), (1, "inside"));
}

const TRUNK: &str = "[trunk]\ntype=wizard\nsends_auth=yes\nsends_registrations=yes\nremote_hosts=192.0.2.9:5070, 192.0.2.10\n\
    outbound_auth/username=me\noutbound_auth/password=hush\nendpoint/allow=ulaw\nendpoint/context=inside\n\
    registration/expiration=600\nidentify/match_header=X-Trunk: yes\n";

#[test]
fn a_trunk_of_the_wizard_is_called_told_and_registered() {
    let mut bench = Bench::with(OPEN, &[("pjsip_wizard.conf", TRUNK), ("extensions.conf", PLAN)]);
    // It is told by its addresses.
    assert_eq!(
        bench.call("192.0.2.10:5060", "stranger", "1").last().unwrap().first_line(),
        "SIP/2.0 486 Busy Here"
    );
    let sent = bench.call(FROM, "open", "2");
    let invite = sent.iter().find(|sent| sent.text.starts_with("INVITE ")).unwrap();
    assert_eq!(invite.to.to_string(), "192.0.2.9:5070");
    let sip = read(&[("pjsip.conf", ""), ("pjsip_wizard.conf", TRUNK)]).configuration.sip;
    let registered: Vec<(&str, &str, &str, u32)> = sip
        .registrations
        .iter()
        .map(|it| (&*it.name, it.server_uri.as_str(), it.client_uri.as_str(), it.expiration))
        .collect();
    let expected = [
        ("trunk-reg-0", "sip:192.0.2.9:5070", "sip:me@192.0.2.9:5070", 600),
        ("trunk-reg-1", "sip:192.0.2.10", "sip:me@192.0.2.10", 600),
    ];
    assert_eq!(registered, expected);
    assert_eq!(&*sip.registrations[0].outbound_auths[0], "trunk-oauth");
    assert_eq!(sip.aors[0].contacts, ["sip:192.0.2.9:5070", "sip:192.0.2.10"]);
    assert_eq!(&*sip.identifies[0].name, "trunk-identify");
    let text = format!(
        "{TRUNK}outbound_proxy=sip:192.0.2.20\ncontact_pattern=sip:x@${{REMOTE_HOST}}\n\
        client_uri_pattern=sip:${{USERNAME}}@example.com\nserver_uri_pattern=sip:${{REMOTE_HOST}}\\;transport=tcp\n\
        sends_line_with_registrations=yes\ntransport=udp\n"
    );
    let sip =
        read(&[("pjsip.conf", "[udp]\ntype=transport\nbind=192.0.2.1\n"), ("pjsip_wizard.conf", &text)])
            .configuration
            .sip;
    let (first, endpoint) = (&sip.registrations[0], &sip.endpoints[0]);
    assert_eq!(
        (first.server_uri.as_str(), first.client_uri.as_str()),
        ("sip:192.0.2.9:5070;transport=tcp", "sip:me@example.com")
    );
    assert_eq!((first.line, first.endpoint.as_deref(), sip.identifies.len()), (true, Some("trunk"), 0));
    assert_eq!((endpoint.transport.as_deref(), first.transport.as_deref()), (Some("udp"), Some("udp")));
    let proxy = Some("sip:192.0.2.20");
    assert_eq!(
        (
            endpoint.outbound_proxy.as_deref(),
            first.outbound_proxy.as_deref(),
            sip.aors[0].outbound_proxy.as_deref()
        ),
        (proxy, proxy, proxy)
    );
    assert_eq!(sip.aors[0].contacts[0], "sip:x@192.0.2.9:5070");
}

#[test]
fn what_is_wrong_with_a_wizard_is_told_where_it_stands() {
    let wizard = "[t]\ntype=wizard\nsends_auth=yes\nendpoint/alow=ulaw\nhas_hint=yes\nsend_auth=no\n";
    let lines = read(&[("pjsip.conf", ""), ("pjsip_wizard.conf", wizard)]).report.lines();
    let slips: Vec<&str> =
        lines.iter().map(String::as_str).filter(|line| line.starts_with("pjsip_wizard.conf:")).collect();
    let expected = [
        "pjsip_wizard.conf:1:2: note: [t] allows no codec; ulaw and alaw were assumed; write `allow = ulaw,alaw` below it",
        "pjsip_wizard.conf:1:2: error: [t] has no `outbound_auth/username`; write `outbound_auth/username = …` below it",
        "pjsip_wizard.conf:1:2: error: [t] has no `remote_hosts`; write `remote_hosts = …` below it",
        "pjsip_wizard.conf:3:12: error: there is no usable `type = auth` section [t-oauth]; write a section [t-oauth] with `type = auth`",
        "pjsip_wizard.conf:4:1: warning: unknown key `alow` in [t]; did you mean `allow`?",
        "pjsip_wizard.conf:5:1: warning: `has_hint` in [t] is not supported yet; it was ignored; write `exten => 1000,hint,PJSIP/name` into extensions.conf",
        "pjsip_wizard.conf:6:1: warning: unknown key `send_auth` in [t]; did you mean `sends_auth`?",
    ];
    let mut slips = slips;
    slips.sort();
    let mut expected = expected.to_vec();
    expected.sort();
    assert_eq!(slips, expected);
}
