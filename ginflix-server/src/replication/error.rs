//! The errors of reconciliations and actions.

use tokio::sync::AcquireError;
use tokio::task::JoinError;

use crate::catalog::store::StoreError;
use crate::media::VolumeError;
use crate::media::pull::PullError;

/// An error of bringing a media file, or the whole volume, to the state of the catalogue.
/// Administrators see the text as the problem of the replica.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReplicationError {
    /// The catalogue failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The volume failed.
    #[error(transparent)]
    Volume(#[from] VolumeError),
    /// The file could not be written, or its content is not the requested one.
    #[error(transparent)]
    Pull(#[from] PullError),
    /// This streamer has no peers to fetch from.
    #[error("this streamer has no peers to fetch it from; configure them")]
    NoPeers,
    /// All peers responded that they do not have the file.
    #[error("no other streamer has it; if that lasts, upload it again")]
    NotFound,
    /// The peers that may have the file did not respond.
    #[error("no streamer that has it is available")]
    Unreachable,
    /// The task was cancelled or panicked.
    #[error(transparent)]
    Task(#[from] JoinError),
    /// The server is stopping.
    #[error("the server is stopping")]
    Stopping(#[from] AcquireError),
}
