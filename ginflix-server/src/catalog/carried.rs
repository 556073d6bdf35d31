//! What a backup carries: tables, their columns, and the one form in which
//! their values are the same from either database.
//!
//! Left behind on purpose: log-ins, which end; the cluster's own token, which
//! belongs to whoever manages that cluster; what can be made from the rest.

mod kind;
mod tables;

use serde_json::{Map, Value};

pub use self::kind::Kind;
pub use self::tables::{ACCOUNTS, CARRIED_TOKENS, CREDENTIALS, Column, MOVIES, TABLES, Table};

/// A row of a table, with each value in the one form of its kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The index of its table in [`TABLES`].
    pub table: usize,
    /// The values by column, with one for each column of the table.
    pub values: Map<String, Value>,
}

/// Why a row cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// A value is missing or of another kind than its column.
    #[error("the {column} of a row of {table} is none")]
    Value {
        /// Its column.
        column: &'static str,
        /// The row's table.
        table: &'static str,
    },
    /// The table has no such column.
    #[error("{table} has no {column}")]
    Column {
        /// The column as it was sent.
        column: String,
        /// The row's table.
        table: &'static str,
    },
}

/// A message to an import.
#[derive(Debug)]
pub enum Step {
    /// One more row.
    Row(Row),
    /// There are no more rows. Without this message the import fails.
    End,
}

impl Table {
    /// Checks a row, and puts each value into the one form of its kind.
    ///
    /// # Errors
    /// Where a value is missing or of another kind, or a column is not known.
    pub fn row(&self, mut sent: Map<String, Value>) -> Result<Map<String, Value>, RowError> {
        let mut values = Map::new();
        for column in self.columns {
            let value = match sent.remove(column.name).unwrap_or_default() {
                Value::Null if column.optional => Value::Null,
                value => column
                    .kind
                    .common(value)
                    .ok_or(RowError::Value { column: column.name, table: self.name })?,
            };
            values.insert(column.name.to_owned(), value);
        }
        match sent.into_iter().next() {
            Some((column, _)) => Err(RowError::Column { column, table: self.name }),
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
        let row = |value: Value| days.row(value.as_object().unwrap().clone());
        assert!(row(json!({"day": "2026-01-01", "views": 1})).is_ok());
        let why = row(json!({"day": "2026-01-01"})).unwrap_err();
        assert_eq!(why.to_string(), "the views of a row of view_days is none");
        let why = row(json!({"day": "2026-01-01", "views": 1, "x": 1})).unwrap_err();
        assert_eq!(why.to_string(), "view_days has no x");
    }
}
