//! TLS for whoever puts this server on the internet without a proxy: the
//! certificate from two files, taken up anew when they change.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

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
use crate::media::open_files::Identity;

/// How often the files are looked at: two system calls each time.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Why a certificate cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub struct TlsError {
    /// Whether it is the key that is wrong, else the certificate.
    pub key: bool,
    /// What is wrong, and what would be right.
    pub why: String,
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl TlsFiles {
    /// The certificate and its key.
    ///
    /// # Errors
    /// Where a file cannot be read, holds none, or the two do not belong together.
    pub fn read(&self) -> Result<CertifiedKey, TlsError> {
        let wrong = |key: bool, file: &Path, why: &dyn fmt::Display| TlsError {
            key,
            why: format!("{}: {why}", file.display()),
        };
        let chain = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|e| wrong(false, &self.certificate, &Pem(e)))?;
        if chain.is_empty() {
            let why = "holds no certificate; it must be PEM, -----BEGIN CERTIFICATE-----";
            return Err(wrong(false, &self.certificate, &why));
        }
        let key =
            PrivateKeyDer::from_pem_file(&self.key).map_err(|e| wrong(true, &self.key, &Pem(e)))?;
        CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(|e| match e {
            rustls::Error::InconsistentKeys(_) => {
                let why = format!("is not the key of {}", self.certificate.display());
                wrong(true, &self.key, &why)
            }
            rustls::Error::InvalidCertificate(_) => wrong(false, &self.certificate, &e),
            other => wrong(true, &self.key, &other),
        })
    }

    /// Changes when a file is written or replaced, also behind a link.
    fn state(&self) -> Option<[Identity; 2]> {
        let look = |file: &Path| rustix::fs::stat(file).ok().map(Identity::from);
        Some([look(&self.certificate)?, look(&self.key)?])
    }
}

struct Pem(pem::Error);

impl fmt::Display for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            pem::Error::Io(error) => write!(f, "cannot be read: {error}"),
            pem::Error::NoItemsFound => {
                f.write_str("holds no private key; it must be PEM, -----BEGIN PRIVATE KEY-----")
            }
            other => write!(f, "is no PEM file: {other}"),
        }
    }
}

/// Makes TLS of connections; cheap to clone.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    /// Without HTTP/2, for an answer that is written by hand.
    refusing: TlsAcceptor,
    current: Arc<Current>,
}

/// The certificate of the next connection.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Tls {
    /// With the certificate that is in the files now.
    ///
    /// # Errors
    /// As [`TlsFiles::read`].
    pub fn new(files: &TlsFiles) -> Result<Self, TlsError> {
        let current = Arc::new(Current(RwLock::new(Arc::new(files.read()?))));
        let provider: Arc<CryptoProvider> = Arc::new(ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| TlsError { key: false, why: e.to_string() })?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&current) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let refusing = TlsAcceptor::from(Arc::new(config.clone()));
        config.alpn_protocols.insert(0, b"h2".to_vec());
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), refusing, current })
    }

    /// Shakes hands with a client. The stream's own deadlines apply.
    ///
    /// # Errors
    /// Where the client speaks no TLS that we know, or goes away.
    pub async fn accept<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
    ) -> io::Result<TlsStream<S>> {
        self.acceptor.accept(stream).await
    }

    /// As [`Tls::accept`], for a client that is told only that there is no place.
    ///
    /// # Errors
    /// As there.
    pub async fn accept_to_refuse<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
    ) -> io::Result<TlsStream<S>> {
        self.refusing.accept(stream).await
    }

    /// Takes up the files whenever they change, for ever. Files that are wrong
    /// leave the certificate that there is.
    pub async fn renew(self, files: TlsFiles) {
        let mut known = files.state();
        let mut every = tokio::time::interval(LOOK_EVERY);
        loop {
            every.tick().await;
            let now = files.state();
            // Absent while they are replaced: look again.
            if now.is_none() || now == known {
                continue;
            }
            known = now;
            match files.read() {
                Ok(renewed) => {
                    *self.current.0.write().unwrap_or_else(PoisonError::into_inner) =
                        Arc::new(renewed);
                    tracing::info!("took up the changed TLS certificate");
                }
                Err(error) => {
                    tracing::warn!(%error, "kept the old TLS certificate: the changed one is wrong");
                }
            }
        }
    }
}
