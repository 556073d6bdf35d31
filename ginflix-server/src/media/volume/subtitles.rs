//! The subtitles that were added to media files, as the catalogue has them. They are served without the catalogue.

use std::collections::HashMap;
use std::io;

use ginflix_api::media::MediaName;
use ginflix_hls::texts::{self, StoredText};

use super::Volume;
use crate::media::packages::AddedTexts;
use crate::media::packages::record;

impl Volume {
    /// Returns the media files that have stored subtitles, with the SHA-256 of all of each.
    pub fn stored_subtitles(&self) -> HashMap<MediaName, String> {
        self.0.subtitles.lock().clone()
    }

    /// Stores the subtitles of a media file. `sha256` is that of all of them, in hexadecimal digits. Blocks on the disk.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn put_subtitles(
        &self,
        name: &MediaName,
        sha256: &str,
        subtitles: &[StoredText],
    ) -> io::Result<()> {
        let record = texts::encode_stored(subtitles);
        record::write_subtitles(self.0.media_dir.info_store.dir(), name, sha256, &record)?;
        self.0.subtitles.lock().insert(name.clone(), sha256.to_owned());
        // What is open has the earlier ones.
        self.0.open_files.invalidate(name);
        Ok(())
    }

    /// Removes the stored subtitles of a media file, if there are any. Blocks on the disk.
    ///
    /// # Errors
    /// They cannot be removed.
    pub fn remove_subtitles(&self, name: &MediaName) -> io::Result<()> {
        if self.0.subtitles.lock().remove(name).is_some() {
            record::remove_subtitles(self.0.media_dir.info_store.dir(), name)?;
            self.0.open_files.invalidate(name);
        }
        Ok(())
    }

    /// Opens the stored subtitles of a media file; `None` if there are none. Blocks on the disk.
    pub(super) fn added_texts(&self, name: &MediaName) -> io::Result<Option<AddedTexts>> {
        let Some(sha256) = self.0.subtitles.lock().get(name).cloned() else { return Ok(None) };
        let dir = self.0.media_dir.info_store.dir();
        let stored = record::read_subtitles(dir, name, &sha256)?;
        Ok(stored.map(|stored| AddedTexts { stored, sha256 }))
    }
}
