//! The audit log: which account changed what, when, and from which address.

use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One entry of the audit log: a request that changed something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// The id of the entry: a UUIDv7, so ids sort by time.
    pub id: Uuid,
    /// The time of the change.
    pub at: Timestamp,
    /// The name of the account or API token that made the change.
    pub who: String,
    /// Whether `who` names an API token.
    pub is_token: bool,
    /// The account that the API token belonged to; `null` for the cluster's own token, and if `who`
    /// names the account itself.
    #[serde(default)]
    pub account: Option<String>,
    /// The action, such as `movies.add`.
    pub action: String,
    /// The URL path of the resource that was changed.
    pub target: String,
    /// The address of the client.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub client: IpAddr,
    /// The id of the request in the server's log.
    pub request_id: String,
    /// Whether the request was completed. If `false`, the client disconnected
    /// before the response, and the change may have been made or not.
    pub answered: bool,
}

/// Selects entries of the audit log. The newest entries come first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields, default)]
pub struct AuditQuery {
    /// Only entries from this time on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Entries per page, 1 to 200; 50 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", param(minimum = 1, maximum = 200))]
    pub limit: Option<u32>,
    /// The `next_cursor` of the previous page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}
