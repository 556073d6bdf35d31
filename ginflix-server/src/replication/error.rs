//! Why a round or a step of replication failed.

use tokio::sync::AcquireError;
use tokio::task::JoinError;

use crate::catalog::store::StoreError;
use crate::media::VolumeError;
use crate::media::pull::PullError;

/// Why a file, or the whole volume, is not yet as the catalogue wants it. Administrators read the
/// text as the problem of the replica.
#[derive(Debug, thiserror::Error)]
pub(super) enum StepError {
    /// The catalogue refused, or is away.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The volume refused.
    #[error(transparent)]
    Volume(#[from] VolumeError),
    /// The file could not be written or is not the one that was asked for.
    #[error(transparent)]
    Pull(#[from] PullError),
    /// This server has no peers to fetch from.
    #[error("there are no peers")]
    NoPeers,
    /// Every peer answered that it does not have the file.
    #[error("no other streamer has it")]
    NotFound,
    /// No peer that may have the file answered.
    #[error("no streamer that has it answers")]
    Unreachable,
    /// The work was cancelled or panicked.
    #[error(transparent)]
    Task(#[from] JoinError),
    /// The server is stopping.
    #[error(transparent)]
    Stopping(#[from] AcquireError),
}
