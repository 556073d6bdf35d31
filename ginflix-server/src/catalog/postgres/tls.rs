//! TLS to PostgreSQL, where the URL asks for it.
//!
//! `sslmode=require` (or `verify-full`) encrypts and always checks the server's
//! certificate and name: against `sslrootcert=FILE`, else against the system's
//! roots. Any other mode does without TLS.

use std::path::PathBuf;
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::catalog::store::{Result, StoreError};

/// What of a URL is about TLS.
#[derive(Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The URL without that part, which the driver does not know.
    pub url: String,
    /// Whether to encrypt.
    pub tls: bool,
    /// Whose signature to trust instead of the system's.
    pub root: Option<PathBuf>,
}

/// Takes a URL apart.
pub fn wanted(url: &str) -> Result<Wanted> {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let (mut tls, mut root, mut rest) = (false, None, Vec::new());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sslmode", "require" | "verify-ca" | "verify-full")) => tls = true,
            Some(("sslmode", "disable" | "allow" | "prefer")) => {}
            Some(("sslmode", _)) => {
                return Err(StoreError::Other("the database URL's sslmode is unknown".to_owned()));
            }
            Some(("sslrootcert", file)) => {
                let file = percent_decode_str(file).decode_utf8_lossy();
                (tls, root) = (true, Some(PathBuf::from(file.into_owned())));
            }
            _ => rest.push(pair),
        }
    }
    let rest = if rest.is_empty() { String::new() } else { format!("?{}", rest.join("&")) };
    Ok(Wanted { url: format!("{base}{rest}"), tls, root })
}

/// What encrypts.
pub fn connector(root: Option<PathBuf>) -> Result<MakeRustlsConnect> {
    let unusable = |why: &dyn std::fmt::Display| {
        StoreError::Other(format!("cannot check the database's certificate: {why}"))
    };
    let mut roots = RootCertStore::empty();
    match root {
        Some(file) => {
            let unreadable = |e| unusable(&format!("{}: {e}", file.display()));
            for certificate in CertificateDer::pem_file_iter(&file).map_err(unreadable)? {
                roots.add(certificate.map_err(unreadable)?).map_err(|e| unusable(&e))?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        return Err(unusable(&"there is no root certificate; name one by sslrootcert=FILE"));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| unusable(&e))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_says_whether_to_encrypt() {
        let take = |url: &str| wanted(url).map(|w| (w.url, w.tls, w.root)).unwrap();
        let base = "postgres://u:p@h/d".to_owned();
        assert_eq!(take(&base), (base.clone(), false, None));
        assert_eq!(take(&format!("{base}?sslmode=require")), (base.clone(), true, None));
        assert_eq!(take(&format!("{base}?sslmode=prefer")), (base.clone(), false, None));
        let with_root = format!("{base}?connect_timeout=3&sslrootcert=%2Fa%20b.pem");
        let rest = format!("{base}?connect_timeout=3");
        assert_eq!(take(&with_root), (rest, true, Some(PathBuf::from("/a b.pem"))));
        assert!(wanted("postgres://h/d?sslmode=on").is_err());
    }
}
