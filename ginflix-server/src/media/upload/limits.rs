//! How many uploads there may be at once, and how large.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::OwnedSemaphorePermit;

use super::Uploads;
use super::error::UploadError;
use super::state::SILENCE;
use crate::config::Config;

/// Appends that run at once; each has three threads and a few MiB of pieces.
pub(super) const MOST_WRITERS: usize = 32;

/// Unfinished uploads at once.
const MOST_OPEN: usize = 1_000;

/// When another upload may be created after there were [`MOST_OPEN`].
const OPEN_RETRY: Duration = Duration::from_secs(60);

/// What uploads may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Largest upload, bytes.
    pub upload_bytes: u64,
    /// Bytes of the volume that stay free.
    pub reserve_bytes: u64,
    /// Age without progress at which an unfinished upload is cleared away.
    pub expiry: Duration,
}

impl From<&Config> for Limits {
    fn from(config: &Config) -> Self {
        Self {
            upload_bytes: config.max_upload_bytes,
            reserve_bytes: config.reserve_bytes,
            expiry: config.upload_expiry,
        }
    }
}

impl Uploads {
    /// `EmptyFile` or `TooLarge` where no upload may have this length.
    pub(super) fn check_length(&self, length: u64) -> Result<(), UploadError> {
        let limit_bytes = self.0.limits.upload_bytes;
        if length == 0 {
            Err(UploadError::EmptyFile)
        } else if length > limit_bytes {
            Err(UploadError::TooLarge { limit_bytes })
        } else {
            Ok(())
        }
    }

    /// `TooManyUploads` where there are as many unfinished uploads as may be.
    pub(super) fn check_count(&self) -> Result<(), UploadError> {
        let all = self.all();
        let statuses = all.values().map(|upload| upload.status());
        match statuses.filter(|status| status.offset < status.length).count() {
            unfinished if unfinished < MOST_OPEN => Ok(()),
            _ => Err(UploadError::TooManyUploads { retry_after: OPEN_RETRY }),
        }
    }

    /// `NoSpace` where so many more bytes would use the reserve.
    pub(super) fn check_room(&self, more: u64) -> Result<(), UploadError> {
        let free = self.0.volume.free_bytes()?;
        let fits = free.saturating_sub(self.0.limits.reserve_bytes) >= more;
        if fits { Ok(()) } else { Err(self.no_room(more)) }
    }

    /// The error that so many more bytes do not fit.
    pub(super) fn no_room(&self, more: u64) -> UploadError {
        UploadError::NoSpace {
            needed_bytes: more,
            free_bytes: self.0.volume.free_bytes().unwrap_or(0),
            reserve_bytes: self.0.limits.reserve_bytes,
        }
    }

    /// A permit to write, for as long as it is held.
    pub(super) fn permit(&self) -> Result<OwnedSemaphorePermit, UploadError> {
        let permit = Arc::clone(&self.0.writers).try_acquire_owned();
        permit.map_err(|_| UploadError::TooManyUploads { retry_after: SILENCE })
    }

    /// When an upload expires that makes progress now.
    pub(super) fn expiry(&self) -> Timestamp {
        Timestamp::now() + self.0.limits.expiry
    }
}
