//! Every URL path that clients request.
//!
//! The server's table of routes has the same paths as patterns; its tests check
//! that the two agree.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use uuid::Uuid;

use crate::media::MediaName;
use crate::movie::MovieId;
use crate::poster::PosterWidth;

/// The characters that are percent-encoded in a path segment: all but the
/// `unreserved` ones of RFC 3986, section 2.3.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The folder of the media files.
const STREAM: &str = "/stream/";
/// The liveness probe.
pub const HEALTHZ: &str = "/healthz";
/// The readiness probe.
pub const READYZ: &str = "/readyz";
/// The status of the server, for administrators.
pub const STATUS: &str = "/api/v1/status";
/// The movies of the catalogue.
pub const MOVIES: &str = "/api/v1/movies";
/// The genres in use.
pub const GENRES: &str = "/api/v1/genres";
/// The media files.
pub const MEDIA: &str = "/api/v1/media";
/// The repairs: requests to verify media files on every streamer.
pub const REPAIRS: &str = "/api/v1/repairs";
/// The imports of movies.
pub const IMPORTS: &str = "/api/v1/imports";
/// The libraries: folders of media files that are served from where they lie.
pub const LIBRARIES: &str = "/api/v1/libraries";
/// The collections: ordered lists of movies.
pub const COLLECTIONS: &str = "/api/v1/collections";
/// The tus uploads.
pub const UPLOADS: &str = "/api/v1/uploads";
/// The playbacks.
pub const PLAYBACKS: &str = "/api/v1/playbacks";
/// The view report.
pub const VIEWS: &str = "/api/v1/views";
/// The session: log-in, log-out and the current account.
pub const SESSION: &str = "/api/v1/session";
/// The API tokens.
pub const TOKENS: &str = "/api/v1/tokens";
/// The accounts.
pub const USERS: &str = "/api/v1/users";
/// The account that is logged in.
pub const ACCOUNT: &str = "/api/v1/account";
/// The password of the account that is logged in.
pub const OWN_PASSWORD: &str = "/api/v1/account/password";
/// The sessions of the account that is logged in.
pub const OWN_SESSIONS: &str = "/api/v1/account/sessions";
/// The movies that the account that is logged in can continue.
pub const WATCHING: &str = "/api/v1/account/watching";
/// The history of the account that is logged in.
pub const HISTORY: &str = "/api/v1/account/history";
/// The list of the account that is logged in.
pub const WATCH_LIST: &str = "/api/v1/account/list";
/// The audit log.
pub const AUDIT: &str = "/api/v1/audit";
/// Export and import of backups.
pub const BACKUP: &str = "/api/v1/backup";
/// The signed links.
pub const LINKS: &str = "/api/v1/links";

/// Returns the path that a media file is streamed from.
pub fn stream(name: &MediaName) -> String {
    format!("{STREAM}{}", segment(name.as_str()))
}

/// Returns the path of the web page that plays a media file to the holders of a signed link. It needs the query of the link.
pub fn link_page(name: &MediaName) -> String {
    format!("/watch/{}", segment(name.as_str()))
}

/// Returns the path to which the page of a signed link reports playbacks.
pub fn link_playbacks(name: &MediaName) -> String {
    format!("{}/playbacks", link_page(name))
}

/// Splits a path into that of a media file and what is below it, with its slash: `/stream/a.mp4` and `/hls/master.m3u8`.
/// `None` for paths of other things. Nothing is decoded.
pub fn split_stream(path: &str) -> Option<(&str, &str)> {
    let name = path.strip_prefix(STREAM)?;
    let end = name.find('/').unwrap_or(name.len());
    Some(path.split_at(STREAM.len() + end))
}

/// Returns the path of a movie.
pub fn movie(id: MovieId) -> String {
    format!("{MOVIES}/{id}")
}

/// Returns the path of a movie's poster.
pub fn poster(id: MovieId) -> String {
    format!("{MOVIES}/{id}/poster")
}

/// Returns a path of a movie's poster that changes with the picture, so that the
/// response can be cached forever. `sha256` is the SHA-256 of the picture, as
/// hexadecimal digits.
pub fn poster_version(id: MovieId, sha256: &str) -> String {
    let version: String = sha256.chars().take(16).collect();
    format!("{}?v={version}", poster(id))
}

/// Returns the path of a poster in one of its widths. `path` is a movie's `poster_path`.
pub fn poster_of_width(path: &str, width: PosterWidth) -> String {
    let separator = if path.contains('?') { '&' } else { '?' };
    format!("{path}{separator}width={}", width.pixels())
}

/// Returns the path of a movie's web page.
pub fn movie_page(id: MovieId) -> String {
    format!("/movies/{id}")
}

/// Returns the path of a media file's metadata.
pub fn media(name: &MediaName) -> String {
    format!("{MEDIA}/{}", segment(name.as_str()))
}

/// Returns the path of the subtitles that were added to a media file.
pub fn subtitles(name: &MediaName) -> String {
    format!("{}/subtitles", media(name))
}

/// Returns the path of certain subtitles of a media file.
pub fn subtitles_of(name: &MediaName, id: Uuid) -> String {
    format!("{}/{id}", subtitles(name))
}

/// Returns the path to which the poster of an imported movie is sent, by its media file.
pub fn import_poster(name: &MediaName) -> String {
    format!("{IMPORTS}/{}/poster", segment(name.as_str()))
}

/// Returns the path to which imported subtitles of a media file are sent.
pub fn import_subtitles(name: &MediaName) -> String {
    format!("{IMPORTS}/{}/subtitles", segment(name.as_str()))
}

/// Returns the path of a library.
pub fn library(id: Uuid) -> String {
    format!("{LIBRARIES}/{id}")
}

/// Returns the path of the scans of a library.
pub fn library_scan(id: Uuid) -> String {
    format!("{LIBRARIES}/{id}/scan")
}

/// Returns the path of a collection.
pub fn collection(id: Uuid) -> String {
    format!("{COLLECTIONS}/{id}")
}

/// Returns the path of the list of a collection's movies.
pub fn collection_movies(id: Uuid) -> String {
    format!("{COLLECTIONS}/{id}/movies")
}

/// Returns the path of the imports of movies into a collection.
pub fn collection_imports(id: Uuid) -> String {
    format!("{COLLECTIONS}/{id}/imports")
}

/// Returns the path of the collections that a movie is in.
pub fn collections_of_movie(id: MovieId) -> String {
    format!("{MOVIES}/{id}/collections")
}

/// Returns the path of a collection's web page.
pub fn collection_page(id: Uuid) -> String {
    format!("/collections/{id}")
}

/// Returns the path of a session of the account that is logged in.
pub fn own_session(id: Uuid) -> String {
    format!("{OWN_SESSIONS}/{id}")
}

/// Returns the path of the position of the account in a movie.
pub fn watching(id: MovieId) -> String {
    format!("{WATCHING}/{id}")
}

/// Returns the path of a movie in the history of the account.
pub fn history_entry(id: MovieId) -> String {
    format!("{HISTORY}/{id}")
}

/// Returns the path of a movie on the list of the account.
pub fn watch_list_entry(id: MovieId) -> String {
    format!("{WATCH_LIST}/{id}")
}

/// Returns the path of what the account has to do with a movie.
pub fn watch_state(id: MovieId) -> String {
    format!("{ACCOUNT}/movies/{id}")
}

/// Returns the path of an upload.
pub fn upload(id: Uuid) -> String {
    format!("{UPLOADS}/{id}")
}

/// Returns the path from which other streamers fetch a media file.
pub fn peer_media(name: &MediaName) -> String {
    format!("/peer/v1/media/{}", segment(name.as_str()))
}

/// Returns the path to which other streamers forward an upload.
pub fn peer_upload(id: Uuid) -> String {
    format!("/peer/v1/uploads/{id}")
}

/// Returns the path of a playback.
pub fn playback(id: Uuid) -> String {
    format!("{PLAYBACKS}/{id}")
}

/// Returns the path of an API token.
pub fn token(name: &str) -> String {
    format!("{TOKENS}/{}", segment(name))
}

/// Returns the path of an account.
pub fn user(name: &str) -> String {
    format!("{USERS}/{}", segment(name))
}

/// Returns the path that explains why playbacks of a movie did or did not count.
pub fn explain_views(id: MovieId) -> String {
    format!("{VIEWS}/explain/{id}")
}

/// Percent-encodes a text as one path segment.
fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}
