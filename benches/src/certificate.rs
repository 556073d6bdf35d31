//! The TLS certificate of all servers.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// A self-signed certificate for `localhost` and its key, as PEM files.
pub struct Certificate {
    /// The path of the certificate.
    pub certificate: PathBuf,
    /// The path of its private key, on the curve P-256.
    pub key: PathBuf,
}

impl Certificate {
    /// Generates both files in this folder with openssl.
    ///
    /// # Errors
    /// If openssl is missing or fails.
    pub fn generate(folder: &Path) -> Result<Self> {
        let files = Self { certificate: folder.join("cert.pem"), key: folder.join("key.pem") };
        let output = Command::new("openssl")
            .args(["req", "-x509", "-subj", "/CN=localhost", "-days", "2", "-nodes"])
            .args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-keyout"])
            .arg(&files.key)
            .arg("-out")
            .arg(&files.certificate)
            .output()
            .context("cannot run openssl")?;
        ensure!(
            output.status.success(),
            "openssl failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(files)
    }
}
