//! What of the watching counted.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::movie::MovieId;

/// Which views to report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields, default)]
pub struct ViewQuery {
    /// From the start of this day (UTC); without it, from the first view on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Date>,
    /// To the end of this day (UTC); without it, until now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Only so many movies, most viewed first; 1 to 1000, 100 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", param(minimum = 1, maximum = 1000))]
    pub top: Option<u32>,
    /// As JSON with all, or as CSV with one line for each movie or day; what
    /// `Accept` prefers if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<ViewFormat>,
    /// What a line of CSV stands for; a movie if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<ViewsBy>,
}

/// The form of a view report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ViewFormat {
    /// All of it.
    Json,
    /// A table, for spreadsheets.
    Csv,
}

/// What a line of a view report stands for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ViewsBy {
    /// A movie.
    #[default]
    Movie,
    /// A day.
    Day,
}

/// Views of one movie in the time asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MovieViews {
    /// Which movie; a removed one keeps its views.
    pub movie_id: MovieId,
    /// Its title.
    pub title: String,
    /// Playbacks that counted.
    pub views: u64,
    /// When the last of them counted.
    pub last_viewed_at: Option<Timestamp>,
}

/// Views of one day (UTC), over all movies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DayViews {
    /// The day.
    pub day: Date,
    /// Playbacks that counted.
    pub views: u64,
}

/// Views per movie and per day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ViewReport {
    /// All views in the time asked for, also of movies that `top` leaves out.
    pub total: u64,
    /// Most viewed first; movies without a view in that time come last.
    pub movies: Vec<MovieViews>,
    /// Days that have views, oldest first.
    pub days: Vec<DayViews>,
}

/// Why playbacks of a movie did or did not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ViewExplanation {
    /// Which movie.
    pub movie_id: MovieId,
    /// Its title.
    pub title: String,
    /// All playbacks that were started.
    pub playbacks: u64,
    /// Those that counted.
    pub counted: u64,
    /// Those that did not, by reason; with `counted` they make `playbacks`.
    pub not_counted: Vec<NotCounted>,
}

/// How many playbacks did not count for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct NotCounted {
    /// Why.
    pub reason: Reason,
    /// How many.
    pub playbacks: u64,
}

/// Why a playback did not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It was opened, and nothing was reported as played.
    NeverPlayed,
    /// Less distinct content was watched than a view needs.
    TooShort,
    /// More was reported than can have been watched since the start.
    AheadOfClock,
    /// The client is a known crawler.
    Crawler,
}
