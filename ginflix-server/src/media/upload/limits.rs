//! Limits on the number and size of uploads.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::OwnedSemaphorePermit;

use super::Uploads;
use super::error::UploadError;
use super::state::SILENT_WRITER_TIMEOUT;
use crate::config::Config;

/// The largest number of appends that run at once. Each has three threads and a few MiB of chunks.
pub(super) const CONCURRENT_APPENDS_LIMIT: usize = 32;

/// The largest number of unfinished uploads.
const UNFINISHED_UPLOADS_LIMIT: usize = 1_000;

/// The configured limits of uploads.
#[derive(Debug, Clone, Copy)]
pub struct UploadLimits {
    /// The size of the largest upload in bytes.
    pub upload_bytes: u64,
    /// The bytes of the volume that stay free.
    pub reserve_bytes: u64,
    /// The time without progress after which an unfinished upload expires.
    pub expiry: Duration,
    /// The largest number of unfinished uploads.
    pub unfinished: usize,
}

impl From<&Config> for UploadLimits {
    fn from(config: &Config) -> Self {
        Self {
            upload_bytes: config.max_upload_bytes,
            reserve_bytes: config.reserve_bytes,
            expiry: config.upload_expiry,
            unfinished: UNFINISHED_UPLOADS_LIMIT,
        }
    }
}

impl Uploads {
    /// Fails with `EmptyFile` or `TooLarge` if no upload may have this length.
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

    /// Fails with `TooManyUnfinished` if the limit of unfinished uploads is reached.
    pub(super) fn check_count(&self) -> Result<(), UploadError> {
        let UploadLimits { unfinished: limit, expiry, .. } = self.0.limits;
        let uploads = self.by_id();
        let statuses = uploads.values().map(|upload| upload.status());
        match statuses.filter(|status| !status.is_published).count() {
            unfinished if unfinished < limit => Ok(()),
            unfinished => Err(UploadError::TooManyUnfinished { unfinished, expiry }),
        }
    }

    /// Fails with `NoSpace` if `more` bytes would use the reserve of the volume.
    pub(super) fn check_space(&self, more: u64) -> Result<(), UploadError> {
        let free = self.0.volume.free_bytes()?;
        let fits = free.saturating_sub(self.0.limits.reserve_bytes) >= more;
        if fits { Ok(()) } else { Err(self.no_space(more)) }
    }

    /// Returns the error for `more` bytes that do not fit.
    pub(super) fn no_space(&self, more: u64) -> UploadError {
        UploadError::NoSpace {
            needed_bytes: more,
            free_bytes: self.0.volume.free_bytes().unwrap_or(0),
            reserve_bytes: self.0.limits.reserve_bytes,
        }
    }

    /// Acquires a permit for an append. Fails with `TooManyAppends` if all are in use.
    pub(super) fn append_permit(&self) -> Result<OwnedSemaphorePermit, UploadError> {
        let permit = Arc::clone(&self.0.append_permits).try_acquire_owned();
        permit.map_err(|_| UploadError::TooManyAppends { retry_after: SILENT_WRITER_TIMEOUT })
    }

    /// Returns the time when an upload that makes progress now expires.
    pub(super) fn expires_at(&self) -> Timestamp {
        Timestamp::now() + self.0.limits.expiry
    }
}
