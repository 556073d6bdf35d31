//! The types of values in a backup, and the normal form of each.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ginflix_api::account::Role;
use ginflix_api::inspection::Inspection;
use ginflix_api::media::MediaName;
use ginflix_api::movie::NewMovie;
use ginflix_api::playback::PlayedRange;
use ginflix_api::views::{NotCountedReason, ViewBasis};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

/// The type of a column of a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// A text without NUL, which PostgreSQL cannot store.
    Text,
    /// A whole number that is not negative.
    Integer,
    /// A floating-point number.
    Real,
    /// A boolean.
    Flag,
    /// A UUID.
    Id,
    /// A time in UTC, with microseconds as in both databases.
    Time,
    /// A day.
    Day,
    /// A list of names.
    Names,
    /// Bytes in base64.
    Bytes,
    /// The name of a media file.
    Media,
    /// An IP address.
    Address,
    /// The role of an account.
    Role,
    /// The reason why a playback does not count as a view.
    Reason,
    /// Why a playback was believed.
    Basis,
    /// The played ranges of a playback: JSON in a text.
    Ranges,
    /// The inspection of a media file: JSON in a text.
    Inspection,
    /// The imported details of a movie: JSON in a text.
    Details,
    /// The text `token`, as a backup contains no other credentials.
    Token,
}

impl ColumnType {
    /// Returns the value in the normal form of this type; `None` if it has another type.
    pub fn normalize(self, value: Value) -> Option<Value> {
        // Parses the value as a `T` and writes it again, so that equal values have equal JSON.
        fn reserialize<T: DeserializeOwned + serde::Serialize>(value: Value) -> Option<Value> {
            serde_json::to_value(serde_json::from_value::<T>(value).ok()?).ok()
        }
        match self {
            Self::Text => value.as_str().filter(|text| !text.contains('\0')).map(Value::from),
            Self::Integer => value.as_i64().filter(|number| *number >= 0).map(Value::from),
            Self::Real => value.as_f64().map(Value::from),
            Self::Flag => reserialize::<bool>(value),
            Self::Id => reserialize::<Uuid>(value),
            Self::Time => {
                let time: Timestamp = serde_json::from_value(value).ok()?;
                serde_json::to_value(Timestamp::from_microsecond(time.as_microsecond()).ok()?).ok()
            }
            Self::Day => reserialize::<Date>(value),
            Self::Names => reserialize::<Vec<String>>(value),
            Self::Bytes => {
                Some(Value::from(STANDARD.encode(STANDARD.decode(value.as_str()?).ok()?)))
            }
            Self::Media => reserialize::<MediaName>(value),
            Self::Address => reserialize::<IpAddr>(value),
            Self::Role => reserialize::<Role>(value),
            Self::Reason => reserialize::<NotCountedReason>(value),
            Self::Basis => reserialize::<ViewBasis>(value),
            Self::Ranges => {
                serde_json::from_str::<Vec<PlayedRange>>(value.as_str()?).ok()?;
                Some(value)
            }
            Self::Inspection => {
                serde_json::from_str::<Inspection>(value.as_str()?).ok()?;
                Some(value)
            }
            Self::Details => {
                serde_json::from_str::<NewMovie>(value.as_str()?).ok()?;
                Some(value)
            }
            Self::Token => (value == "token").then_some(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_have_a_normal_form() {
        let valid = [
            (
                ColumnType::Time,
                json!("2026-03-04T05:06:07.891+00:00"),
                json!("2026-03-04T05:06:07.891Z"),
            ),
            (ColumnType::Time, json!("2026-03-04T07:06:07+02:00"), json!("2026-03-04T05:06:07Z")),
            (ColumnType::Real, json!(90), json!(90.0)),
            (ColumnType::Bytes, json!("AP8="), json!("AP8=")),
            (ColumnType::Role, json!("admin"), json!("admin")),
            (ColumnType::Day, json!("2026-03-04"), json!("2026-03-04")),
        ];
        for (column_type, value, normal) in valid {
            assert_eq!(column_type.normalize(value), Some(normal), "{column_type:?}");
        }
        let invalid = [
            (ColumnType::Text, json!("a\0b")),
            (ColumnType::Text, json!(1)),
            (ColumnType::Integer, json!(-1)),
            (ColumnType::Integer, json!(1.5)),
            (ColumnType::Id, json!("1")),
            (ColumnType::Bytes, json!("***")),
            (ColumnType::Media, json!("../x.mp4")),
            (ColumnType::Role, json!("root")),
            (ColumnType::Ranges, json!("[1]")),
            (ColumnType::Inspection, json!("{\"tracks\": 1}")),
            (ColumnType::Details, json!("{\"title\": 1}")),
            (ColumnType::Token, json!("session")),
            (ColumnType::Time, Value::Null),
        ];
        for (column_type, value) in invalid {
            assert_eq!(column_type.normalize(value.clone()), None, "{column_type:?} {value}");
        }
    }
}
