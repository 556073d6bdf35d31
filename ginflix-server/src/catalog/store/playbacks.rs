//! Playbacks, and what players report of them.

use async_trait::async_trait;
use ginflix_api::movie::MovieId;
use ginflix_api::playback::PlayedRange;
use ginflix_api::views::Reason;
use jiff::Timestamp;
use uuid::Uuid;

use super::Result;

/// A playback as stored.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PlaybackRecord {
    /// Its id.
    pub id: Uuid,
    /// The movie that is watched.
    pub movie_id: MovieId,
    /// When it started.
    pub started_at: Timestamp,
    /// When the last report came.
    pub reported_at: Option<Timestamp>,
    /// Seconds of content that make a view, fixed at the start.
    pub needed_seconds: f64,
    /// The ranges that were played: sorted, disjoint.
    pub played: Vec<PlayedRange>,
    /// Seconds of them that are believed.
    pub watched_seconds: f64,
    /// When it counted as a view.
    pub counted_at: Option<Timestamp>,
    /// Why it does not count (yet); `None` once it has counted.
    pub reason: Option<Reason>,
}

/// A player's report.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PlaybackUpdate {
    /// The playback that it reports on.
    pub id: Uuid,
    /// All ranges that were played, as reported.
    pub played: Vec<PlayedRange>,
    /// When the report arrived.
    pub at: Timestamp,
}

/// What happens to a playback: first the start, then reports.
///
/// An event may be applied again, even after later ones: a start of a playback
/// that is there changes nothing, and reports only ever add.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaybackEvent {
    /// It starts.
    Started(PlaybackRecord),
    /// A player reports on it.
    Played(PlaybackUpdate),
}

impl PlaybackEvent {
    /// The playback that it happens to.
    pub fn id(&self) -> Uuid {
        match self {
            Self::Started(playback) => playback.id,
            Self::Played(update) => update.id,
        }
    }
}

/// Changes a playback by a report: the view rule.
pub type ViewRule = fn(&mut PlaybackRecord, &PlaybackUpdate);

/// Stores playbacks, and the views that they make.
#[async_trait]
pub trait PlaybackStore: Send + Sync + 'static {
    /// Applies events in one transaction, and returns the playback of each;
    /// `None` stands for one that is not there.
    ///
    /// A start adds the playback, unless it is there. For a report the playback
    /// is read, changed by `rule` and written back; where it counts by that,
    /// the movie and the day get one view more.
    async fn record_playbacks(
        &self,
        events: &[PlaybackEvent],
        rule: ViewRule,
    ) -> Result<Vec<Option<PlaybackRecord>>>;
}
