//! Views: the playbacks that counted.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::movie::MovieId;

/// Selects the views of a report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields, default)]
pub struct ViewQuery {
    /// The first day of the report (UTC); if absent, the day of the first view.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Date>,
    /// The last day of the report (UTC); if absent, today.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// The most movies in the report, most viewed first; 1 to 1000, 100 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", param(minimum = 1, maximum = 1000))]
    pub top: Option<u32>,
    /// The format; if absent, the one that `Accept` prefers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<ViewFormat>,
    /// The rows of the CSV table; one for each movie if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<ViewsBy>,
}

/// The format of a view report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ViewFormat {
    /// The whole report.
    Json,
    /// A table for spreadsheets, with one row for each movie or day.
    Csv,
}

/// The rows of a view report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ViewsBy {
    /// One row for each movie.
    #[default]
    Movie,
    /// One row for each day.
    Day,
}

/// The views of one movie in the requested time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MovieViews {
    /// The id of the movie. A movie that was removed keeps its views.
    pub movie_id: MovieId,
    /// The title of the movie.
    pub title: String,
    /// The number of playbacks that counted.
    pub views: u64,
    /// The time when the last of these playbacks counted; `null` if there are none.
    pub last_viewed_at: Option<Timestamp>,
}

/// The views of all movies on one day (UTC).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DayViews {
    /// The day.
    pub day: Date,
    /// The number of playbacks that counted.
    pub views: u64,
}

/// The views per movie and per day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ViewReport {
    /// The number of views in the requested time, including those of movies that `top`
    /// leaves out.
    pub total: u64,
    /// The views per movie, most viewed first, including movies without views.
    pub movies: Vec<MovieViews>,
    /// The views per day, oldest first, without days that have no views.
    pub days: Vec<DayViews>,
}

/// The reasons why playbacks of a movie did or did not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ViewExplanation {
    /// The id of the movie.
    pub movie_id: MovieId,
    /// The title of the movie.
    pub title: String,
    /// The number of playbacks that were started.
    pub playbacks: u64,
    /// The number of playbacks that counted.
    pub counted: u64,
    /// The playbacks that counted, by what was believed. They add up to `counted`.
    #[serde(default)]
    pub counted_by: Vec<CountedBy>,
    /// The playbacks that did not count (yet), by reason. With `counted` they add up to
    /// `playbacks`.
    pub not_counted: Vec<NotCounted>,
}

/// The number of playbacks that counted on one basis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CountedBy {
    /// The basis.
    pub basis: ViewBasis,
    /// The number of playbacks.
    pub playbacks: u64,
}

/// Why a playback was believed and counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ViewBasis {
    /// Streamers sent the client enough of the media file.
    Sent,
    /// The client revalidated the copy of the media file in its cache (304), within the hourly
    /// limit of its address.
    Revalidated,
    /// It could not be known what the client was sent, so the hourly limit of its address applied.
    Unverified,
    /// The report of the player alone, in a version of the server that did not ask for more.
    Reported,
}

/// The number of playbacks that did not count for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct NotCounted {
    /// The reason.
    pub reason: NotCountedReason,
    /// The number of playbacks.
    pub playbacks: u64,
}

/// The reason why a playback did not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NotCountedReason {
    /// The player was opened, but reported no played content.
    NeverPlayed,
    /// Less distinct content was watched than a view needs.
    TooShort,
    /// More content was reported than can have been watched since the start.
    AheadOfClock,
    /// The client is a known crawler.
    Crawler,
    /// Enough was watched; the playback counts as soon as the streamers confirm that they sent it.
    AwaitingEvidence,
    /// No streamer sent anything of the media file to the client's address in the last hour.
    NoEvidence,
    /// More playbacks were reported from the client's address than the streamers sent data for.
    MoreThanSent,
    /// It could not be known what the client was sent, and the hourly limit of its address was
    /// reached.
    UnverifiedLimit,
}
