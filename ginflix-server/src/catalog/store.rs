//! What a database backend of the catalogue does: one trait for each subject.
//!
//! Backends know SQL and rule nothing; the rules are in [`super::Catalog`]
//! and in [`crate::views::rule`]. No driver type crosses these traits. Every
//! method is one transaction.

mod accounts;
mod audit;
mod backup;
mod media;
mod movies;
mod playbacks;
mod replicas;
mod views;

use async_trait::async_trait;
use jiff::Timestamp;

pub use self::accounts::{Account, AccountChange, AccountStore, Credential, CredentialKind};
pub use self::audit::{AuditFilter, AuditStore};
pub use self::backup::{BackupStore, NOT_EMPTY};
pub use self::media::MediaStore;
pub use self::movies::{ListedMovie, MovieFilter, MovieRecord, MovieStore, Poster, SortKey};
pub use self::playbacks::{PlaybackEvent, PlaybackRecord, PlaybackStore, PlaybackUpdate, ViewRule};
pub use self::replicas::{DesiredMedia, ReplicaRecord, ReplicaStore, Streamer, StreamerRecord};
pub use self::views::{DEFAULT_TOP_LIMIT, ViewStore};
use crate::error::AppError;

/// A database backend: the traits of all subjects, and its connection.
#[async_trait]
pub trait CatalogStore:
    MovieStore
    + MediaStore
    + ReplicaStore
    + PlaybackStore
    + ViewStore
    + AccountStore
    + AuditStore
    + BackupStore
{
    /// Finishes what has begun and closes all connections; later calls of any
    /// method fail as `Unavailable`.
    async fn close(&self);
    /// Checks that the database answers.
    async fn ping(&self) -> Result<()>;
    /// Since when the database has been known not to answer, where that can be.
    /// Until it answers again, all other methods fail as `Unavailable` at once.
    fn unavailable_since(&self) -> Option<Timestamp> {
        None
    }
}

/// Result of a store method.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Errors of a backend.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// There is no such row.
    #[error("not found")]
    NotFound,
    /// A unique value is taken, or the thing is still in use.
    #[error("conflict: {0}")]
    Conflict(&'static str),
    /// The stored version is not the one that was to be changed.
    #[error("changed since it was read")]
    Stale,
    /// The file that a movie is to play is not recorded.
    #[error("no such media")]
    NoMedia,
    /// The database cannot be reached or does not answer in time.
    #[error("database unavailable: {0}")]
    Unavailable(String),
    /// The disk of the database is full.
    #[error("no space for the database")]
    NoSpace,
    /// Anything else, which is a bug.
    #[error("database: {0}")]
    Other(String),
}

/// The part of a backend's error that a client may see. A handler that knows the
/// name of what is missing handles [`StoreError::NotFound`] itself.
impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound("such entry".to_owned()),
            StoreError::Conflict(what) => Self::Conflict(what.to_owned()),
            StoreError::Unavailable(why) => {
                tracing::debug!(why, "the catalogue is away");
                Self::Unavailable("the catalogue")
            }
            StoreError::Stale => Self::PreconditionFailed,
            StoreError::NoSpace => Self::NoSpace("the catalogue's disk is full".to_owned()),
            other @ (StoreError::NoMedia | StoreError::Other(_)) => Self::internal(other),
        }
    }
}
