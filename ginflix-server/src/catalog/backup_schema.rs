//! The schema of backups: their tables and columns, and one normal form of values that is the
//! same whichever database they come from.
//!
//! A backup leaves out sessions, which are short-lived, the token of the cluster, which belongs
//! to the operator of that cluster, and everything that can be derived from the rest.

mod column_type;
mod tables;

use serde_json::{Map, Value};

pub use self::column_type::ColumnType;
pub use self::tables::{
    ACCOUNTS, BackupColumn, BackupTable, COLLECTIONS, CREDENTIALS, EXPORTED_TOKENS, MOVIES, TABLES,
};

/// A row of a backup, with every value in the normal form of its column type.
#[derive(Debug, Clone, PartialEq)]
pub struct BackupRow {
    /// The index of its table in [`TABLES`].
    pub table: usize,
    /// The values by column name: one for each column of the table.
    pub values: Map<String, Value>,
}

/// The reason why a row of a backup is invalid.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BackupRowError {
    /// A value is missing or has another type than its column.
    #[error("a row of {table} has no valid value for {column}")]
    InvalidValue {
        /// The name of the column.
        column: &'static str,
        /// The name of the table.
        table: &'static str,
    },
    /// The table has no such column.
    #[error("a row of {table} has the unknown column {column}")]
    UnknownColumn {
        /// The name of the column as it stands in the row.
        column: String,
        /// The name of the table.
        table: &'static str,
    },
}

/// A message to an import in progress.
#[derive(Debug)]
pub enum ImportMessage {
    /// The next row.
    Row(BackupRow),
    /// The end of the backup. Without this message the import is rolled back.
    End,
}

impl BackupTable {
    /// Validates a row and brings each value into the normal form of its column type.
    ///
    /// # Errors
    /// A value is missing or has another type, or a column is unknown.
    pub fn validate_row(
        &self,
        mut row: Map<String, Value>,
    ) -> Result<Map<String, Value>, BackupRowError> {
        let mut values = Map::new();
        for column in self.columns {
            let value = match row.remove(column.name).unwrap_or_default() {
                Value::Null if column.nullable => Value::Null,
                value => {
                    column.column_type.normalize(value).ok_or(BackupRowError::InvalidValue {
                        column: column.name,
                        table: self.name,
                    })?
                }
            };
            values.insert(column.name.to_owned(), value);
        }
        match row.into_iter().next() {
            Some((column, _)) => Err(BackupRowError::UnknownColumn { column, table: self.name }),
            None => Ok(values),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_row_has_the_columns_of_its_table() {
        let days = TABLES.iter().find(|table| table.name == "view_days").unwrap();
        let validate = |row: Value| days.validate_row(row.as_object().unwrap().clone());
        assert!(validate(json!({"day": "2026-01-01", "views": 1})).is_ok());
        let error = validate(json!({"day": "2026-01-01"})).unwrap_err();
        assert_eq!(error.to_string(), "a row of view_days has no valid value for views");
        let error = validate(json!({"day": "2026-01-01", "views": 1, "x": 1})).unwrap_err();
        assert_eq!(error.to_string(), "a row of view_days has the unknown column x");
    }

    #[test]
    fn a_token_of_format_1_has_no_account() {
        let tokens = TABLES.iter().find(|table| table.name == CREDENTIALS).unwrap();
        let row = json!({
            "secret_sha256": "AAAA", "kind": "token", "name": "robot", "role": "viewer",
            "created_at": "2026-01-01T00:00:00Z", "expires_at": null,
        });
        let values = tokens.validate_row(row.as_object().unwrap().clone()).unwrap();
        assert_eq!(values["account"], Value::Null);
    }
}
