//! The format of a backup: lines of JSON, namely a header, the rows and a summary.
//!
//! A backup without its summary is incomplete and must not be restored.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The version of the format. It grows when older servers cannot read a newer backup.
pub const FORMAT: u32 = 2;
/// The content type of a backup.
pub const CONTENT_TYPE: &str = "application/x-ndjson";
/// The most bytes a line may have, without its line break: enough for a poster in base64 and
/// the fields around it.
pub const MAX_LINE_BYTES: usize = 8 * 1024 * 1024;

/// One line of a backup.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackupLine {
    /// The first line.
    Begin(BackupHeader),
    /// A row of a table.
    Row(BackupRow),
    /// The last line.
    End(BackupSummary),
}

/// The header of a backup: its format, and when and by which server it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupHeader {
    /// The version of the format, see [`FORMAT`].
    pub format: u32,
    /// The version of the server that wrote the backup.
    pub made_by: String,
    /// The time of the snapshot that the rows are from.
    pub made_at: Timestamp,
}

/// A row of a table. Both kinds of database write the same form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackupRow {
    /// The name of the table.
    pub table: String,
    /// The values by column name.
    pub values: Map<String, Value>,
}

/// The numbers of rows of a backup, by which a reader detects that rows are missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct BackupSummary {
    /// The number of rows of each table.
    pub rows: BTreeMap<String, u64>,
}
