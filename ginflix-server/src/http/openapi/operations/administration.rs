//! Probes, status, audit log, backups, and this description.

use ginflix_api::audit::{AuditEntry, AuditQuery};
use ginflix_api::backup::{self, BackupSummary};
use ginflix_api::status::ServerStatus;
use utoipa::openapi::Required;

use super::Described;
use crate::http::openapi::operation::Operation;

/// Returns the descriptions of these handlers.
pub fn operations() -> Vec<Described> {
    vec![
        (
            "health::live",
            Operation::api("Tells that the process is alive").response_of_type(
                200,
                "text/plain",
                "It is alive",
            ),
        ),
        (
            "health::ready",
            Operation::api("Tells whether the process accepts traffic")
                .text_params(&["strict"])
                .response_of_type(200, "text/plain", "It accepts traffic")
                .response_of_type(503, "text/plain", "With `strict`: something does not work"),
        ),
        (
            "openapi::show",
            Operation::api("Returns this description").json_response::<serde_json::Value>(200),
        ),
        (
            "status::show",
            Operation::api("Returns the status of the server").json_response::<ServerStatus>(200),
        ),
        (
            "audit::list",
            Operation::api("Lists audited changes, the latest first")
                .query_params::<AuditQuery>()
                .list_response::<AuditEntry>(),
        ),
        (
            "backups::export",
            Operation::api("Returns a backup of the catalogue as lines of JSON").response_of_type(
                200,
                backup::CONTENT_TYPE,
                "A header, rows, and an end",
            ),
        ),
        (
            "backups::import",
            Operation::api("Replaces the catalogue by a backup, completely or not at all")
                .optional_flag("replace", "Replace a catalogue that is not empty")
                .binary_body(&[backup::CONTENT_TYPE], Required::True)
                .json_response::<BackupSummary>(200)
                .error_responses(&[409, 507]),
        ),
    ]
}
