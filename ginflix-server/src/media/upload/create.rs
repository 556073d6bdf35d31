//! Creating uploads, with the checks that are possible before the first byte.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ginflix_api::media::MediaName;

use super::error::UploadError;
use super::record::UploadSpec;
use super::state::{Upload, UploadStatus};
use super::{Uploads, blocking};

/// The time to wait until replication removes a file that was removed at another streamer.
const REMOVAL_TIMEOUT: Duration = Duration::from_secs(5);

/// The time between two checks whether replication has removed the file.
const REMOVAL_POLL_INTERVAL: Duration = Duration::from_millis(100);

impl Uploads {
    /// Creates an upload.
    ///
    /// # Errors
    /// Fails if the file is empty, too large or does not fit; if its name is taken; if there are
    /// too many uploads; or if the file system or the catalogue fails.
    pub async fn create(&self, spec: UploadSpec) -> Result<UploadStatus, UploadError> {
        self.check_length(spec.length)?;
        self.check_count()?;
        if !spec.replace {
            self.check_shared_name(&spec.name).await?;
        }
        let uploads = self.clone();
        blocking(move || {
            let volume = &uploads.0.volume;
            let is_taken = !spec.replace && volume.has_entry(&spec.name);
            if is_taken || volume.is_in_library(&spec.name) {
                return Err(UploadError::NameTaken(spec.name));
            }
            uploads.check_space(spec.length)?;
            let upload = Arc::new(Upload::new(uploads.create_files(spec)?));
            let status = upload.status();
            uploads.by_id().insert(status.id, upload);
            Ok(status)
        })
        .await
    }

    /// Fails with `NameTaken` if a shared catalogue has the name.
    async fn check_shared_name(&self, name: &MediaName) -> Result<(), UploadError> {
        if !self.0.registry.is_shared() {
            return Ok(());
        }
        if self.0.registry.media(name).await?.is_some() {
            return Err(UploadError::NameTaken(name.clone()));
        }
        // A file that is not in the catalogue may have been removed at another streamer a moment
        // ago. Replication then removes it here, too.
        let deadline = Instant::now() + REMOVAL_TIMEOUT;
        while self.0.volume.stat(name).is_ok() && Instant::now() < deadline {
            tokio::time::sleep(REMOVAL_POLL_INTERVAL).await;
        }
        Ok(())
    }
}
