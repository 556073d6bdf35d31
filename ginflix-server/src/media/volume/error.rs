//! Why the volume cannot be used, or could not do what was asked.

use std::io;
use std::path::PathBuf;

use ginflix_api::media::MediaName;

use crate::error::AppError;
use crate::media::lock::LockError;

/// Why the volume could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum VolumeError {
    /// There is no such media.
    #[error("there is no media {0}")]
    NotFound(MediaName),
    /// The disk refused.
    #[error("the volume: {0}")]
    Io(#[from] io::Error),
}

impl From<VolumeError> for AppError {
    fn from(error: VolumeError) -> Self {
        match error {
            VolumeError::NotFound(name) => Self::NotFound(format!("media {name}")),
            VolumeError::Io(error) => disk_error(error),
        }
    }
}

/// What the disk says, in the words of the domain; what is not said here is a
/// fault of ours.
pub fn disk_error(error: io::Error) -> AppError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => AppError::NoSpace(
            "the volume is full; remove media or enlarge the volume, then go on".to_owned(),
        ),
        io::ErrorKind::ReadOnlyFilesystem => AppError::Unavailable("writing to the volume"),
        _ => AppError::internal(error),
    }
}

/// Why the server cannot use a data directory.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the data directory {}: {why}", .folder.display())]
pub struct MountError {
    pub(super) folder: PathBuf,
    pub(super) why: LockError,
}
