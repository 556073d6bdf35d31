//! Why a reconciliation or an action failed.

use tokio::sync::AcquireError;
use tokio::task::JoinError;

use crate::catalog::store::StoreError;
use crate::media::VolumeError;
use crate::media::pull::PullError;

/// Why a media file, or the whole volume, could not be brought to the state of the catalogue.
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
    #[error("no peers are configured")]
    NoPeers,
    /// All peers responded that they do not have the file.
    #[error("no other streamer has it")]
    NotFound,
    /// The peers that may have the file did not respond.
    #[error("no streamer that has it is available")]
    Unreachable,
    /// The task was cancelled or panicked.
    #[error(transparent)]
    Task(#[from] JoinError),
    /// The server is stopping.
    #[error(transparent)]
    Stopping(#[from] AcquireError),
}
