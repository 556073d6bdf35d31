//! Every URL path that clients ask for.
//!
//! The server's one table of routes spells the same paths as patterns; its
//! tests hold the two together.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use uuid::Uuid;

use crate::media::MediaName;
use crate::movie::MovieId;

/// What a path segment keeps as it is: RFC 3986 `unreserved`.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The process lives.
pub const HEALTHZ: &str = "/healthz";
/// It may take traffic.
pub const READYZ: &str = "/readyz";
/// Facts for administrators.
pub const STATUS: &str = "/api/v1/status";
/// The catalogue.
pub const MOVIES: &str = "/api/v1/movies";
/// Genres in use.
pub const GENRES: &str = "/api/v1/genres";
/// Files on the volumes.
pub const MEDIA: &str = "/api/v1/media";
/// Asks streamers to verify their files.
pub const REPAIRS: &str = "/api/v1/repairs";
/// tus uploads.
pub const UPLOADS: &str = "/api/v1/uploads";
/// Playbacks.
pub const PLAYBACKS: &str = "/api/v1/playbacks";
/// View report.
pub const VIEWS: &str = "/api/v1/views";
/// Log in, out, who am I.
pub const SESSION: &str = "/api/v1/session";
/// API tokens.
pub const TOKENS: &str = "/api/v1/tokens";
/// Accounts.
pub const USERS: &str = "/api/v1/users";
/// Who changed what.
pub const AUDIT: &str = "/api/v1/audit";
/// All that a backup carries.
pub const BACKUP: &str = "/api/v1/backup";
/// Signed links.
pub const LINKS: &str = "/api/v1/links";

/// Where a file plays.
pub fn stream(name: &MediaName) -> String {
    format!("/stream/{}", segment(name.as_str()))
}

/// One movie.
pub fn movie(id: MovieId) -> String {
    format!("{MOVIES}/{id}")
}

/// A movie's poster.
pub fn poster(id: MovieId) -> String {
    format!("{MOVIES}/{id}/poster")
}

/// A movie's poster, under a path that changes with the picture, so that it may
/// be cached for good. `sha256` is the picture's, hexadecimal.
pub fn poster_version(id: MovieId, sha256: &str) -> String {
    let version: String = sha256.chars().take(16).collect();
    format!("{}?v={version}", poster(id))
}

/// A movie's page for people.
pub fn movie_page(id: MovieId) -> String {
    format!("/movies/{id}")
}

/// One file's facts.
pub fn media(name: &MediaName) -> String {
    format!("{MEDIA}/{}", segment(name.as_str()))
}

/// One upload.
pub fn upload(id: Uuid) -> String {
    format!("{UPLOADS}/{id}")
}

/// A file's bytes, for other streamers.
pub fn peer_media(name: &MediaName) -> String {
    format!("/peer/v1/media/{}", segment(name.as_str()))
}

/// One upload, for other streamers.
pub fn peer_upload(id: Uuid) -> String {
    format!("/peer/v1/uploads/{id}")
}

/// One playback.
pub fn playback(id: Uuid) -> String {
    format!("{PLAYBACKS}/{id}")
}

/// One API token.
pub fn token(name: &str) -> String {
    format!("{TOKENS}/{}", segment(name))
}

/// One account.
pub fn user(name: &str) -> String {
    format!("{USERS}/{}", segment(name))
}

/// Why playbacks of a movie did or did not count.
pub fn explain_views(id: MovieId) -> String {
    format!("{VIEWS}/explain/{id}")
}

fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}
