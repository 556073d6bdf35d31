//! The interface of the database backends of the catalogue: one trait for each subject.
//!
//! A backend contains SQL and no rules; those are in [`super::Catalog`] and in
//! [`crate::views::rule`]. No type of a database driver is part of these traits. Every method is
//! one transaction. A method that returns or changes one row fails with [`StoreError::NotFound`]
//! if that does not exist, and any method can fail with `Unavailable`, `NoSpace` or `Other`.

mod accounts;
mod audit;
mod backup;
mod collections;
mod evidence;
mod imports;
mod libraries;
mod media;
mod movies;
mod playbacks;
mod replicas;
mod subtitles;
mod views;
mod watching;

use async_trait::async_trait;
use ginflix_api::movie::MovieId;
use jiff::Timestamp;

pub use self::accounts::{
    Account, AccountChange, AccountStore, Credential, CredentialKind, Preferences, name_key,
};
pub use self::audit::{AuditFilter, AuditStore};
pub use self::backup::{BackupStore, NOT_EMPTY};
pub use self::collections::{
    COLLECTIONS_TOO_DEEP, CollectionRecord, CollectionStore, TOO_MANY_COLLECTIONS,
};
pub use self::evidence::{
    CLOCK_SLACK, ClientHash, Delivered, EvidenceRow, EvidenceStore, JudgementBatch, JudgementRule,
    Judgements, LIMIT_PERIOD, SentAmount, StreamerCoverage,
};
pub use self::imports::{
    COLLECTION_IS_FULL, EpisodePlace, ImportRecord, ImportStore, ImportedSeries, MovieWrite,
    Placed, PosterImport, poster_import,
};
pub use self::libraries::{LIBRARY_NAME_TAKEN, LibraryFile, LibraryRecord, LibraryStore};
pub use self::media::MediaStore;
pub use self::movies::{ListedMovie, MovieFilter, MovieRecord, MovieStore, Poster, SortKey};
pub use self::playbacks::{PlaybackEvent, PlaybackRecord, PlaybackStore, PlaybackUpdate, ViewRule};
pub use self::replicas::{DesiredMedia, ReplicaRecord, ReplicaStore, Streamer, StreamerRecord};
pub use self::subtitles::{SUBTITLES_LIMIT_BYTES, SubtitlesStore, TOO_MANY_SUBTITLES};
pub use self::views::{DEFAULT_TOP_LIMIT, ViewStore};
pub use self::watching::{HistoryFilter, LIST_IS_FULL, WatchKey, WatchRecord, WatchStore};
use crate::error::{AppError, CATALOG_DISK_FULL, NO_CATALOG};

/// A database backend: the traits of all subjects, and the connection to the database.
#[async_trait]
pub trait CatalogStore:
    MovieStore
    + MediaStore
    + ReplicaStore
    + SubtitlesStore
    + ImportStore
    + LibraryStore
    + CollectionStore
    + PlaybackStore
    + EvidenceStore
    + ViewStore
    + AccountStore
    + WatchStore
    + AuditStore
    + BackupStore
{
    /// Waits until the database is available, for as long as that takes, and migrates its schema.
    /// An embedded database has been migrated when it was opened.
    ///
    /// # Errors
    /// The database will not become available by waiting: it does not exist, does not accept the
    /// role or its password, or a newer server has migrated it.
    async fn connect(&self) -> Result<()> {
        Ok(())
    }
    /// Closes all connections. SQLite first waits for the calls in progress; a connection to
    /// PostgreSQL is closed at the end of its call. Later calls of any method fail with
    /// `Unavailable`.
    async fn close(&self);
    /// Checks that the database executes statements.
    async fn ping(&self) -> Result<()>;
    /// Returns the time at which the database became unavailable; `None` while it is available,
    /// and always for an embedded database. While it is unavailable, all other methods fail with
    /// `Unavailable` at once.
    fn unavailable_since(&self) -> Option<Timestamp> {
        None
    }
}

/// The result of a method of a backend.
pub type Result<T> = std::result::Result<T, StoreError>;

/// An error of a backend.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The row does not exist.
    #[error("not found")]
    NotFound,
    /// A unique value exists already, the row is in use, or it refers to a row that does not exist.
    #[error("conflict: {0}")]
    Conflict(&'static str),
    /// The row has another version than the one to change.
    #[error("changed since it was read")]
    Stale,
    /// The media file that a movie is to play is not recorded.
    #[error("no such media")]
    NoMedia,
    /// A movie that a collection is to contain does not exist.
    #[error("no such movie: {0}")]
    NoMovie(MovieId),
    /// The collection that another one is to be part of does not exist.
    #[error("no such parent")]
    NoParent,
    /// The database cannot be reached, or does not respond in time.
    #[error("database unavailable: {0}")]
    Unavailable(String),
    /// The disk of the database is full.
    #[error("the disk of the database is full")]
    NoSpace,
    /// The role of this server lacks a privilege in the database.
    #[error("database: {0}")]
    Denied(String),
    /// Any other error, which is a bug or a misconfiguration.
    #[error("database: {0}")]
    Other(String),
}

/// Converts an error to one that shows a client no internals. A handler that knows the name of
/// the missing resource handles [`StoreError::NotFound`] itself.
impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound("such entry".to_owned()),
            StoreError::Conflict(what) => Self::Conflict(what.to_owned()),
            StoreError::Unavailable(why) => {
                tracing::debug!(why, "the catalogue is unavailable");
                Self::Unavailable(NO_CATALOG)
            }
            StoreError::Stale => Self::PreconditionFailed,
            StoreError::NoSpace => Self::NoSpace(CATALOG_DISK_FULL.to_owned()),
            other @ (StoreError::NoMedia
            | StoreError::NoMovie(_)
            | StoreError::NoParent
            | StoreError::Denied(_)
            | StoreError::Other(_)) => Self::internal(other),
        }
    }
}
