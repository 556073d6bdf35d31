//! Why the volume cannot be used, or could not do what was asked.

use std::io;
use std::path::PathBuf;

use ginflix_api::media::MediaName;

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

/// Why the server cannot use a data directory.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the data directory {}: {why}", .folder.display())]
pub struct MountError {
    pub(super) folder: PathBuf,
    pub(super) why: LockError,
}
