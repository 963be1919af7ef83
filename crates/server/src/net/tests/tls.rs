//! SIP over TLS, and whose certificate is believed.

use std::path::PathBuf;
use std::sync::atomic::AtomicU32;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio_rustls::client::TlsStream;

use super::*;

/// A root, a certificate that it signed, and its key, in files of their own.
pub(super) struct Certificate {
    folder: PathBuf,
}

impl Certificate {
    pub(super) fn of(name: &str) -> Certificate {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("strowger-tls-{}-{number}", std::process::id()));
        std::fs::create_dir_all(folder.join("roots")).unwrap();
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &root).unwrap();
        std::fs::write(folder.join("roots/root.pem"), root.pem()).unwrap();
        std::fs::write(folder.join("cert.pem"), leaf.pem()).unwrap();
        std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
        Certificate { folder }
    }

    /// To show it.
    pub(super) fn tls(&self) -> Tls {
        Tls {
            cert_file: Some(self.folder.join("cert.pem")),
            priv_key_file: Some(self.folder.join("key.pem")),
            ..Tls::default()
        }
    }

    /// To believe it.
    fn root_file(&self) -> Option<PathBuf> {
        Some(self.folder.join("roots/root.pem"))
    }

    fn root_folder(&self) -> Option<PathBuf> {
        Some(self.folder.join("roots"))
    }
}

impl Drop for Certificate {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn bench(protocol: Protocol, tls: Tls) -> Bench {
    Bench::with(&[transport(protocol)], SocketOptions { tls, ..SocketOptions::default() })
}

/// A phone that shows what `tls` has, and believes anybody.
async fn phone(address: SocketAddr, tls: &Tls) -> io::Result<TlsStream<TcpStream>> {
    let connector = TlsConnector::from(crate::net::tls::client(tls).unwrap());
    let stream = TcpStream::connect(address).await?;
    connector.connect(crate::net::tls::server_name("localhost", address.ip())?, stream).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_speaks_over_tls_and_is_called_back_on_its_connection() {
    let certificate = Certificate::of("localhost");
    let mut bench = bench(Protocol::Tls, certificate.tls());
    let mut phone = phone(bench.net.addresses()[0], &Tls::default()).await.unwrap();
    phone.write_all(INVITE.as_bytes()).await.unwrap();
    let (flow, message) = received(bench.next());
    assert_eq!((flow.transport, &message[..]), (sip::Transport::Tls, INVITE.as_bytes()));
    say(&bench, flow, "hello");
    let mut buffer = [0; 5];
    phone.read_exact(&mut buffer).await.unwrap();
    assert_eq!(&buffer, b"hello");
    drop(phone);
    assert!(matches!(bench.next(), Input::FlowFailed { flow: gone } if gone == flow));
}

/// Whether a server with this certificate is spoken to by this name.
async fn reached(shown: &Certificate, name: &str, believed: Tls) -> bool {
    let theirs = bench(Protocol::Tls, shown.tls());
    let mut ours = bench(Protocol::Tls, Tls { verify_server: true, ..believed });
    ours.net.perform(Output::Connect {
        attempt: 1,
        transport: sip::Transport::Tls,
        remote: theirs.net.addresses()[0],
        name: name.to_owned(),
    });
    let Input::Connected { flow, .. } = ours.next() else { panic!("no answer") };
    assert_eq!(flow.is_some(), ours.net.connections() == 1);
    flow.is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_shows_a_certificate_of_its_name_or_is_not_spoken_to() {
    let (good, other) = (Certificate::of("sip.example.test"), Certificate::of("sip.example.test"));
    let by_file = Tls { ca_list_file: good.root_file(), ..good.tls() };
    let by_folder = Tls { ca_list_path: good.root_folder(), ..good.tls() };
    assert!(reached(&good, "sip.example.test", by_file.clone()).await);
    assert!(reached(&good, "sip.example.test", by_folder).await);
    assert!(!reached(&good, "other.example.test", by_file.clone()).await, "another name");
    assert!(!reached(&other, "sip.example.test", by_file.clone()).await, "another root");
    let address = Certificate::of("127.0.0.1");
    let believed = Tls { ca_list_file: address.root_file(), ..good.tls() };
    assert!(reached(&address, "127.0.0.1", believed).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wildcard_counts_only_where_it_is_allowed() {
    let certificate = Certificate::of("*.example.test");
    for allow_wildcard_certs in [false, true] {
        let tls = Tls { ca_list_file: certificate.root_file(), allow_wildcard_certs, ..certificate.tls() };
        assert_eq!(reached(&certificate, "sip.example.test", tls).await, allow_wildcard_certs);
    }
}

/// Whether a client that shows `shown` is listened to.
async fn heard(server: Tls, shown: &Tls) -> bool {
    let bench = bench(Protocol::Tls, server);
    let Ok(mut phone) = phone(bench.net.addresses()[0], shown).await else { return false };
    // In TLS 1.3 the client learns only afterwards that it was refused.
    phone.write_all(b"\r\n\r\n").await.is_ok() && phone.read_exact(&mut [0; 2]).await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_shows_a_certificate_where_it_has_to() {
    let (own, client, stranger) =
        (Certificate::of("localhost"), Certificate::of("phone"), Certificate::of("phone"));
    let asking = Tls { require_client_cert: true, ..own.tls() };
    assert!(!heard(asking.clone(), &Tls::default()).await);
    assert!(heard(asking, &stranger.tls()).await, "any will do");
    let roots = Tls { verify_client: true, ca_list_file: client.root_file(), ..own.tls() };
    assert!(heard(roots.clone(), &client.tls()).await);
    assert!(heard(roots.clone(), &Tls::default()).await, "none has to be shown");
    assert!(!heard(roots.clone(), &stranger.tls()).await);
    let both = Tls { require_client_cert: true, ..roots };
    assert!(heard(both.clone(), &client.tls()).await);
    assert!(!heard(both.clone(), &Tls::default()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_of_tls_may_be_asked_for() {
    let certificate = Certificate::of("localhost");
    let only = |versions| Tls { versions, ..certificate.tls() };
    for (server, client, fits) in [
        (Versions::Only12, Versions::Only13, false),
        (Versions::Only13, Versions::Only12, false),
        (Versions::Only12, Versions::All, true),
        (Versions::All, Versions::Only13, true),
    ] {
        let shown = Tls { versions: client, ..Tls::default() };
        assert_eq!(heard(only(server), &shown).await, fits, "{server:?} {client:?}");
    }
}

#[test]
fn files_that_are_missing_or_something_else_are_named() {
    let certificate = Certificate::of("localhost");
    let missing = Tls { cert_file: Some("/nowhere/cert.pem".into()), ..certificate.tls() };
    let text = |tls: &Tls| crate::net::tls::server(tls).unwrap_err().to_string();
    assert!(text(&missing).starts_with("/nowhere/cert.pem cannot be read"), "{}", text(&missing));
    let swapped = Tls { cert_file: certificate.tls().priv_key_file, ..certificate.tls() };
    assert!(text(&swapped).ends_with("it holds no certificate"), "{}", text(&swapped));
    assert_eq!(text(&Tls::default()), "it has no `cert_file`");
    let other = Certificate::of("localhost");
    let mixed = Tls { priv_key_file: other.tls().priv_key_file, ..certificate.tls() };
    assert!(!text(&mixed).is_empty());
}
