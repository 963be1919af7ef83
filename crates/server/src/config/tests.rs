use signalling::config::{DtmfMode, Identifier, Protocol, Secret};

use super::*;
use crate::folder::Folder;

fn folder(files: &[(&str, &str)]) -> Folder {
    let folder = Folder::new();
    for (name, text) in files {
        folder.write(name, text.as_bytes());
    }
    folder
}

fn reading(files: &[(&str, &str)]) -> Reading {
    read(folder(files).path()).unwrap()
}

fn lines(files: &[(&str, &str)]) -> Vec<String> {
    reading(files).report.lines()
}

#[test]
fn the_built_in_configuration_is_clean_and_listens_on_loopback_only() {
    let Reading { configuration, report } = built_in();
    assert_eq!(report.lines(), [""; 0]);
    configuration.check().unwrap();
    let binds: Vec<(Protocol, String)> =
        configuration.sip.transports.iter().map(|it| (it.protocol, it.bind.to_string())).collect();
    let expected =
        [(Protocol::Udp, "127.0.0.1:5060".to_owned()), (Protocol::Tcp, "127.0.0.1:5060".to_owned())];
    assert_eq!(binds, expected);
    let http: Vec<String> = configuration.http.addresses.iter().map(ToString::to_string).collect();
    assert_eq!(http, ["127.0.0.1:8088", "[::1]:8088"]);
    let users: Vec<&str> = configuration.sip.endpoints.iter().map(|it| &*it.name).collect();
    assert_eq!(users, ["anonymous", "2001", "2002", "2003", "2004", "2005", "2006", "2007", "2008", "2009"]);
    assert_eq!(configuration.sip.auths[8].secret, Secret::Password("secret".to_owned()));
    assert_eq!(configuration.sip.anonymous.as_deref(), Some("anonymous"));
    assert_eq!(configuration.rtp.pairs().count(), 5_000);
    let rtp: Vec<String> = configuration.rtp_addresses().iter().map(ToString::to_string).collect();
    assert_eq!(rtp, ["127.0.0.1"]);
    assert!(configuration.ari.enabled && configuration.ari.users[0].accepts("password"));
}

const PHONE: &str = "\
[global]
type=global
user_agent=Exchange
endpoint_identifier_order=auth_username,ip
[lan]
type=transport
bind=192.0.2.1
external_media_address=203.0.113.9
[6001]
type=endpoint
transport=lan
context=inside
disallow=all
allow=alaw,ulaw
auth=6001
aors=6001
callerid=\"Ada\" <6001>
dtmf_mode=info
direct_media=no
set_var=A=1
[6001]
type=auth
username=6001
auth_type=md5
md5_cred=0123456789ABCDEF0123456789abcdef
[6001]
type=aor
max_contacts=2
contact=sip:a@192.0.2.7
[trunk]
type=identify
endpoint=6001
match=192.0.2.0/24,192.0.2.77
";

#[test]
fn a_phone_is_read_from_three_sections_of_one_name() {
    let reading = reading(&[("pjsip.conf", PHONE)]);
    let slips = reading.report.lines().into_iter().filter(|line| !line.contains("not supported yet"));
    assert_eq!(slips.collect::<Vec<_>>(), [""; 0]);
    let sip = reading.configuration.sip;
    assert_eq!((sip.user_agent.as_str(), sip.realm.as_str()), ("Exchange", "asterisk"));
    assert_eq!(sip.identifier_order, [Identifier::AuthUsername, Identifier::Ip]);
    assert_eq!(sip.transports[0].bind.to_string(), "192.0.2.1:5060");
    assert_eq!(sip.transports[0].external_media_address, Some("203.0.113.9".parse().unwrap()));
    let endpoint = &sip.endpoints[0];
    assert_eq!(endpoint.codecs, [rtp::Codec::Pcma, rtp::Codec::Pcmu]);
    assert_eq!(endpoint.identity.caller_id.as_ref().map(|party| party.name.as_str()), Some("Ada"));
    assert_eq!(endpoint.dtmf_mode, DtmfMode::Info);
    assert_eq!(endpoint.variables, [("A".to_owned(), "1".to_owned())]);
    assert_eq!(sip.auths[0].secret, Secret::Ha1Md5("0123456789abcdef0123456789abcdef".to_owned()));
    assert_eq!((sip.aors[0].max_contacts, sip.aors[0].contacts.len()), (2, 1));
    assert_eq!(sip.identifies[0].matches.len(), 2);
}

#[test]
fn each_slip_in_pjsip_conf_is_told_with_its_line_and_what_to_write() {
    let text = "\
[udp]
type=transport
protocol=udp
bind=somewhere
[tls]
type=transport
protocol=tls
bind=0.0.0.0
[6001]
type=endpoint
allow=ulaw,opus,ulwa
auth=6001auth
direct_media=yes
contxt=inside
[6001-auth]
type=auth
username=6001
[orphan]
context=x
[reg]
type=registration
[odd]
type=endpiont
[by-name]
type=identify
endpoint=6001
match=192.0.2.256
";
    let expected = [
        "pjsip.conf:4:6: error: `somewhere` is no address; [udp] does not listen; \
         write an IP address of this machine and a port, such as `192.0.2.1:5060`",
        "pjsip.conf:5:2: error: [tls] has no TLS and does not listen: it has no `cert_file`; \
         write `cert_file` and `priv_key_file` below it, each with the path of a PEM file",
        "pjsip.conf:11:12: warning: codec `opus` is not supported yet; it was left out; `ulaw`, `alaw`, `g722`, `slin`, `slin16` are supported",
        "pjsip.conf:11:17: warning: `ulwa` is no codec; it was left out; did you mean `ulaw`?",
        "pjsip.conf:12:6: error: there is no usable `type = auth` section [6001auth]; \
         write a section [6001auth] with `type = auth`",
        "pjsip.conf:13:1: warning: `direct_media` in [6001] is not supported yet; it was ignored; \
         audio always passes through the server: write `direct_media = no`",
        "pjsip.conf:14:1: warning: unknown key `contxt` in [6001]; did you mean `context`?",
        "pjsip.conf:15:2: error: [6001-auth] has no `password`; it opens nothing; write `password = …` below it",
        "pjsip.conf:18:2: warning: [orphan] has no `type`; it was ignored; \
         write `type = endpoint`, `auth`, `aor`, `identify` or `transport` below it",
        "pjsip.conf:20:2: error: [reg] has no `server_uri`; it does not register; write `server_uri = sip:user@example.com`",
        "pjsip.conf:22:2: warning: `endpiont` is no type; [odd] was ignored; did you mean `endpoint`?",
        "pjsip.conf:24:2: error: [by-name] matches nothing; it was ignored; write `match = 192.0.2.1` below it",
        "pjsip.conf:27:7: error: `192.0.2.256` is neither a network nor a host name; it was left out; \
         write an address such as `192.0.2.1` or `192.0.2.0/24`",
    ];
    assert_eq!(lines(&[("pjsip.conf", text)]), expected);
}

#[test]
fn an_endpoint_whose_credentials_are_not_there_does_not_become_open() {
    let text = "[u]\ntype=transport\nbind=127.0.0.1\n[6001]\ntype=endpoint\nallow=ulaw\nauth=gone\n";
    let reading = reading(&[("pjsip.conf", text)]);
    assert_eq!(reading.configuration.sip.endpoints[0].auths.len(), 1);
}

#[test]
fn files_that_nobody_reads_are_named_and_stop_nothing() {
    let files = [
        ("pjsip.conf", "[lan]\ntype=transport\nbind=192.0.2.1\n"),
        ("queues.conf", "[general]\n"),
        ("queue.conf", "[general]\n"),
        ("http.conf", "[general]\nenabled=yes\n#include more.conf\n"),
        ("more.conf", "bindport=9000\n"),
    ];
    let reading = reading(&files);
    let expected = [
        "queue.conf: note: no file of this name is known; it was ignored",
        "queues.conf: note: this file is not supported yet; it was ignored",
    ];
    assert_eq!(reading.report.lines(), expected);
    assert_eq!(reading.configuration.http.addresses[0].port(), 9_000);
    reading.configuration.check().unwrap();
}

#[test]
fn an_include_may_not_leave_the_directory() {
    let lines = lines(&[("http.conf", "[general]\n#include ../../../../../../../../etc/passwd\n")]);
    assert_eq!(lines.len(), 1);
    assert!(lines[0].starts_with("http.conf:2:1: error:"), "{lines:?}");
    assert!(lines[0].contains("outside the configuration directory"), "{lines:?}");
}

#[test]
fn the_other_files_tell_their_slips_too() {
    let files = [
        (
            "ari.conf",
            "[general]\nenabled=yes\npritty=yes\n[joe]\ntype=user\n[ann]\ntype=user\npassword=x\npassword_format=rot13\n",
        ),
        ("http.conf", "[general]\nenabled=yes\nbindaddr=here\ntlsenable=yes\n"),
        ("rtp.conf", "[general]\nrtpstart=20000\nrtpend=10000\nicesupport=yes\n"),
        ("asterisk.conf", "[directories]\nastspooldir=spool\n[options]\nmaxcalls=50\nruncolour=red\n"),
    ];
    let folder = folder(&files);
    let reading = read(folder.path()).unwrap();
    let expected = [
        "asterisk.conf:5:1: warning: unknown key `runcolour` in [options]",
        "ari.conf:3:1: warning: unknown key `pritty` in [general]; did you mean `pretty`?",
        "ari.conf:4:2: error: user [joe] has no password; nobody can log in as it; write `password = …` below it",
        "ari.conf:9:17: error: `rot13` is no format of passwords; [ann] cannot log in; write `plain` or `crypt`",
        "http.conf:1:2: error: there is no HTTP under TLS: it has no `cert_file`; \
         write `tlscertfile` and `tlsprivatekey`, each with the path of a PEM file",
        "http.conf:3:10: error: `here` is no address to listen on; \
         write an IP address of this machine or `localhost`; 127.0.0.1 was assumed",
        "rtp.conf:3:8: error: no pair of ports lies between 20000 and 10000; \
         `rtpstart = 10000` and `rtpend = 20000` were assumed",
        "rtp.conf:4:1: warning: `icesupport` in [general] is not supported yet; it was ignored; \
         ICE is not supported yet",
    ];
    assert_eq!(reading.report.lines(), expected);
    assert_eq!(reading.configuration.max_calls, Some(50));
    assert_eq!(reading.configuration.recordings(), folder.path().join("spool/recording"));
}

#[test]
fn a_complaint_is_shown_with_its_line() {
    let shown = reading(&[("http.conf", "[general]\nbindprot = 8089\n")]).report.render(false);
    assert!(shown.contains("http.conf:2:1"), "{shown}");
    assert!(shown.contains("bindprot = 8089"), "{shown}");
    assert!(shown.contains("did you mean `bindport`?"), "{shown}");
}

fn refusal(files: &[(&str, &str)]) -> String {
    reading(files).configuration.check().unwrap_err().to_string()
}

#[test]
fn passwords_that_everybody_knows_do_not_leave_loopback() {
    let transport = "[udp]\ntype=transport\nbind=192.0.2.1\n";
    let auth = "[6001]\ntype=auth\nusername=6001\npassword=6001\n";
    let sip = format!("{transport}{auth}");
    assert!(
        refusal(&[("pjsip.conf", &sip)])
            .starts_with("pjsip.conf: the password of [6001] is one that everybody")
    );
    let ari = [
        ("pjsip.conf", transport),
        ("ari.conf", "[general]\n[admin]\ntype=user\npassword=password\n"),
        ("http.conf", "[general]\nenabled=yes\nbindaddr=0.0.0.0\n"),
    ];
    assert!(refusal(&ari).contains("user `admin`"), "{}", refusal(&ari));
    let loopback = sip.replace("192.0.2.1", "127.0.0.1");
    reading(&[("pjsip.conf", &loopback)]).configuration.check().unwrap();
    let chosen = sip.replace("password=6001", "password=b8f2c1d7");
    reading(&[("pjsip.conf", &chosen)]).configuration.check().unwrap();
}

#[test]
fn a_start_without_a_transport_says_what_to_write() {
    assert!(refusal(&[("http.conf", "[general]\n")]).contains("type = transport"));
    let missing = read(std::path::Path::new("/nowhere/at/all")).err().unwrap().to_string();
    assert!(missing.contains("strowger init"), "{missing}");
}

#[test]
fn the_dialplan_is_read_with_its_complaints() {
    let text = "[default]\nexten => 1,1,Anwser()\nexten => 2,1,Queue(x)\n";
    let reading = reading(&[("extensions.conf", text)]);
    let lines = reading.report.lines();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with("extensions.conf:2:") && lines[0].contains("Answer"), "{lines:?}");
    assert!(
        lines[1].starts_with("extensions.conf:3:") && lines[1].contains("not supported yet"),
        "{lines:?}"
    );
}

mod any_text {
    use proptest::prelude::*;

    use super::super::read_text;

    fn line() -> impl Strategy<Value = String> {
        let key = prop_oneof![
            Just("type"),
            Just("allow"),
            Just("auth"),
            Just("aors"),
            Just("match"),
            Just("bind"),
            Just("permit"),
            Just("identify_by"),
            Just("qualify_timeout"),
            Just("match_header"),
            Just("callerid"),
            Just("set_var"),
            Just("endpoint/allow"),
            Just("remote_hosts"),
            Just("sends_registrations"),
            Just("100rel"),
            Just("acl"),
        ];
        let value = prop_oneof![
            Just("endpoint".to_owned()),
            Just("auth".to_owned()),
            Just("identify".to_owned()),
            Just("wizard".to_owned()),
            Just("transport".to_owned()),
            Just("registration".to_owned()),
            Just("yes".to_owned()),
            Just("acl".to_owned()),
            Just("192.0.2.0/24,!10.0.0.0/8".to_owned()),
            Just("!all,ulaw:20".to_owned()),
            "[ -~\u{e4}]{0,12}",
        ];
        prop_oneof![
            4 => (key, value).prop_map(|(key, value)| format!("{key} = {value}")),
            2 => "\\[[ab]\\](\\([!+]?a?\\))?",
            1 => Just("#include more.conf".to_owned()),
            1 => Just("#tryinclude *.conf".to_owned()),
            1 => Just(";-- \u{20ac}".to_owned()),
            1 => Just("--; [a]".to_owned()),
        ]
    }

    fn text() -> impl Strategy<Value = String> {
        proptest::collection::vec(line(), 0..30).prop_map(|lines| lines.join("\n"))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_read_and_each_complaint_points_into_its_line(pjsip in text(), wizard in text(), more in text()) {
            let files = [("pjsip.conf", &*pjsip), ("pjsip_wizard.conf", &*wizard), ("more.conf", &*more), ("acl.conf", &*more)];
            let report = read_text(&files).report;
            for (file, complaint) in report.complaints() {
                let source = &file.sources[complaint.span.file.0 as usize];
                let line = source.text.split('\n').nth(complaint.span.line as usize - 1).expect("the line is there");
                prop_assert!(complaint.span.start <= complaint.span.end && complaint.span.end as usize <= line.len());
            }
            prop_assert!(!report.render(false).is_empty() || report.is_clean());
        }
    }
}
