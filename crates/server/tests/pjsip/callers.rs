use crate::bench::{Bench, Sent, read};

const PHONE: &str = "192.0.2.7:5060";
const PLAN: &str = "[one]\nexten => 1,1,Busy()\n[two]\nexten => 1,1,Congestion()\n";
const ENDPOINTS: &str = "[one]\ntype=endpoint\nallow=ulaw\ncontext=one\ndirect_media=no\n\
    [two]\ntype=endpoint\nallow=ulaw\ncontext=two\ndirect_media=no\n";
const BUSY: &str = "SIP/2.0 486 Busy Here";
const CONGESTION: &str = "SIP/2.0 503 Service Unavailable";

fn answer(sent: &[Sent]) -> &str {
    sent.last().unwrap().first_line()
}

#[test]
fn a_request_is_told_by_its_address() {
    let text = format!("{ENDPOINTS}[a]\ntype=identify\nendpoint=two\nmatch=192.0.2.0/28\n");
    let mut bench = Bench::new(&text, PLAN);
    assert_eq!(answer(&bench.call(PHONE, "stranger", "1")), CONGESTION);
    assert_eq!(answer(&bench.call("192.0.2.17:5060", "stranger", "1")), "SIP/2.0 401 Unauthorized");
}

#[test]
fn the_order_says_which_endpoint_a_caller_is() {
    let identify = "[a]\ntype=identify\nendpoint=two\nmatch=192.0.2.7\n";
    for (order, expected) in [("ip,username", CONGESTION), ("username,ip", BUSY)] {
        let text = format!("[global]\nendpoint_identifier_order={order}\n{ENDPOINTS}{identify}");
        assert_eq!(answer(&Bench::new(&text, PLAN).call(PHONE, "one", "1")), expected, "{order}");
    }
}

#[test]
fn answers_name_the_user_agent_and_the_realm() {
    let text = "[global]\ntype=global\nuser_agent=Exchange 9\ndefault_realm=example.com\n";
    let mut bench = Bench::new(text, PLAN);
    let sent = bench.call(PHONE, "stranger", "1");
    assert_eq!(sent.last().unwrap().header("Server"), "Exchange 9");
    assert!(
        sent.last().unwrap().header("WWW-Authenticate").contains("realm=\"example.com\""),
        "{}",
        sent.last().unwrap().text
    );
}

#[test]
fn a_global_section_needs_no_type() {
    let mut bench = Bench::new("[global]\nuser_agent=Exchange 9\n[system]\ncompact_headers=no\n", PLAN);
    assert_eq!(bench.call(PHONE, "stranger", "1")[1].header("Server"), "Exchange 9");
    let mut bench = Bench::new("[all]\ntype=global\nuser_agent=Exchange 9\n", PLAN);
    assert_eq!(bench.call(PHONE, "stranger", "1")[1].header("Server"), "Exchange 9");
}

/// A phone whose credentials are written so.
fn proving(auth: &str) -> String {
    format!("{ENDPOINTS}auth=a\n[a]\ntype=auth\nusername=two\n{auth}")
}

/// What a call with the right password for realm `asterisk` is answered.
fn proves(auth: &str) -> String {
    let mut bench = Bench::new(&proving(auth), PLAN);
    let mut random = || 7;
    let text = crate::bench::invite(PHONE, "two", "1", "");
    let sent = bench.send(PHONE, &text);
    let parse = |text: &str| sip::parse(text.replace('\n', "\r\n").into()).unwrap();
    let (Ok(sip::Message::Response(challenge)), sip::Message::Request(mut request)) =
        (sip::parse(sent.last().unwrap().text.replace('\n', "\r\n").into()), parse(&text))
    else {
        panic!("no challenge")
    };
    let mut login = sip::digest::Login::new("two", "hush");
    login.answer(&challenge, &mut request, &mut random).unwrap();
    let again = String::from_utf8(request.to_bytes().to_vec()).unwrap().replace('\r', "");
    let again = again.replace("CSeq: 1 ", "CSeq: 2 ").replace("branch=", "branch=z9hG4bK-again");
    answer(&bench.send(PHONE, &again.replace("z9hG4bK-againz9hG4bK", "z9hG4bK-again"))).to_owned()
}

#[test]
fn credentials_are_read_in_all_their_forms() {
    let ha1 = sip::digest::Algorithm::Md5.ha1("two", "asterisk", "hush");
    assert_eq!(proves("password=hush\n"), CONGESTION);
    assert_eq!(proves("auth_type=digest\npassword=hush\n"), CONGESTION);
    assert_eq!(proves("auth_type=userpass\npassword=hush\n"), CONGESTION);
    assert_eq!(proves(&format!("auth_type=md5\nmd5_cred={ha1}\n")), CONGESTION);
    assert_eq!(proves("password=wrong\n"), "SIP/2.0 401 Unauthorized");
    let google =
        read(&[("pjsip.conf", &proving("auth_type=google_oauth\nrefresh_token=x\n"))]).report.lines();
    assert!(
        google.iter().any(|line| line.contains("`auth_type = google_oauth` is not supported")),
        "{google:?}"
    );
}

#[test]
fn a_challenge_offers_the_algorithms_that_are_written() {
    let offered = |lines: &str| {
        let mut bench = Bench::new(&proving(&format!("password=hush\n{lines}")), PLAN);
        let sent = bench.call(PHONE, "two", "1");
        let is_challenge = |line: &&str| line.starts_with("WWW-Authenticate");
        let algorithm = |line: &str| if line.contains("SHA-256") { "SHA-256" } else { "MD5" };
        sent.last().unwrap().text.lines().filter(is_challenge).map(algorithm).collect::<Vec<_>>()
    };
    assert_eq!(offered(""), ["MD5"]);
    assert_eq!(offered("supported_algorithms_uas=SHA-256\n"), ["SHA-256"]);
    assert_eq!(offered("supported_algorithms_uas=SHA-256,MD5\n"), ["SHA-256", "MD5"]);
}

#[test]
fn a_source_that_a_list_keeps_out_is_refused() {
    let phone = |lines: &str| format!("[one]\ntype=endpoint\nallow=ulaw\ncontext=one\n{lines}");
    let answers = |text: &str, lists: &str| {
        let mut bench = Bench::with(text, &[("extensions.conf", PLAN), ("acl.conf", lists)]);
        let of = |bench: &mut Bench, from| answer(&bench.call(from, "one", "1")).to_owned();
        (of(&mut bench, PHONE), of(&mut bench, "198.51.100.7:5060"))
    };
    // Who is kept from an endpoint is answered as somebody unknown.
    let refused = (BUSY.to_owned(), "SIP/2.0 401 Unauthorized".to_owned());
    assert_eq!(answers(&phone("deny=0.0.0.0/0.0.0.0\npermit=192.0.2.0/24\n"), ""), refused);
    assert_eq!(answers(&phone("deny=0.0.0.0/0,!192.0.2.0/24\n"), ""), refused);
    assert_eq!(answers(&phone("acl=lan\n"), "[lan]\ndeny=0.0.0.0/0\npermit=192.0.2.0/24\n"), refused);
    let global = format!("{}[acl]\ntype=acl\ndeny=198.51.100.0/24\n", phone(""));
    assert_eq!(answers(&global, ""), (BUSY.to_owned(), "SIP/2.0 403 Forbidden".to_owned()));
    let missing = read(&[("pjsip.conf", &phone("acl=lam\n")), ("acl.conf", "[lan]\n")]).report.lines();
    assert!(
        missing.iter().any(|line| line.contains("there is no list [lam]") && line.contains("`lan`")),
        "{missing:?}"
    );
}

#[test]
fn a_contact_that_a_list_keeps_out_is_refused() {
    let lines = "contact_deny=0.0.0.0/0\ncontact_permit=192.0.2.0/24\n";
    let global = format!("[one]\ntype=endpoint\nallow=ulaw\ncontext=one\n[a]\ntype=acl\n{lines}");
    let endpoint = format!("[one]\ntype=endpoint\nallow=ulaw\ncontext=one\n{lines}");
    for (text, refused) in [(endpoint, "SIP/2.0 401 Unauthorized"), (global, "SIP/2.0 403 Forbidden")] {
        let mut bench = Bench::new(&text, PLAN);
        let invite = crate::bench::invite(PHONE, "one", "1", "");
        assert_eq!(answer(&bench.send(PHONE, &invite)), BUSY);
        let invite = invite
            .replace("Contact: <sip:one@192.0.2.7", "Contact: <sip:one@203.0.113.1")
            .replace("branch=", "branch=z9hG4bKx");
        assert_eq!(answer(&bench.send(PHONE, &invite.replace("Call-ID: ", "Call-ID: x"))), refused);
    }
}
