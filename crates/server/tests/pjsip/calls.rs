use crate::bench::{Bench, Sent};

const PHONE: &str = "192.0.2.7:5060";

/// One open endpoint `6001` with these lines.
fn phone(lines: &str) -> String {
    format!("[6001]\ntype=endpoint\nallow=ulaw\nallow_subscribe=no\ndirect_media=no\n{lines}")
}

fn last(sent: &[Sent]) -> &Sent {
    sent.last().unwrap()
}

#[test]
fn a_call_enters_the_context_of_its_endpoint() {
    let plan = "[inside]\nexten => 1,1,Busy()\n[default]\nexten => 2,1,Busy()\n";
    let mut bench = Bench::new(&phone("context=inside\n"), plan);
    assert_eq!(last(&bench.call(PHONE, "6001", "1")).first_line(), "SIP/2.0 486 Busy Here");
    assert_eq!(last(&bench.call(PHONE, "6001", "2")).first_line(), "SIP/2.0 404 Not Found");
    let mut bench = Bench::new(&phone(""), plan);
    assert_eq!(last(&bench.call(PHONE, "6001", "2")).first_line(), "SIP/2.0 486 Busy Here");
}

#[test]
fn an_answer_has_the_codecs_that_are_allowed() {
    let plan = "[default]\nexten => 1,1,Answer()\n same => n,Wait(9)\n";
    for (lines, media) in [
        ("disallow=all\nallow=alaw\n", "RTP/AVP 8 101"),
        ("disallow=all\nallow=ulaw,alaw\n", "RTP/AVP 0 8 101"),
        ("allow=!all,alaw\n", "RTP/AVP 8 101"),
        ("allow=all\ndisallow=ulaw\n", "RTP/AVP 8 101"),
    ] {
        let mut bench = Bench::new(&phone(lines), plan);
        let sent = bench.call(PHONE, "6001", "1");
        assert!(
            last(&sent).text.contains(&format!("m=audio 10000 {media}\n")),
            "{lines}: {}",
            last(&sent).text
        );
    }
}

#[test]
fn a_variable_of_an_endpoint_is_set_on_its_channel() {
    let plan = "[default]\nexten => 1,1,Verbose(it is ${COLOUR} and ${SIZE})\n";
    let mut bench = Bench::new(&phone("set_var=COLOUR=red\nset_var=SIZE = 7\n"), plan);
    bench.call(PHONE, "6001", "1");
    assert!(bench.logged.iter().any(|line| line.contains("it is red and 7")), "{:?}", bench.logged);
}

#[test]
fn an_account_code_is_on_the_channel() {
    let mut bench = Bench::new(&phone("accountcode=sales\n"), "[default]\nexten => 1,1,Wait(9)\n");
    bench.call(PHONE, "6001", "1");
    assert_eq!(&*bench.channels()[0].account_code, "sales");
}

#[test]
fn the_language_of_an_endpoint_is_on_its_channel() {
    let mut bench = Bench::new(&phone("language=de\n"), "[default]\nexten => 1,1,Wait(9)\n");
    bench.call(PHONE, "6001", "1");
    assert_eq!(&*bench.channels()[0].language, "de");
}

#[test]
fn the_caller_id_of_an_endpoint_replaces_that_of_from() {
    let plan = "[default]\nexten => 1,1,Wait(9)\n";
    let mut bench = Bench::new(&phone("callerid=Ada <100>\n"), plan);
    bench.call(PHONE, "6001", "1");
    let caller = bench.channels()[0].caller.clone();
    assert_eq!((&*caller.name, &*caller.number), ("Ada", "100"));
    let mut bench = Bench::new(&phone(""), plan);
    bench.call(PHONE, "6001", "1");
    let caller = bench.channels()[0].caller.clone();
    assert_eq!((&*caller.name, &*caller.number), ("Far", "6001"));
}

const DESK: &str = "[desk]\ntype=endpoint\nallow=ulaw\naors=desk\nallow_subscribe=no\ndirect_media=no\n";
const DIAL: &str = "[default]\nexten => 1,1,Dial(PJSIP/desk)\n";

fn desk(endpoint: &str, aor: &str) -> String {
    format!("{}{DESK}{endpoint}[desk]\ntype=aor\n{aor}", phone(""))
}

fn to_desk(sent: Vec<Sent>) -> Sent {
    sent.into_iter().find(|sent| sent.text.starts_with("INVITE ")).unwrap()
}

#[test]
fn a_contact_that_is_written_down_is_called() {
    let mut bench = Bench::new(&desk("", "contact=sip:d@192.0.2.9:5070\n"), DIAL);
    let invite = to_desk(bench.call(PHONE, "6001", "1"));
    assert_eq!(
        (invite.first_line(), invite.to.to_string()),
        ("INVITE sip:d@192.0.2.9:5070 SIP/2.0", "192.0.2.9:5070".to_owned())
    );
}

#[test]
fn a_dialled_phone_sees_from_user_and_from_domain() {
    let mut bench = Bench::new(&desk("", "contact=sip:d@192.0.2.9\n"), DIAL);
    let invite = to_desk(bench.call(PHONE, "6001", "1"));
    assert!(invite.header("From").contains("<sip:6001@192.0.2.1>"), "{}", invite.text);
    let lines = "from_user=trunk7\nfrom_domain=example.com\n";
    let mut bench = Bench::new(&desk(lines, "contact=sip:d@192.0.2.9\n"), DIAL);
    let invite = to_desk(bench.call(PHONE, "6001", "1"));
    assert!(invite.header("From").contains("<sip:trunk7@example.com>"), "{}", invite.text);
}

const ANSWER: &str = "[default]\nexten => 1,1,Answer()\n same => n,Wait(9)\n";

#[test]
fn the_answer_names_the_media_address_of_the_endpoint() {
    let mut bench = Bench::new(&phone("media_address=198.51.100.4\n"), ANSWER);
    let sent = bench.call(PHONE, "6001", "1");
    assert!(last(&sent).text.contains("c=IN IP4 198.51.100.4\n"), "{}", last(&sent).text);
}

#[test]
fn the_external_addresses_are_written_towards_the_other_side() {
    let transport = "[udp]\ntype=transport\nbind=192.0.2.1\nexternal_signaling_address=203.0.113.5\n\
                     external_signaling_port=5099\nexternal_media_address=203.0.113.6\n";
    let mut bench = Bench::new(&format!("{transport}{}", phone("")), ANSWER);
    let sent = bench.call(PHONE, "6001", "1");
    assert!(last(&sent).header("Contact").contains("203.0.113.5:5099"), "{}", last(&sent).text);
    assert!(last(&sent).text.contains("c=IN IP4 203.0.113.6\n"), "{}", last(&sent).text);
}

#[test]
fn a_challenged_call_shows_the_credentials_of_outbound_auth() {
    let endpoint = "outbound_auth=mine\n";
    let text = format!(
        "{}[mine]\ntype=auth\nauth_type=userpass\nusername=me\npassword=hush\n",
        desk(endpoint, "contact=sip:d@192.0.2.9\n")
    );
    let mut bench = Bench::new(&text, DIAL);
    let invite = to_desk(bench.call(PHONE, "6001", "1"));
    let head = |name: &str| format!("{name}: {}\n", invite.header(name));
    let challenge = format!(
        "SIP/2.0 401 Unauthorized\n{}{}{};tag=z\n{}{}WWW-Authenticate: Digest realm=\"them\", nonce=\"n\"\nContent-Length: 0\n\n",
        head("Via"),
        head("From"),
        head("To").trim_end(),
        head("Call-ID"),
        head("CSeq"),
    );
    let again = to_desk(bench.send("192.0.2.9:5060", &challenge));
    let shown = again.header("Authorization");
    assert!(shown.contains("username=\"me\"") && shown.contains("realm=\"them\""), "{}", again.text);
}
