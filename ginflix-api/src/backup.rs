//! What a backup carries, as lines of JSON: a beginning, rows, an end.
//!
//! What has no end was broken off and stands for nothing.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The form of what is carried; grows when an older server could not read it.
pub const FORMAT: u32 = 1;
/// Type of a body of such lines.
pub const CONTENT_TYPE: &str = "application/x-ndjson";
/// The most bytes a line may have: a poster in base64, and room around it.
pub const MAX_LINE_BYTES: usize = 8 * 1024 * 1024;

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackupLine {
    /// The first one.
    Begin(BackupHeader),
    /// A row of a table.
    Row(BackupRow),
    /// The last one.
    End(BackupSummary),
}

/// What is to come, and from whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupHeader {
    /// See [`FORMAT`].
    pub format: u32,
    /// Version of the server.
    pub made_by: String,
    /// When it was made; the rows are those of that time.
    pub made_at: Timestamp,
}

/// A row of a table, in the same form whichever database it is from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackupRow {
    /// Which table.
    pub table: String,
    /// Column by column.
    pub values: Map<String, Value>,
}

/// How much was carried.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct BackupSummary {
    /// Rows of each table.
    pub rows: BTreeMap<String, u64>,
}
