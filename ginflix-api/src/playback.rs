//! Playbacks: one viewer watching one movie once.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::movie::MovieId;

/// The most ranges of one [`PlaybackReport`].
pub const MAX_RANGES: usize = 1_000;

/// The request to start a playback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StartPlayback {
    /// The movie that is watched.
    pub movie_id: MovieId,
}

/// A range of the movie's timeline that was played.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PlayedRange {
    /// The start of the range, in seconds from the start of the movie.
    pub start: f64,
    /// The end of the range, in seconds from the start of the movie.
    pub end: f64,
}

/// All ranges that were played so far, as in the property `played` of the HTML
/// element `video`.
///
/// Each report contains everything, and the server keeps the union. So a report
/// may be lost, sent twice or arrive out of order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PlaybackReport {
    /// The position of the player, in seconds from the start of the movie.
    pub position_seconds: f64,
    /// All ranges that were played, at most [`MAX_RANGES`].
    #[cfg_attr(feature = "schema", schema(max_items = 1000))]
    pub played: Vec<PlayedRange>,
}

/// The state of a playback on the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Playback {
    /// The id of the playback, which authorizes the client to report progress.
    pub id: Uuid,
    /// The movie that is watched.
    pub movie_id: MovieId,
    /// The time when the playback started, by the server's clock.
    pub started_at: Timestamp,
    /// The distinct content that was watched, in seconds. It cannot grow faster
    /// than the server's clock.
    pub watched_seconds: f64,
    /// The content that must be watched to count as a view, in seconds.
    pub needed_seconds: f64,
    /// Whether the playback has counted as a view.
    pub counted: bool,
    /// Whether enough was watched, and the playback counts within seconds if the streamers confirm
    /// that they sent the media file to this client.
    #[serde(default)]
    pub awaiting_evidence: bool,
}
