//! What an account has watched and where it stopped, and its personal list.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::movie::{Movie, MovieId};

/// The most movies in the history of an account. The ones that were watched longest ago are dropped.
pub const MAX_HISTORY: usize = 5_000;
/// The most movies on the list of an account.
pub const MAX_LIST: usize = 1_000;
/// The greatest length of a movie in seconds that a position can be stored for: about 11 days.
pub const MAX_DURATION_SECONDS: f64 = 1_000_000.0;

/// The request of a user to change the own password. It ends all other sessions of the account.
// It has no `Debug`, so that no log can show the passwords.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The present password.
    pub current_password: String,
    /// The new password, with the limits of [`crate::account::NewUser::password`].
    #[cfg_attr(feature = "schema", schema(min_length = 10, max_length = 1024))]
    pub new_password: String,
}

/// A session of the account that is logged in, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct OwnSession {
    /// The id by which it can be ended. It does not reveal the secret.
    pub id: Uuid,
    /// The browser or program that logged in, such as `Firefox on Linux`; `null` if it is not known.
    pub browser: Option<String>,
    /// Whether this request belongs to it.
    pub is_current: bool,
    /// The time of the log-in.
    pub created_at: Timestamp,
    /// The time of its last use, up to an hour ago; `null` if it was not used since the log-in.
    pub used_at: Option<Timestamp>,
    /// The time when it expires.
    pub expires_at: Option<Timestamp>,
}

/// The request to store where an account stopped in a movie.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct WatchPosition {
    /// The position in seconds. One after the end counts as the end.
    #[cfg_attr(feature = "schema", schema(minimum = 0, maximum = 1_000_000))]
    pub position_seconds: f64,
    /// The length of the movie in seconds, more than 0.
    #[cfg_attr(feature = "schema", schema(minimum = 0, maximum = 1_000_000))]
    pub duration_seconds: f64,
}

/// A movie in the history of an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct WatchedMovie {
    /// The movie.
    pub movie: Movie,
    /// The position in seconds at which the account stopped; 0 if it starts from the beginning next time.
    pub position_seconds: f64,
    /// The length that the player reported with the position; 0 if it is not known.
    pub duration_seconds: f64,
    /// Whether the account has watched the movie to its end, or marked it as watched.
    pub watched: bool,
    /// The time when it was last watched.
    pub watched_at: Timestamp,
}

/// A movie on the list of an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MovieOnList {
    /// The movie.
    pub movie: Movie,
    /// The time when it was added to the list.
    pub added_at: Timestamp,
}

/// What an account has to do with one movie.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct WatchState {
    /// The id of the movie.
    pub movie_id: MovieId,
    /// The position in seconds at which the account stopped; 0 if it starts from the beginning next time.
    pub position_seconds: f64,
    /// The length that the player reported with the position; 0 if it is not known.
    pub duration_seconds: f64,
    /// Whether the account has watched the movie to its end, or marked it as watched.
    pub watched: bool,
    /// Whether the movie is on the list of the account.
    pub listed: bool,
}

/// The query of a page of the history, of the movies to continue or of the list, the latest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields, default)]
pub struct WatchQuery {
    /// The most entries of a page: 1 to 200, and 50 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", param(minimum = 1, maximum = 200))]
    pub limit: Option<u32>,
    /// The cursor of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}
