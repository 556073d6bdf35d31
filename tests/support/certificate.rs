//! Certificates for tests of TLS, made by openssl.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A certificate for `localhost` and its key.
pub struct Certificate {
    /// File of the certificate, PEM.
    pub cert: PathBuf,
    /// File of its private key, PEM.
    pub key: PathBuf,
}

impl Certificate {
    /// Makes them in a folder, as files of this name.
    pub fn generate(folder: &Path, name: &str) -> Self {
        let (cert, key) = (folder.join(format!("{name}.pem")), folder.join(format!("{name}.key")));
        let made = Command::new("openssl")
            .args(["req", "-x509", "-subj", "/CN=localhost", "-days", "2", "-nodes"])
            .args(["-addext", "subjectAltName=DNS:localhost"])
            .args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
            .arg("-keyout")
            .arg(&key)
            .arg("-out")
            .arg(&cert)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Self { cert, key }
    }

    /// The server's flags for them.
    pub fn flags(&self) -> [&str; 4] {
        ["--tls-cert", self.cert.to_str().unwrap(), "--tls-key", self.key.to_str().unwrap()]
    }

    /// Takes the place of this one, a file at a time as renewals do.
    pub fn replace_with(&self, other: &Self) {
        fs::rename(&other.cert, &self.cert).unwrap();
        fs::rename(&other.key, &self.key).unwrap();
    }
}
