//! TLS connections to PostgreSQL.
//!
//! `sslmode=require`, `verify-ca` and `verify-full` in the URL enable TLS, as does `sslrootcert`
//! with any mode. TLS always verifies the name of the server and its certificate: against the
//! roots in `sslrootcert=FILE`, or without that against those of the system. Without these
//! settings connections do not use TLS.

use std::path::PathBuf;
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::catalog::store::{Result, StoreError};

/// A database URL and the TLS settings that it contained.
#[derive(Debug, PartialEq, Eq)]
pub struct ParsedUrl {
    /// The URL without the TLS settings, which the driver does not support.
    pub url: String,
    /// Whether to use TLS.
    pub tls: bool,
    /// The file with the root certificates to trust instead of those of the system.
    pub root: Option<PathBuf>,
}

/// Extracts the TLS settings from a database URL.
///
/// # Errors
/// The value of `sslmode` is unknown.
pub fn parse_url(url: &str) -> Result<ParsedUrl> {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let (mut tls, mut root, mut others) = (false, None, Vec::new());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sslmode", "require" | "verify-ca" | "verify-full")) => tls = true,
            Some(("sslmode", "disable" | "allow" | "prefer")) => {}
            Some(("sslmode", _)) => {
                let why = "the sslmode of the database URL is unknown; use disable, require, \
                    verify-ca or verify-full";
                return Err(StoreError::Other(why.to_owned()));
            }
            Some(("sslrootcert", file)) => {
                let file = percent_decode_str(file).decode_utf8_lossy();
                (tls, root) = (true, Some(PathBuf::from(file.into_owned())));
            }
            _ => others.push(pair),
        }
    }
    let query = if others.is_empty() { String::new() } else { format!("?{}", others.join("&")) };
    Ok(ParsedUrl { url: format!("{base}{query}"), tls, root })
}

/// Creates the connector that encrypts connections.
///
/// # Errors
/// There is no usable root certificate.
pub fn connector(root: Option<PathBuf>) -> Result<MakeRustlsConnect> {
    let invalid = |why: &dyn std::fmt::Display| {
        StoreError::Other(format!("cannot verify the certificate of the database: {why}"))
    };
    let mut roots = RootCertStore::empty();
    match root {
        Some(file) => {
            let unreadable = |e| invalid(&format!("{}: {e}", file.display()));
            for certificate in CertificateDer::pem_file_iter(&file).map_err(unreadable)? {
                roots.add(certificate.map_err(unreadable)?).map_err(|e| invalid(&e))?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        return Err(invalid(
            &"there is no root certificate; name one with sslrootcert=FILE in the database URL",
        ));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| invalid(&e))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_contains_the_tls_settings() {
        let parse = |url: &str| parse_url(url).map(|p| (p.url, p.tls, p.root)).unwrap();
        let base = "postgres://u:p@h/d".to_owned();
        assert_eq!(parse(&base), (base.clone(), false, None));
        assert_eq!(parse(&format!("{base}?sslmode=require")), (base.clone(), true, None));
        assert_eq!(parse(&format!("{base}?sslmode=prefer")), (base.clone(), false, None));
        let with_root = format!("{base}?connect_timeout=3&sslrootcert=%2Fa%20b.pem");
        let rest = format!("{base}?connect_timeout=3");
        assert_eq!(parse(&with_root), (rest, true, Some(PathBuf::from("/a b.pem"))));
        assert!(parse_url("postgres://h/d?sslmode=on").is_err());
    }
}
