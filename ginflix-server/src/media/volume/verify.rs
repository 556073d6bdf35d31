//! Reading a file again to find damage, which changes neither its size nor its modification time.

use ginflix_api::media::MediaName;

use super::{Volume, VolumeError};
use crate::media::indexer::sha256_of;
use crate::media::info::MediaInfo;

impl Volume {
    /// Computes the SHA-256 of a file again, and corrects the stored one if it differs. Returns
    /// `None` if the file changed meanwhile. Blocks while it reads the file.
    ///
    /// # Errors
    /// Fails if there is no such file, or if it cannot be read.
    pub fn rehash(&self, name: &MediaName) -> Result<Option<String>, VolumeError> {
        let before = self.stat(name)?;
        let sha256 = sha256_of(&mut self.open_file(name)?)?;
        if self.stat(name)?.version != before.version {
            return Ok(None);
        }
        if let Some(info) = before.info.filter(|info| info.sha256 != sha256) {
            let info = MediaInfo { sha256: sha256.clone(), ..info };
            self.0.media_dir.info_store.correct(name, &info)?;
            self.0.open_files.invalidate(name);
        }
        Ok(Some(sha256))
    }
}
