//! Who changed what, when, and from where.

use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// Its id; UUIDv7, so ids sort by time.
    pub id: Uuid,
    /// When it was made.
    pub at: Timestamp,
    /// Who made it: the name of an account or of an API token.
    pub who: String,
    /// Whether that is an API token.
    pub is_token: bool,
    /// What was done, such as `movies.add`.
    pub action: String,
    /// The path of what was changed.
    pub target: String,
    /// The client's address.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub client: IpAddr,
    /// Finds the request in the server's log.
    pub request_id: String,
    /// `false` where the client went away before it was answered: then it may
    /// have been done or not.
    pub answered: bool,
}

/// Which changes; the latest come first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields, default)]
pub struct AuditQuery {
    /// From this time on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Entries a page, 1 to 200; 50 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", param(minimum = 1, maximum = 200))]
    pub limit: Option<u32>,
    /// From the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}
