//! What the GinFlix server and its clients say to each other.
//!
//! # Layout
//! - [`media`]: names and facts of files on the streamers' volumes
//! - [`replica`]: which streamers have them
//! - [`movie`]: catalogue entries
//! - [`playback`] and [`views`]: watching, and what of it counted
//! - [`account`]: roles, log-in, sessions; [`link`]: signed links
//! - [`audit`]: who changed what; [`backup`]: all of it, to take elsewhere
//! - [`status`]: what a running server tells of itself
//! - [`error`]: the only error shape on the wire
//! - [`tus`]: names of the resumable-upload protocol
//! - [`paths`]: every URL path, used by routes and clients alike
//! - [`client`]: the typed client, behind the feature `client`
//!
//! JSON is snake_case; times are RFC 3339 in UTC, sizes bytes, durations
//! seconds, ids UUIDv7.

pub mod account;
pub mod audit;
pub mod backup;
#[cfg(feature = "client")]
pub mod client;
pub mod error;
pub mod link;
pub mod media;
pub mod movie;
pub mod paths;
pub mod playback;
pub mod replica;
pub mod status;
pub mod tus;
pub mod views;

use serde::{Deserialize, Serialize};

/// One page of a list; `next_cursor` asks for the page after it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The entries, in the order that was asked for.
    pub items: Vec<T>,
    /// Opaque; absent on the last page.
    pub next_cursor: Option<String>,
}
