//! The certificate that all servers show.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// A certificate for `localhost` that signs itself, and its key: PEM files.
pub struct Certificate {
    /// The certificate.
    pub certificate: PathBuf,
    /// Its private key, on the curve P-256.
    pub key: PathBuf,
}

impl Certificate {
    /// Makes them in this folder, by openssl.
    ///
    /// # Errors
    /// Where openssl is not there, or fails.
    pub fn make(folder: &Path) -> Result<Self> {
        let made = Self { certificate: folder.join("cert.pem"), key: folder.join("key.pem") };
        let output = Command::new("openssl")
            .args(["req", "-x509", "-subj", "/CN=localhost", "-days", "2", "-nodes"])
            .args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-keyout"])
            .arg(&made.key)
            .arg("-out")
            .arg(&made.certificate)
            .output()
            .context("cannot run openssl")?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(made)
    }
}
