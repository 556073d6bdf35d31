//! Signed links: each grants its holder access to one media file for a limited time.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::media::MediaName;

/// The longest lifetime of a link, in days. A single link cannot be revoked:
/// only a new key, which invalidates all links, ends it early.
pub const MAX_LINK_DAYS: u32 = 366;
/// The most characters of [`NewLink::audience`].
pub const MAX_AUDIENCE_CHARS: usize = 100;

/// The request to create a signed link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewLink {
    /// The media file that the link plays.
    pub media: MediaName,
    /// The time when the link expires: at most [`MAX_LINK_DAYS`] from now.
    pub expires_at: Timestamp,
    /// The person that the link is for, with 1 to [`MAX_AUDIENCE_CHARS`] characters,
    /// which are readable in the link. The default is the name of the account that
    /// creates the link.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 100))]
    pub audience: Option<String>,
}

/// A signed link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Link {
    /// The path and query of the media file itself, on the server that created the link.
    pub path: String,
    /// The path and query of a page that plays the file, for a person with a browser.
    pub page_path: String,
    /// The time when the link expires, in whole seconds.
    pub expires_at: Timestamp,
    /// The person that the link is for.
    #[serde(rename = "for")]
    pub audience: String,
}
