//! Errors of the volume.

use std::io;
use std::path::PathBuf;

use ginflix_api::media::MediaName;
use ginflix_api::replica::MediaProblem;

use crate::media::volume_lock::VolumeLockError;

/// An error of an operation on media files.
#[derive(Debug, thiserror::Error)]
pub enum VolumeError {
    /// There is no media file of this name.
    #[error("there is no media file {0}")]
    NotFound(MediaName),
    /// There is a media file of this name, but it cannot be read.
    #[error("{0}")]
    Unreadable(Box<MediaProblem>),
    /// The file system failed.
    #[error("cannot use the files of the volume: {0}")]
    Io(#[from] io::Error),
}

/// The server cannot use its data directory.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the data directory {}: {cause}", .data_dir.display())]
pub struct MountError {
    pub(super) data_dir: PathBuf,
    pub(super) cause: VolumeLockError,
}
