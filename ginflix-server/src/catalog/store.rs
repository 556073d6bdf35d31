//! What a catalogue backend does: the seam between rules and SQL.
//!
//! Backends know SQL and decide nothing; the rules are in [`super::Catalog`]
//! and in [`crate::views::rule`]. No driver type crosses this trait. Every
//! method is one transaction.

use async_trait::async_trait;
use ginflix_api::account::Role;
use ginflix_api::audit::AuditEntry;
use ginflix_api::media::{Media, MediaName};
use ginflix_api::movie::{Movie, MovieId, MovieSort};
use ginflix_api::playback::PlayedRange;
use ginflix_api::replica::ReplicaState;
use ginflix_api::views::{Reason, ViewExplanation, ViewQuery, ViewReport};
use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::carried::{Row, Step};
use crate::error::AppError;

/// What a backend can fail with.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// There is no such row.
    #[error("not found")]
    NotFound,
    /// A uniqueness does not hold, or the thing is still in use.
    #[error("conflict: {0}")]
    Conflict(&'static str),
    /// It has another version than the one that was to be changed.
    #[error("changed since it was read")]
    Stale,
    /// The file that a movie is to play is not known.
    #[error("no such media")]
    NoMedia,
    /// The database cannot be reached or does not answer in time.
    #[error("database unavailable: {0}")]
    Unavailable(String),
    /// The disk of the database is full.
    #[error("no space for the database")]
    NoSpace,
    /// Anything else: a fault of ours.
    #[error("database: {0}")]
    Other(String),
}

/// What a client may know of a failed backend. A handler that can name what is
/// not there handles [`StoreError::NotFound`] itself.
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

/// Why nothing is put in the place of what is there.
pub const NOT_EMPTY: &str = "the catalogue is not empty";

/// Movies in a view report that asks for no number of them.
pub const DEFAULT_TOP: u32 = 100;

/// Result of a store method.
pub type Result<T> = std::result::Result<T, StoreError>;

/// A movie's own fields, as they are written.
#[derive(Debug, Clone, PartialEq)]
pub struct MovieRecord {
    /// Its id.
    pub id: MovieId,
    /// Its title.
    pub title: String,
    /// Free text.
    pub description: String,
    /// Year.
    pub year: Option<u16>,
    /// Genres.
    pub genres: Vec<String>,
    /// Directors.
    pub directors: Vec<String>,
    /// Cast.
    pub cast: Vec<String>,
    /// The file that plays.
    pub media: MediaName,
    /// Grows with every change, from 1.
    pub version: u64,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Which movies, in which order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MovieFilter {
    /// Words as [`super::fold::words`] makes them; each must match, the last
    /// one as a prefix.
    pub words: Vec<String>,
    /// For each word, others that do as well; what only they find comes last.
    pub instead: Vec<Vec<String>>,
    /// Only of this genre, whatever its case.
    pub genre: Option<String>,
    /// Only of this year.
    pub year: Option<u16>,
    /// Only with this file.
    pub media: Option<MediaName>,
    /// The order.
    pub sort: MovieSort,
    /// The first day that counts where the order is the week's.
    pub week: Date,
    /// At most so many.
    pub limit: u32,
    /// Only what comes after this place in that order.
    pub after: Option<SortKey>,
}

/// A movie's place in an order; with the id it is unique, so pages are stable.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SortKey {
    /// What the backend sorts by, in a form only it reads.
    pub key: String,
    /// Breaks ties.
    pub id: MovieId,
}

/// One movie of a list, with its place in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The movie.
    pub movie: Movie,
    /// Its place.
    pub place: SortKey,
}

/// A poster as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poster {
    /// `image/jpeg`, `image/png` or `image/webp`.
    pub content_type: String,
    /// The picture.
    pub bytes: Vec<u8>,
    /// SHA-256 of it, hexadecimal.
    pub sha256: String,
}

/// A playback as stored.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PlaybackRecord {
    /// Its id.
    pub id: Uuid,
    /// What is watched.
    pub movie_id: MovieId,
    /// When it started.
    pub started_at: Timestamp,
    /// When the last report came.
    pub reported_at: Option<Timestamp>,
    /// Content that makes a view, fixed at the start.
    pub needed_seconds: f64,
    /// What was played: sorted, disjoint.
    pub played: Vec<PlayedRange>,
    /// What of it is believed.
    pub watched_seconds: f64,
    /// When it counted.
    pub counted_at: Option<Timestamp>,
    /// Why it does not count (yet); `None` once it counted.
    pub reason: Option<Reason>,
}

/// A report on its way into the store.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PlaybackUpdate {
    /// Which playback.
    pub id: Uuid,
    /// All stretches played, as reported.
    pub played: Vec<PlayedRange>,
    /// When the report arrived.
    pub at: Timestamp,
}

/// What becomes of a playback, in the order in which it does.
///
/// Any of them may come again, after whatever came later: a start that is there
/// already changes nothing, and reports only ever add.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaybackEvent {
    /// It starts.
    Started(PlaybackRecord),
    /// A player reports on it.
    Played(PlaybackUpdate),
}

impl PlaybackEvent {
    /// Which playback.
    pub fn id(&self) -> Uuid {
        match self {
            Self::Started(playback) => playback.id,
            Self::Played(update) => update.id,
        }
    }
}

/// How a report changes a playback: the view rule.
pub type Decide = fn(&mut PlaybackRecord, &PlaybackUpdate);

/// An account as stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: Uuid,
    /// Its name, unique.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// argon2id, in PHC form.
    pub password_hash: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What changes of an account.
#[derive(Clone, Default)]
pub struct AccountChange {
    /// Another role.
    pub role: Option<Role>,
    /// Another password's hash, argon2id in PHC form.
    pub password_hash: Option<String>,
}

/// What a session or token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    /// A log-in; ends.
    Session,
    /// An API token, named.
    Token,
}

/// A session or an API token, as stored: never the secret, only its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// SHA-256 of the secret.
    pub secret_sha256: [u8; 32],
    /// Session or token.
    pub kind: CredentialKind,
    /// Name of a token; empty for a session.
    pub name: String,
    /// Name of the account; the cluster's own token has none.
    pub account: Option<String>,
    /// What it may do.
    pub role: Role,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// Which changes of the audit log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only with this id or a later one.
    pub since: Option<Uuid>,
    /// Only with an id before this one.
    pub before: Option<Uuid>,
    /// At most so many.
    pub limit: u32,
}

/// A file that every streamer should have.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// The file.
    pub media: Media,
    /// Grows each time a check is asked for.
    pub check_round: u64,
}

/// A streamer's last sign of life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamerRecord {
    /// Its name.
    pub name: String,
    /// Where it listens, as far as it knows.
    pub address: Option<String>,
    /// Its version.
    pub version: String,
    /// Bytes of its volume that are used.
    pub used_bytes: u64,
    /// Bytes of its volume that are free.
    pub free_bytes: u64,
    /// When it was.
    pub seen_at: Timestamp,
}

/// A streamer, and what it has of what there should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Streamer {
    /// Its last sign of life.
    pub record: StreamerRecord,
    /// Files that it has whole.
    pub media: u64,
    /// Bytes of those.
    pub media_bytes: u64,
}

/// A streamer's copy of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaRecord {
    /// The file.
    pub media: MediaName,
    /// The streamer.
    pub streamer: String,
    /// SHA-256 that the copy has, or is to have.
    pub sha256: String,
    /// How it is.
    pub state: ReplicaState,
    /// Why it is not whole.
    pub problem: Option<String>,
    /// The file's round when it was last checked.
    pub check_round: u64,
    /// When its SHA-256 was last found right.
    pub verified_at: Option<Timestamp>,
}

/// A catalogue backend.
#[async_trait]
pub trait CatalogStore: Send + Sync + 'static {
    /// Finishes what has begun and closes all connections; whatever is asked later is
    /// `Unavailable`.
    async fn close(&self);
    /// Whether it answers.
    async fn ping(&self) -> Result<()>;
    /// Since when it has been known not to answer, where that can be. Until it
    /// does again, everything else is `Unavailable` at once.
    fn away_since(&self) -> Option<Timestamp> {
        None
    }

    /// Adds a movie. Another one with this title and this file is a conflict;
    /// a file that is not known is `NoMedia`.
    async fn insert_movie(&self, movie: &MovieRecord) -> Result<()>;
    /// One movie, with its media's facts and its views.
    async fn movie(&self, id: MovieId) -> Result<Movie>;
    /// Movies in order. `Relevance` is the number of kinds of fields that it
    /// takes to find every word (title, then people, genres, description; last
    /// what needs a word instead), then the shorter title; without words it is
    /// `Newest`.
    async fn movies(&self, filter: &MovieFilter) -> Result<Vec<Listed>>;
    /// Words of titles, people and genres that have trigrams in common with this
    /// one (as [`super::spelling::grams`]), those with the most first.
    async fn words_like(&self, word: &str) -> Result<Vec<String>>;
    /// How many movies there are.
    async fn count_movies(&self) -> Result<u64>;
    /// Writes a movie whose stored version is `movie.version - 1`, else it is
    /// `Stale`; fails besides like `insert_movie`.
    async fn update_movie(&self, movie: &MovieRecord) -> Result<()>;
    /// Removes a movie, if it (still) has that version, else it is `Stale`.
    /// Its views stay.
    async fn delete_movie(&self, id: MovieId, version: Option<u64>) -> Result<()>;
    /// Genres in use and how many movies each has, by name.
    async fn genres(&self) -> Result<Vec<(String, u64)>>;
    /// Years of movies, the latest first.
    async fn years(&self) -> Result<Vec<u16>>;

    /// Sets or removes a movie's poster; the movie's version grows.
    async fn set_poster(&self, id: MovieId, poster: Option<&Poster>, at: Timestamp) -> Result<()>;
    /// A movie's poster.
    async fn poster(&self, id: MovieId) -> Result<Poster>;

    /// Records a file, or its new content.
    async fn put_media(&self, media: &Media) -> Result<()>;
    /// Facts of a file.
    async fn media(&self, name: &MediaName) -> Result<Media>;
    /// Files by name, after `after`.
    async fn media_list(&self, after: Option<&MediaName>, limit: u32) -> Result<Vec<Media>>;
    /// Forgets a file; that is no error where it is not known. While a movie
    /// plays it that is a conflict, unless forced.
    async fn delete_media(&self, name: &MediaName, force: bool) -> Result<()>;

    /// Records a file, or its new content, and that this streamer has it whole.
    /// Unless it may replace, other content of that name is a conflict.
    async fn put_media_at(&self, media: &Media, streamer: &str, replace: bool) -> Result<()>;
    /// Grows with every change of what there should be.
    async fn media_revision(&self) -> Result<u64>;
    /// What there should be, by name, after `after`.
    async fn wanted(&self, after: Option<&MediaName>, limit: u32) -> Result<Vec<Wanted>>;
    /// How many files there should be, and their bytes.
    async fn media_totals(&self) -> Result<(u64, u64)>;
    /// Asks for a check of one file or all; says of how many.
    async fn ask_check(&self, name: Option<&MediaName>) -> Result<u64>;
    /// Records a streamer's sign of life.
    async fn put_streamer(&self, streamer: &StreamerRecord) -> Result<()>;
    /// All streamers by name.
    async fn streamers(&self) -> Result<Vec<Streamer>>;
    /// Records a streamer's copy and says `true`, if a file of that name with
    /// that SHA-256 is (still) recorded; else records nothing and says `false`.
    async fn put_replica(&self, replica: &ReplicaRecord) -> Result<bool>;
    /// Forgets a streamer's copy of a file that is not recorded any more, and
    /// says whether that is so.
    async fn delete_replica(&self, name: &MediaName, streamer: &str) -> Result<bool>;
    /// All copies of a streamer, by name of the file.
    async fn replicas_at(&self, streamer: &str) -> Result<Vec<ReplicaRecord>>;
    /// All copies of these files, by name of the file and of the streamer; and
    /// whether each was checked since that was last asked for.
    async fn replicas_of(&self, names: &[MediaName]) -> Result<Vec<(ReplicaRecord, bool)>>;

    /// Applies events in one transaction: adds what starts, unless it is there;
    /// for a report reads the playback, lets `decide` change it and writes it
    /// back, and where it counted by that adds one to the movie and to the day.
    /// Answers each with its playback; `None` stands for one that is not there.
    async fn record_playbacks(
        &self,
        events: &[PlaybackEvent],
        decide: Decide,
    ) -> Result<Vec<Option<PlaybackRecord>>>;
    /// Views per movie and day.
    async fn view_report(&self, query: &ViewQuery) -> Result<ViewReport>;
    /// Counted, and not counted by reason.
    async fn explain_views(&self, id: MovieId) -> Result<ViewExplanation>;

    /// Adds an account; a taken name is a conflict.
    async fn insert_account(&self, account: &Account) -> Result<()>;
    /// The account of that name.
    async fn account(&self, name: &str) -> Result<Account>;
    /// How many accounts there are.
    async fn count_accounts(&self) -> Result<u64>;
    /// All accounts by name.
    async fn accounts(&self) -> Result<Vec<Account>>;
    /// Changes an account and ends its sessions; a conflict where no
    /// administrator would be left.
    async fn update_account(&self, name: &str, change: &AccountChange) -> Result<Account>;
    /// Removes an account and ends its sessions; a conflict where no
    /// administrator would be left.
    async fn delete_account(&self, name: &str) -> Result<()>;
    /// Adds a session or token, or replaces the token of that name.
    async fn put_credential(&self, credential: &Credential) -> Result<()>;
    /// Adds a token; a taken name is a conflict.
    async fn insert_token(&self, token: &Credential) -> Result<()>;
    /// All tokens by name, expired or not.
    async fn tokens(&self) -> Result<Vec<Credential>>;
    /// The session or token with that hash, expired or not.
    async fn credential(&self, secret_sha256: &[u8; 32]) -> Result<Credential>;
    /// Ends a session or token.
    async fn delete_credential(&self, secret_sha256: &[u8; 32]) -> Result<()>;
    /// Clears away what ended before `now`.
    async fn delete_expired_credentials(&self, now: Timestamp) -> Result<()>;

    /// Appends to the audit log, or writes over the entry with that id.
    async fn put_audit(&self, entry: &AuditEntry) -> Result<()>;
    /// Takes an entry out of the audit log: what it was to tell did not happen.
    async fn delete_audit(&self, id: Uuid) -> Result<()>;
    /// Entries of the audit log, those with the latest ids first.
    async fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditEntry>>;

    /// Sends every row that a backup carries, table by table in the order of
    /// [`super::carried::TABLES`], as of one moment.
    async fn export(&self, rows: mpsc::Sender<Row>) -> Result<()>;
    /// Puts rows in that order in the place of all that a backup carries, or
    /// does nothing: also where they break off before [`Step::End`]. All
    /// sessions end. Where there are movies, views, tokens or more accounts
    /// than the first it is a conflict ([`NOT_EMPTY`]), unless `replace`.
    async fn import(&self, steps: mpsc::Receiver<Step>, replace: bool) -> Result<()>;
}
