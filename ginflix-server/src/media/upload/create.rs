//! The start of an upload: what can be checked before the first byte.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ginflix_api::media::MediaName;

use super::error::UploadError;
use super::record::NewUpload;
use super::state::{Status, Upload};
use super::{Uploads, blocking};

/// How long a file that another streamer removed may take to be removed here, too.
const REMOVAL_WAIT: Duration = Duration::from_secs(5);

/// How often it is looked for.
const REMOVAL_POLL: Duration = Duration::from_millis(100);

impl Uploads {
    /// Starts an upload.
    ///
    /// # Errors
    /// `EmptyFile`, `TooLarge`, `NameTaken`, `NoSpace`, `TooManyUploads`, and
    /// failures of the disk and of the catalogue.
    pub async fn create(&self, about: NewUpload) -> Result<Status, UploadError> {
        self.check_length(about.length)?;
        self.check_count()?;
        if !about.replace {
            self.check_shared_name(&about.name).await?;
        }
        let uploads = self.clone();
        blocking(move || {
            if !about.replace && uploads.0.volume.stat(&about.name).is_ok() {
                return Err(UploadError::NameTaken(about.name));
            }
            uploads.check_room(about.length)?;
            let upload = Arc::new(Upload::new(uploads.start(about)?));
            let status = upload.status();
            uploads.all().insert(status.id, upload);
            Ok(status)
        })
        .await
    }

    /// `NameTaken` where a shared catalogue has the name. A file of that name which
    /// the catalogue does not have may have been removed elsewhere: its removal
    /// here is waited for.
    async fn check_shared_name(&self, name: &MediaName) -> Result<(), UploadError> {
        if !self.0.register.is_shared() {
            return Ok(());
        }
        if self.0.register.media(name).await?.is_some() {
            return Err(UploadError::NameTaken(name.clone()));
        }
        let end = Instant::now() + REMOVAL_WAIT;
        while self.0.volume.stat(name).is_ok() && Instant::now() < end {
            tokio::time::sleep(REMOVAL_POLL).await;
        }
        Ok(())
    }
}
