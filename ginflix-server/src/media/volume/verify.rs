//! A file read again from its start to its end, as damage changes neither size nor date.

use ginflix_api::media::MediaName;

use super::{Volume, VolumeError};
use crate::media::facts::Facts;
use crate::media::hashing::sha256_of;

impl Volume {
    /// Reads a file, tells what its SHA-256 really is, whatever was known of it,
    /// and keeps that. `None` where it became another file meanwhile. For
    /// blocking threads.
    ///
    /// # Errors
    /// Where there is no such file or the disk refuses.
    pub fn read_anew(&self, name: &MediaName) -> Result<Option<String>, VolumeError> {
        let before = self.stat(name)?;
        let sha256 = sha256_of(&mut self.file(name)?)?;
        if self.stat(name)?.stamp != before.stamp {
            return Ok(None);
        }
        if let Some(facts) = before.facts.filter(|facts| facts.sha256 != sha256) {
            let facts = Facts { sha256: sha256.clone(), ..facts };
            self.0.files.facts.correct(name, &facts)?;
            self.0.open.forget(name);
        }
        Ok(Some(sha256))
    }
}
