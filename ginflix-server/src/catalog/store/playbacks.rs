//! Playbacks, and the reports of players on them.

use async_trait::async_trait;
use ginflix_api::media::MediaName;
use ginflix_api::movie::MovieId;
use ginflix_api::playback::PlayedRange;
use ginflix_api::views::{NotCountedReason, ViewBasis};
use jiff::Timestamp;
use uuid::Uuid;

use super::{ClientHash, Result};

/// A stored playback.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PlaybackRecord {
    /// The id.
    pub id: Uuid,
    /// The movie that is watched.
    pub movie_id: MovieId,
    /// The time at which it started.
    pub started_at: Timestamp,
    /// The time of the last report.
    pub reported_at: Option<Timestamp>,
    /// The seconds of content to watch for a view, fixed at the start.
    pub needed_seconds: f64,
    /// The ranges that were played, sorted and disjoint.
    pub played: Vec<PlayedRange>,
    /// The seconds of content that the view rule accepts as watched.
    pub watched_seconds: f64,
    /// The time at which it counted as a view.
    pub counted_at: Option<Timestamp>,
    /// The reason why it does not count (yet); `None` once it has counted.
    pub reason: Option<NotCountedReason>,
    /// The client that started it; `None` if it was started by a version that did not record it,
    /// or so long ago that this was deleted.
    #[serde(default)]
    pub client: Option<ClientHash>,
    /// The media file of the movie at the start; `None` as for `client`.
    #[serde(default)]
    pub media: Option<MediaName>,
    /// The bytes of that file that a streamer must have sent for a view, fixed at the start.
    #[serde(default)]
    pub needed_bytes: u64,
    /// The time at which enough was watched for a view, and since which it awaits evidence. If it
    /// counts, then at this time.
    #[serde(default)]
    pub eligible_at: Option<Timestamp>,
    /// Why it was believed when it counted; `None` if it has not counted, or in a version that
    /// required no evidence.
    #[serde(default)]
    pub basis: Option<ViewBasis>,
}

/// A report of a player.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PlaybackUpdate {
    /// The id of the playback.
    pub id: Uuid,
    /// All ranges that were played so far, as reported.
    pub played: Vec<PlayedRange>,
    /// The time at which the report arrived.
    pub at: Timestamp,
}

/// An event of a playback: its start, or a report.
///
/// Events are idempotent, even after later ones: the start of a playback that exists changes
/// nothing, and a report only adds ranges.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaybackEvent {
    /// The playback starts.
    Started(PlaybackRecord),
    /// A player reports.
    Played(PlaybackUpdate),
}

impl PlaybackEvent {
    /// Returns the id of the playback.
    pub fn id(&self) -> Uuid {
        match self {
            Self::Started(playback) => playback.id,
            Self::Played(update) => update.id,
        }
    }
}

/// A view rule: updates a playback by a report.
pub type ViewRule = fn(&mut PlaybackRecord, &PlaybackUpdate);

/// Stores playbacks, and the views that they count as.
#[async_trait]
pub trait PlaybackStore: Send + Sync + 'static {
    /// Applies events in order, in one transaction, and returns the playback of each event;
    /// `None` for a report on an unknown playback.
    ///
    /// A start inserts the playback if it does not exist. For a report the playback is read,
    /// updated by `rule` and written back. If it counts for the first time, one view is added to
    /// the movie and to the day.
    async fn record_playbacks(
        &self,
        events: &[PlaybackEvent],
        rule: ViewRule,
    ) -> Result<Vec<Option<PlaybackRecord>>>;
}
