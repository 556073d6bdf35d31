//! What a backup carries: tables, their columns, and the one form in which
//! their values are the same from either database.
//!
//! Left behind on purpose: log-ins, which end; the cluster's own token, which
//! belongs to whoever manages that cluster; what can be made from the rest.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ginflix_api::account::Role;
use ginflix_api::media::MediaName;
use ginflix_api::movie::MovieId;
use ginflix_api::playback::PlayedRange;
use ginflix_api::views::Reason;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::store::{MovieRecord, Result, StoreError};

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number, not negative.
    Integer,
    /// A number.
    Real,
    /// Yes or no.
    Flag,
    /// A UUID.
    Id,
    /// A moment, to the microsecond.
    Time,
    /// A day.
    Day,
    /// A list of names.
    Names,
    /// Bytes, in base64.
    Bytes,
    /// Name of a file.
    Media,
    /// An IP address.
    Address,
    /// A role.
    Role,
    /// Why a playback does not count.
    Reason,
    /// Stretches that were played, as JSON in a text.
    Stretches,
    /// `token`: the only credentials that are carried.
    Token,
}

/// A column that is carried.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name in both databases.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be null.
    pub optional: bool,
}

/// A table that is carried.
#[derive(Debug)]
pub struct Table {
    /// Its name in both databases.
    pub name: &'static str,
    /// Columns that its rows are in order of.
    pub key: &'static str,
    /// Which of its rows.
    pub only: &'static str,
    /// What of them.
    pub columns: &'static [Column],
}

const fn of(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, optional: false }
}

const fn perhaps(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, optional: true }
}

const fn table(name: &'static str, key: &'static str, columns: &'static [Column]) -> Table {
    Table { name, key, only: "TRUE", columns }
}

/// Which credentials are carried; the others of them stay where they are not
/// log-ins.
pub const CARRIED_TOKENS: &str = "kind = 'token' AND name <> 'cluster'";

/// All tables in an order in which each refers to earlier ones only.
pub const TABLES: &[Table] = &[
    table(
        "media",
        "name",
        &[
            of("name", Kind::Media),
            of("size_bytes", Kind::Integer),
            of("sha256", Kind::Text),
            of("content_type", Kind::Text),
            perhaps("duration_seconds", Kind::Real),
            of("created_at", Kind::Time),
        ],
    ),
    table(
        MOVIES,
        "id",
        &[
            of("id", Kind::Id),
            of("title", Kind::Text),
            of("description", Kind::Text),
            perhaps("year", Kind::Integer),
            of("genres", Kind::Names),
            of("directors", Kind::Names),
            of("actors", Kind::Names),
            of("media", Kind::Media),
            of("version", Kind::Integer),
            of("created_at", Kind::Time),
            of("updated_at", Kind::Time),
        ],
    ),
    table(
        "posters",
        "movie_id",
        &[
            of("movie_id", Kind::Id),
            of("sha256", Kind::Text),
            of("content_type", Kind::Text),
            of("bytes", Kind::Bytes),
        ],
    ),
    table(
        "view_totals",
        "movie_id",
        &[
            of("movie_id", Kind::Id),
            of("title", Kind::Text),
            of("views", Kind::Integer),
            perhaps("last_viewed_at", Kind::Time),
        ],
    ),
    table("view_days", "day", &[of("day", Kind::Day), of("views", Kind::Integer)]),
    table(
        "view_movie_days",
        "day, movie_id",
        &[
            of("day", Kind::Day),
            of("movie_id", Kind::Id),
            of("views", Kind::Integer),
            of("last_viewed_at", Kind::Time),
        ],
    ),
    table(
        "playbacks",
        "id",
        &[
            of("id", Kind::Id),
            of("movie_id", Kind::Id),
            of("started_at", Kind::Time),
            perhaps("reported_at", Kind::Time),
            of("needed_seconds", Kind::Real),
            of("played", Kind::Stretches),
            of("watched_seconds", Kind::Real),
            perhaps("counted_at", Kind::Time),
            perhaps("reason", Kind::Reason),
        ],
    ),
    table(
        ACCOUNTS,
        "id",
        &[
            of("id", Kind::Id),
            of("name", Kind::Text),
            of("role", Kind::Role),
            of("password_hash", Kind::Text),
            of("created_at", Kind::Time),
        ],
    ),
    Table {
        name: CREDENTIALS,
        key: "secret_sha256",
        only: CARRIED_TOKENS,
        columns: &[
            of("secret_sha256", Kind::Bytes),
            of("kind", Kind::Token),
            of("name", Kind::Text),
            of("role", Kind::Role),
            of("created_at", Kind::Time),
            perhaps("expires_at", Kind::Time),
        ],
    },
    table(
        "audit",
        "id",
        &[
            of("id", Kind::Id),
            of("at", Kind::Time),
            of("who", Kind::Text),
            of("is_token", Kind::Flag),
            of("action", Kind::Text),
            of("target", Kind::Text),
            of("client", Kind::Address),
            of("request_id", Kind::Text),
            of("answered", Kind::Flag),
        ],
    ),
];

/// Of these rows more is made than what is carried.
pub const MOVIES: &str = "movies";
/// Of these one must be an administrator's.
pub const ACCOUNTS: &str = "accounts";
/// Of these not all are replaced.
pub const CREDENTIALS: &str = "credentials";

/// A row on its way, its values in the common form.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Which of [`TABLES`].
    pub table: usize,
    /// By column; each of the table's is there.
    pub values: Map<String, Value>,
}

/// What is wrong with a row.
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

/// What goes into a store.
#[derive(Debug)]
pub enum Step {
    /// One more row.
    Row(Row),
    /// That was all. Where this does not come, nothing came.
    End,
}

impl Table {
    /// The names of the columns, for a statement.
    pub fn names(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name).collect();
        names.join(", ")
    }

    /// A row as it was sent, in the common form.
    ///
    /// # Errors
    /// Where a value is missing or of another kind, or a column is not known.
    pub fn row(
        &self,
        mut sent: Map<String, Value>,
    ) -> std::result::Result<Map<String, Value>, RowError> {
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

impl Kind {
    /// The one form that a value has; `None` where it is none of this kind.
    fn common(self, value: Value) -> Option<Value> {
        fn read<T: DeserializeOwned + serde::Serialize>(value: Value) -> Option<Value> {
            serde_json::to_value(serde_json::from_value::<T>(value).ok()?).ok()
        }
        match self {
            Self::Text => value.as_str().filter(|text| !text.contains('\0')).map(Value::from),
            Self::Integer => value.as_i64().filter(|number| *number >= 0).map(Value::from),
            Self::Real => value.as_f64().map(Value::from),
            Self::Flag => read::<bool>(value),
            Self::Id => read::<Uuid>(value),
            Self::Time => {
                let time: Timestamp = serde_json::from_value(value).ok()?;
                serde_json::to_value(Timestamp::from_microsecond(time.as_microsecond()).ok()?).ok()
            }
            Self::Day => read::<Date>(value),
            Self::Names => read::<Vec<String>>(value),
            Self::Bytes => {
                Some(Value::from(STANDARD.encode(STANDARD.decode(value.as_str()?).ok()?)))
            }
            Self::Media => read::<MediaName>(value),
            Self::Address => read::<IpAddr>(value),
            Self::Role => read::<Role>(value),
            Self::Reason => read::<Reason>(value),
            Self::Stretches => {
                serde_json::from_str::<Vec<PlayedRange>>(value.as_str()?).ok()?;
                Some(value)
            }
            Self::Token => (value == "token").then_some(value),
        }
    }
}

/// The movie of a row.
pub fn movie(row: &Map<String, Value>) -> Result<MovieRecord> {
    fn field<T: DeserializeOwned>(row: &Map<String, Value>, name: &str) -> Result<T> {
        let value = row.get(name).cloned().unwrap_or_default();
        serde_json::from_value(value).map_err(|e| StoreError::Other(format!("{name}: {e}")))
    }
    Ok(MovieRecord {
        id: field::<MovieId>(row, "id")?,
        title: field(row, "title")?,
        description: field(row, "description")?,
        year: field(row, "year")?,
        genres: field(row, "genres")?,
        directors: field(row, "directors")?,
        cast: field(row, "actors")?,
        media: field(row, "media")?,
        version: field(row, "version")?,
        created_at: field(row, "created_at")?,
        updated_at: field(row, "updated_at")?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_have_one_form() {
        let same = [
            (Kind::Time, json!("2026-03-04T05:06:07.891+00:00"), json!("2026-03-04T05:06:07.891Z")),
            (Kind::Time, json!("2026-03-04T07:06:07+02:00"), json!("2026-03-04T05:06:07Z")),
            (Kind::Real, json!(90), json!(90.0)),
            (Kind::Bytes, json!("AP8="), json!("AP8=")),
            (Kind::Role, json!("admin"), json!("admin")),
            (Kind::Day, json!("2026-03-04"), json!("2026-03-04")),
        ];
        for (kind, sent, common) in same {
            assert_eq!(kind.common(sent), Some(common), "{kind:?}");
        }
        let none = [
            (Kind::Text, json!("a\0b")),
            (Kind::Text, json!(1)),
            (Kind::Integer, json!(-1)),
            (Kind::Integer, json!(1.5)),
            (Kind::Id, json!("1")),
            (Kind::Bytes, json!("***")),
            (Kind::Media, json!("../x.mp4")),
            (Kind::Role, json!("root")),
            (Kind::Stretches, json!("[1]")),
            (Kind::Token, json!("session")),
            (Kind::Time, Value::Null),
        ];
        for (kind, sent) in none {
            assert_eq!(kind.common(sent.clone()), None, "{kind:?} {sent}");
        }
    }

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
