//! TLS: certificates, who is asked for one, and whose is believed.

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    ClientConfig, DigitallySignedStruct, DistinguishedName, RootCertStore, ServerConfig, SignatureScheme,
    SupportedProtocolVersion,
};

/// The TLS options of a transport.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// Our certificate, with those between it and the root behind it: PEM.
    pub cert_file: Option<PathBuf>,
    /// Its key: PEM. The certificate's file where it is not given.
    pub priv_key_file: Option<PathBuf>,
    /// Roots that are believed: PEM. Without any, the system's are.
    pub ca_list_file: Option<PathBuf>,
    /// A directory of such files.
    pub ca_list_path: Option<PathBuf>,
    /// Whom we connect to has to show a certificate that leads to a root and bears his name.
    pub verify_server: bool,
    /// A certificate that a client shows has to lead to a root.
    pub verify_client: bool,
    /// A client has to show one.
    pub require_client_cert: bool,
    /// A certificate may name the server as `*.example.com`.
    pub allow_wildcard_certs: bool,
    /// Which versions.
    pub versions: Versions,
}

/// Versions of TLS. Those before 1.2 are not spoken (RFC 8996).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Versions {
    /// 1.2 and 1.3.
    #[default]
    All,
    /// 1.2 alone.
    Only12,
    /// 1.3 alone.
    Only13,
}

/// Why there can be no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// `cert_file` is missing.
    #[error("it has no `cert_file`")]
    NoCertificate,
    /// A file cannot be read, or holds nothing that is wanted.
    #[error("{} cannot be read: {why}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// Certificate and key do not fit, or no root is known.
    #[error("{0}")]
    Refused(String),
}

impl Versions {
    fn list(self) -> Vec<&'static SupportedProtocolVersion> {
        use rustls::version::{TLS12, TLS13};
        match self {
            Versions::All => vec![&TLS13, &TLS12],
            Versions::Only12 => vec![&TLS12],
            Versions::Only13 => vec![&TLS13],
        }
    }
}

/// For connections that come.
///
/// # Errors
/// A file that is missing or not what it should be.
pub(crate) fn server(tls: &Tls) -> Result<Arc<ServerConfig>, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let (chain, key) = identity(tls)?.ok_or(TlsError::NoCertificate)?;
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&tls.versions.list())
        .map_err(refused)?;
    let builder = if tls.verify_client {
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots(tls)?), provider);
        let verifier = match tls.require_client_cert {
            true => verifier.build(),
            false => verifier.allow_unauthenticated().build(),
        };
        builder.with_client_cert_verifier(verifier.map_err(|error| TlsError::Refused(error.to_string()))?)
    } else if tls.require_client_cert {
        builder.with_client_cert_verifier(Arc::new(AnyCertificate::new(&provider)))
    } else {
        builder.with_no_client_auth()
    };
    Ok(Arc::new(builder.with_single_cert(chain, key).map_err(refused)?))
}

/// For connections that we make.
///
/// # Errors
/// As [`server`].
pub(crate) fn client(tls: &Tls) -> Result<Arc<ClientConfig>, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&tls.versions.list())
        .map_err(refused)?;
    let builder = if tls.verify_server {
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots(tls)?), provider)
            .build()
            .map_err(|error| TlsError::Refused(error.to_string()))?;
        let named = Named { verifier, allow_wildcards: tls.allow_wildcard_certs };
        builder.dangerous().with_custom_certificate_verifier(Arc::new(named))
    } else {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyCertificate::new(&provider)))
    };
    Ok(Arc::new(match identity(tls)? {
        Some((chain, key)) => builder.with_client_auth_cert(chain, key).map_err(refused)?,
        None => builder.with_no_client_auth(),
    }))
}

/// The name that a certificate has to bear.
pub(super) fn server_name(name: &str, remote: IpAddr) -> io::Result<ServerName<'static>> {
    match name {
        "" => Ok(ServerName::IpAddress(remote.into())),
        name => ServerName::try_from(name.to_owned()).map_err(io::Error::other),
    }
}

fn refused(error: rustls::Error) -> TlsError {
    TlsError::Refused(error.to_string())
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn identity(tls: &Tls) -> Result<Option<Identity>, TlsError> {
    let Some(path) = &tls.cert_file else { return Ok(None) };
    let chain = certificates(path)?;
    let key_path = tls.priv_key_file.as_ref().unwrap_or(path);
    let key = PrivateKeyDer::from_pem_file(key_path)
        .map_err(|error| TlsError::File { path: key_path.clone(), why: error.to_string() })?;
    Ok(Some((chain, key)))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let failed = |why: String| TlsError::File { path: path.to_owned(), why };
    let found: Vec<_> = CertificateDer::pem_file_iter(path)
        .map_err(|error| failed(error.to_string()))?
        .collect::<Result<_, _>>()
        .map_err(|error| failed(error.to_string()))?;
    if found.is_empty() { Err(failed("it holds no certificate".to_owned())) } else { Ok(found) }
}

/// The roots of `ca_list_file` and `ca_list_path`, or the system's.
fn roots(tls: &Tls) -> Result<RootCertStore, TlsError> {
    let mut store = RootCertStore::empty();
    if let Some(file) = &tls.ca_list_file {
        store.add_parsable_certificates(certificates(file)?);
    }
    if let Some(folder) = &tls.ca_list_path {
        let failed = |error: io::Error| TlsError::File { path: folder.clone(), why: error.to_string() };
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            // Other files may lie there: only certificates count.
            if let Ok(found) = certificates(&entry.map_err(failed)?.path()) {
                store.add_parsable_certificates(found);
            }
        }
    }
    if tls.ca_list_file.is_none() && tls.ca_list_path.is_none() {
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if store.is_empty() {
        return Err(TlsError::Refused("no root certificate is known: write a `ca_list_file`".to_owned()));
    }
    Ok(store)
}

/// Believes whoever has the key to what he shows: what `verify_server = no` asks for.
#[derive(Debug)]
struct AnyCertificate {
    algorithms: WebPkiSupportedAlgorithms,
}

impl AnyCertificate {
    fn new(provider: &CryptoProvider) -> AnyCertificate {
        AnyCertificate { algorithms: provider.signature_verification_algorithms }
    }
}

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl ClientCertVerifier for AnyCertificate {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// The usual verification; names with a wildcard count only where they are allowed (RFC 5922 §7.2 forbids them).
#[derive(Debug)]
struct Named {
    verifier: Arc<WebPkiServerVerifier>,
    allow_wildcards: bool,
}

impl ServerCertVerifier for Named {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified = self.verifier.verify_server_cert(certificate, chain, name, ocsp, now)?;
        let ServerName::DnsName(name) = name else { return Ok(verified) };
        let parsed = webpki::EndEntityCert::try_from(certificate)
            .map_err(|_| rustls::Error::InvalidCertificate(rustls::CertificateError::BadEncoding))?;
        let is_literal = parsed.valid_dns_names().any(|shown| shown.eq_ignore_ascii_case(name.as_ref()));
        match is_literal || self.allow_wildcards {
            true => Ok(verified),
            false => Err(rustls::Error::InvalidCertificate(rustls::CertificateError::NotValidForName)),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}
