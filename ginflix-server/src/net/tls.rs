//! TLS without a proxy in front of the server: the certificate and its key are read from two
//! files, and again when these change.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::config::TlsFiles;
use crate::media::open_files::FileIdentity;

/// How often the files are checked for changes, which takes two system calls.
const CERTIFICATE_POLL_INTERVAL: Duration = Duration::from_secs(1);

/// The name of HTTP/2 over TLS: RFC 9113, section 3.2.
const HTTP2: &[u8] = b"h2";

/// Why a certificate cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub struct TlsError {
    /// Whether the key file is at fault; otherwise it is the certificate file.
    pub is_key: bool,
    /// The file, what is wrong with it, and what is expected.
    pub why: String,
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl TlsFiles {
    /// Reads the certificate and its key.
    ///
    /// # Errors
    /// If a file cannot be read, has no certificate or key in PEM, or the two do not belong
    /// together.
    pub fn read(&self) -> Result<CertifiedKey, TlsError> {
        let error = |is_key: bool, file: &Path, why: &dyn fmt::Display| TlsError {
            is_key,
            why: format!("{}: {why}", file.display()),
        };
        let chain = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|e| error(false, &self.certificate, &PemFault(e)))?;
        if chain.is_empty() {
            let why = "has no certificate; expected PEM with -----BEGIN CERTIFICATE-----";
            return Err(error(false, &self.certificate, &why));
        }
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .map_err(|e| error(true, &self.key, &PemFault(e)))?;
        CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(|e| match e {
            rustls::Error::InconsistentKeys(_) => {
                let why = format!("is not the key of {}", self.certificate.display());
                error(true, &self.key, &why)
            }
            rustls::Error::InvalidCertificate(_) => error(false, &self.certificate, &e),
            other => error(true, &self.key, &other),
        })
    }

    /// Returns values that change when a file is written to or replaced, also behind a symbolic
    /// link. `None` if a file is absent.
    fn identities(&self) -> Option<[FileIdentity; 2]> {
        let identity = |file: &Path| rustix::fs::stat(file).ok().map(FileIdentity::from);
        Some([identity(&self.certificate)?, identity(&self.key)?])
    }
}

/// What is wrong with a PEM file, in words for an operator.
struct PemFault(pem::Error);

impl fmt::Display for PemFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            pem::Error::Io(error) => write!(f, "cannot be read: {error}"),
            pem::Error::NoItemsFound => {
                f.write_str("has no private key; expected PEM with -----BEGIN PRIVATE KEY-----")
            }
            other => write!(f, "is not a PEM file: {other}"),
        }
    }
}

/// Accepts TLS connections; cheap to clone.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    /// Offers no HTTP/2.
    http1_acceptor: TlsAcceptor,
    certificate: Arc<CurrentCertificate>,
}

/// The certificate for new connections.
#[derive(Debug)]
struct CurrentCertificate(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for CurrentCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read()))
    }
}

impl Tls {
    /// Reads the certificate from the files.
    ///
    /// # Errors
    /// The same as those of [`TlsFiles::read`].
    pub fn new(files: &TlsFiles) -> Result<Self, TlsError> {
        let certificate = Arc::new(CurrentCertificate(RwLock::new(Arc::new(files.read()?))));
        let provider: Arc<CryptoProvider> = Arc::new(ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| TlsError { is_key: false, why: e.to_string() })?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&certificate) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let http1_acceptor = TlsAcceptor::from(Arc::new(config.clone()));
        config.alpn_protocols.insert(0, HTTP2.to_vec());
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), http1_acceptor, certificate })
    }

    /// Does the handshake with a client, within the time limits of the stream itself.
    ///
    /// # Errors
    /// If the handshake fails, or the connection breaks.
    pub async fn accept<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
    ) -> io::Result<TlsStream<S>> {
        self.acceptor.accept(stream).await
    }

    /// Returns whether the client negotiated HTTP/2: RFC 7301.
    pub fn is_http2<S>(stream: &TlsStream<S>) -> bool {
        stream.get_ref().1.alpn_protocol() == Some(HTTP2)
    }

    /// Does the handshake without offering HTTP/2, for a response that is written by hand.
    ///
    /// # Errors
    /// The same as those of [`Tls::accept`].
    pub async fn accept_http1<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
    ) -> io::Result<TlsStream<S>> {
        self.http1_acceptor.accept(stream).await
    }

    /// Reads the files again whenever they change, for ever. If they are invalid, the certificate
    /// stays the same.
    pub async fn watch(self, files: TlsFiles) {
        let mut last = files.identities();
        let mut interval = tokio::time::interval(CERTIFICATE_POLL_INTERVAL);
        loop {
            interval.tick().await;
            let current = files.identities();
            // A file may be absent for a moment while it is replaced.
            if current.is_none() || current == last {
                continue;
            }
            last = current;
            match files.read() {
                Ok(renewed) => {
                    *self.certificate.0.write() = Arc::new(renewed);
                    tracing::info!("loaded the changed TLS certificate");
                }
                Err(error) => {
                    tracing::warn!(
                        %error,
                        "kept the old TLS certificate: the changed files are invalid"
                    );
                }
            }
        }
    }
}
