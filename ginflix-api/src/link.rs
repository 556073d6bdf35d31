//! Signed links: whoever holds one may watch one film for a while.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::media::MediaName;

/// The most days that a link may last: it cannot be called back before its
/// time without a new key, which ends all others too.
pub const MAX_LINK_DAYS: u32 = 366;
/// The most characters that tell whom a link is for.
pub const MAX_AUDIENCE_CHARS: usize = 100;

/// Makes a signed link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewLink {
    /// The file that it plays.
    pub media: MediaName,
    /// When it is over: at most [`MAX_LINK_DAYS`] from now.
    pub expires_at: Timestamp,
    /// Whom it is for, up to [`MAX_AUDIENCE_CHARS`]; stands in the link for all
    /// to read. Whoever makes it if absent.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 100))]
    pub audience: Option<String>,
}

/// A signed link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Link {
    /// Path and query, on the server that made it.
    pub path: String,
    /// When it is over, to the second.
    pub expires_at: Timestamp,
    /// Whom it is for.
    #[serde(rename = "for")]
    pub audience: String,
}
