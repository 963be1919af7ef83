//! `strowger init`: a configuration for a local network in Asterisk's own files.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::ExitCode;

use crate::complain;

/// SIP's port where none is named.
const SIP_PORT: u16 = 5060;
/// Asterisk's HTTP port.
const HTTP_PORT: u16 = 8088;
/// The phones.
const PHONES: std::ops::RangeInclusive<u16> = 2001..=2009;
/// Letters of a password: none that looks like another.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Letters in a password: 100 bits.
const PASSWORD_LEN: usize = 20;

/// An address with or without a port.
pub(crate) fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let bare = || text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let address = text.parse().or_else(|_| bare().map(|address| SocketAddr::new(address, SIP_PORT)));
    address.map_err(|_| {
        "write an IP address of this machine, such as 192.168.1.10 or 192.168.1.10:5060".to_owned()
    })
}

pub(crate) fn run(directory: &Path, listen: SocketAddr) -> ExitCode {
    let seed = match randomness() {
        Ok(seed) => seed,
        Err(error) => return complain(format_args!("the system gives no random numbers: {error}")),
    };
    match write(directory, listen, &seed) {
        Ok(ari_password) => {
            let shown = directory.display();
            println!(
                "Written to {shown}. The phones {} to {} find their passwords in {shown}/pjsip.conf,",
                PHONES.start(),
                PHONES.end()
            );
            println!("applications log in as user admin with the password {ari_password}.");
            println!("Next: strowger serve --config {shown}");
            ExitCode::SUCCESS
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            complain(format_args!("{error}; nothing was changed: name an empty directory"))
        }
        Err(error) => {
            complain(format_args!("{}: {error}; name a directory that can be written", directory.display()))
        }
    }
}

/// Random octets, one for each letter of each password.
fn randomness() -> Result<Vec<u8>, getrandom::Error> {
    let mut seed = vec![0; PASSWORD_LEN * (PHONES.count() + 1)];
    getrandom::fill(&mut seed)?;
    Ok(seed)
}

/// Writes all files, or none; gives the password of ARI.
fn write(directory: &Path, listen: SocketAddr, seed: &[u8]) -> io::Result<String> {
    let letter = |octet: &u8| char::from(LETTERS[usize::from(*octet) % LETTERS.len()]);
    let mut passwords =
        seed.chunks_exact(PASSWORD_LEN).map(|part| part.iter().map(letter).collect::<String>());
    let ari_password = passwords.next().unwrap_or_default();
    fs::create_dir_all(directory)?;
    let home = directory.canonicalize()?;
    let files = [
        ("asterisk.conf", asterisk(&home)),
        ("pjsip.conf", pjsip(listen, passwords)),
        ("extensions.conf", EXTENSIONS.to_owned()),
        ("ari.conf", ari(&ari_password)),
        ("http.conf", http(listen.ip())),
        ("rtp.conf", RTP.to_owned()),
    ];
    if let Some((name, _)) = files.iter().find(|(name, _)| home.join(name).exists()) {
        let text = format!("{} is there already", directory.join(name).display());
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, text));
    }
    for (name, text) in files {
        // There are passwords in them: only the owner may read.
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(home.join(name))?;
        file.write_all(text.as_bytes())?;
    }
    Ok(ari_password)
}

fn asterisk(home: &Path) -> String {
    let home = home.display();
    format!(
        "\
; Where files live: nothing is written outside these directories.
[directories]
astvarlibdir => {home}/lib     ; what the server keeps
astdatadir => {home}/data      ; sounds in sounds/en, music in moh: yours come before the built-in ones
astspooldir => {home}/spool    ; recordings, in the folder recording
astlogdir => {home}/log        ; nothing yet: the log goes to the error stream
astrundir => {home}/run        ; where `strowger console` attaches

; How much is admitted.
[options]
maxcalls = 1000                ; most channels at once
"
    )
}

fn pjsip(listen: SocketAddr, passwords: impl Iterator<Item = String>) -> String {
    let mut text = format!(
        "\
; What holds for all of SIP.
[global]
type = global                                     ; these are the settings of all
endpoint_identifier_order = auth_username,username,ip ; a phone is known by its credentials

; SIP by datagrams.
[udp]
type = transport                                  ; where the server listens
protocol = udp                                    ; by UDP
bind = {listen}                                   ; on this address and port

; SIP by connections, on the same address.
[tcp]
type = transport                                  ; where the server listens
protocol = tcp                                    ; by TCP
bind = {listen}                                   ; on this address and port

; What all phones share.
[phone](!)
type = endpoint                                   ; a telephone
context = phones                                  ; where its calls enter extensions.conf
disallow = all                                    ; no codec but
allow = ulaw,alaw                                 ; G.711
rtp_symmetric = yes                               ; answer where its audio comes from
rewrite_contact = yes                             ; reach it where it called from, behind NAT too
direct_media = no                                 ; audio passes through the server

; What all their passwords share.
[login](!)
type = auth                                       ; credentials
auth_type = userpass                              ; a user and a password

; What all their places share.
[place](!)
type = aor                                        ; where a phone is
max_contacts = 2                                  ; two devices may ring as one phone
remove_existing = yes                             ; a third takes the place of the oldest
"
    );
    for (phone, password) in PHONES.zip(passwords) {
        let _ = write!(
            text,
            "
; The phone {phone}.
[{phone}](phone)
auth = {phone}                                       ; its credentials, below
aors = {phone}                                       ; its place, below
callerid = \"{phone}\" <{phone}>                        ; what others see
[{phone}](login)
username = {phone}                                   ; its user
password = {password}                   ; its password
[{phone}](place)
"
        );
    }
    text
}

fn ari(password: &str) -> String {
    format!(
        "\
; The REST interface.
[general]
enabled = yes                      ; answer requests
pretty = no                        ; JSON on one line

; A user of it.
[admin]
type = user                        ; who may log in
read_only = no                     ; may change things
password = {password}    ; with this password
"
    )
}

fn http(address: IpAddr) -> String {
    format!(
        "\
; The HTTP server of the REST interface.
[general]
enabled = yes                      ; listen
bindaddr = {address}               ; on this address
bindport = {HTTP_PORT}                    ; and port
"
    )
}

const RTP: &str = "\
; The ports of audio: open them for UDP in a firewall.
[general]
rtpstart = 10000                   ; the first
rtpend = 20000                     ; the last: each call takes two
";

const EXTENSIONS: &str = "\
; What can be dialled from the phones.
[phones]
exten => 1000,1,Stasis(my-app)                    ; hand the call to the application my-app
 same => n,GotoIf($[\"${STASISSTATUS}\" = \"SUCCESS\"]?done) ; it had the call: that was all
 same => n,Answer()                               ; none is connected
 same => n,Playback(no-application)               ; say so
 same => n(done),Hangup()                         ; and end

exten => 3000,1,Answer()                          ; echo
 same => n,Echo()                                 ; what is said comes back
 same => n,Hangup()                               ; until # is pressed

exten => 3001,1,Answer()                          ; a prompt
 same => n,Playback(welcome)                      ; from sounds/en, or the built-in one
 same => n,Hangup()                               ; and end

exten => 3002,1,Answer()                          ; music
 same => n,MusicOnHold()                          ; until you hang up

exten => 3003,1,Answer()                          ; a conference
 same => n,Conference(lobby)                      ; of all who dial it
 same => n,Hangup()                               ; and end

exten => _200[1-9],1,Dial(PJSIP/${EXTEN},30)      ; another phone, for 30 seconds
 same => n,GotoIf($[\"${DIALSTATUS}\" = \"ANSWER\"]?done) ; it answered: that was all
 same => n,Answer()                               ; nobody did
 same => n,Playback(vm-nobodyavail)               ; say so
 same => n(done),Hangup()                         ; and end
";

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(std::path::PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            Folder(std::env::temp_dir().join(format!("strowger-init-{name}-{}", std::process::id())))
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn what_init_writes_is_understood_whole_and_safe_on_a_network() {
        let folder = Folder::new("whole");
        let listen = listen_address("192.0.2.1").unwrap();
        let password = write(&folder.0, listen, &randomness().unwrap()).unwrap();
        let reading = server::config::read(&folder.0).unwrap();
        assert_eq!(reading.report.lines(), [""; 0]);
        reading.configuration.check().unwrap();
        let configuration = reading.configuration;
        assert_eq!(configuration.sip.transports[1].bind.to_string(), "192.0.2.1:5060");
        assert_eq!(configuration.sip.auths.len(), 9);
        assert_ne!(configuration.sip.auths[0].secret, configuration.sip.auths[1].secret);
        assert_eq!(configuration.sip.anonymous, None);
        assert!(configuration.ari.users[0].accepts(&password));
        assert_eq!(configuration.http.addresses[0].to_string(), "192.0.2.1:8088");
        assert!(configuration.recordings().starts_with(folder.0.canonicalize().unwrap()));
    }

    #[test]
    fn every_line_has_a_comment() {
        let folder = Folder::new("comments");
        write(&folder.0, "192.0.2.1:5060".parse().unwrap(), &[7; 200]).unwrap();
        for entry in fs::read_dir(&folder.0).unwrap() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap();
            for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('[')) {
                assert!(line.contains(';'), "{line}");
            }
        }
    }

    #[test]
    fn nothing_is_overwritten() {
        let folder = Folder::new("twice");
        let listen = "192.0.2.1:5060".parse().unwrap();
        fs::create_dir_all(&folder.0).unwrap();
        fs::write(folder.0.join("rtp.conf"), "mine").unwrap();
        let error = write(&folder.0, listen, &[7; 200]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(folder.0.join("rtp.conf")).unwrap(), b"mine");
        assert!(!folder.0.join("pjsip.conf").exists());
    }

    #[test]
    fn an_address_may_leave_its_port_out() {
        assert_eq!(listen_address("10.0.0.1:5070").unwrap().port(), 5070);
        assert_eq!(listen_address("[2001:db8::1]").unwrap().to_string(), "[2001:db8::1]:5060");
        assert!(listen_address("exchange").is_err());
    }
}
