//! The HTTP API of GinFlix: the types, names and paths that the server and its
//! clients share, and a typed client.
//!
//! # Layout
//! - [`media`]: media files on the streamers' volumes, and their names
//! - [`inspection`]: what is in a media file; [`playability`]: which browsers play it
//! - [`subtitles`]: subtitles that were added to media files
//! - [`library`]: folders of media files that are served from where they lie
//! - [`replica`]: the copies of media files on the streamers
//! - [`movie`]: catalogue entries; [`import`]: details of movies that come from outside
//! - [`collection`]: ordered lists of movies
//! - [`playback`] and [`views`]: playbacks, and the views counted from them
//! - [`account`]: roles, accounts, sessions and API tokens; [`watching`]: what an account has watched, and its list
//! - [`link`]: signed links
//! - [`audit`]: the audit log; [`backup`]: the format of backups
//! - [`status`]: the status of a running server
//! - [`error`]: the body of error responses
//! - [`tus`]: header fields of the resumable-upload protocol
//! - [`paths`]: every URL path, used by routes and clients alike
//! - [`client`]: the typed client, behind the feature `client`
//!
//! JSON names are in snake_case, times are RFC 3339 in UTC, sizes are in bytes,
//! durations in seconds, and ids are UUIDv7.

pub mod account;
pub mod audit;
pub mod backup;
#[cfg(feature = "client")]
pub mod client;
pub mod collection;
pub mod error;
pub mod import;
pub mod inspection;
pub mod library;
pub mod link;
pub mod media;
pub mod movie;
pub mod paths;
pub mod playability;
pub mod playback;
pub mod poster;
pub mod replica;
pub mod status;
pub mod subtitles;
pub mod tus;
pub mod views;
pub mod watching;

use serde::{Deserialize, Deserializer, Serialize};

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The entries, in the requested order.
    pub items: Vec<T>,
    /// The opaque value of the parameter `cursor` that requests the next page; `null` on
    /// the last page.
    pub next_cursor: Option<String>,
}

/// Distinguishes a field that is `null`, which is `Some(None)`, from an absent one, which is `None`.
fn present<'de, T, D>(value: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(value).map(Some)
}
