//! One viewer watching one movie once.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::movie::MovieId;

/// The most separate stretches one report may name.
pub const MAX_RANGES: usize = 1_000;

/// Starts a playback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StartPlayback {
    /// What is watched.
    pub movie_id: MovieId,
}

/// A stretch of the movie's own time that was played.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PlayedRange {
    /// From here, seconds from the start of the movie.
    pub start: f64,
    /// To here, seconds from the start of the movie.
    pub end: f64,
}

/// What has been played so far, as HTML's `TimeRanges` of `video.played` has it.
///
/// It is always the whole of it, so a report may be lost, sent twice or arrive
/// out of order: the server keeps the union.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PlaybackReport {
    /// Where the player is, seconds from the start.
    pub position_seconds: f64,
    /// All stretches played, at most [`MAX_RANGES`].
    #[cfg_attr(feature = "schema", schema(max_items = 1000))]
    pub played: Vec<PlayedRange>,
}

/// A playback as the server knows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Playback {
    /// Its id: whoever knows it may report progress.
    pub id: Uuid,
    /// What is watched.
    pub movie_id: MovieId,
    /// When it was started, by the server's clock.
    pub started_at: Timestamp,
    /// Distinct content watched, as far as the server believes it.
    pub watched_seconds: f64,
    /// How much makes a view.
    pub needed_seconds: f64,
    /// Whether it has counted.
    pub counted: bool,
}
