//! Kinds of values in a backup, and the one form that each has there.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ginflix_api::account::Role;
use ginflix_api::media::MediaName;
use ginflix_api::playback::PlayedRange;
use ginflix_api::views::Reason;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

/// The kind of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number, not negative.
    Integer,
    /// A number.
    Real,
    /// A boolean.
    Flag,
    /// A UUID.
    Id,
    /// A time, to the microsecond.
    Time,
    /// A day.
    Day,
    /// A list of names.
    Names,
    /// Bytes, in base64.
    Bytes,
    /// The name of a media file.
    Media,
    /// An IP address.
    Address,
    /// An account's role.
    Role,
    /// The reason why a playback does not count.
    Reason,
    /// The ranges of a playback that were played, as JSON in a text.
    Ranges,
    /// The word `token`: no other credentials are carried.
    Token,
}

impl Kind {
    /// The value in the one form of its kind; `None` where it is not of this kind.
    pub fn common(self, value: Value) -> Option<Value> {
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
            Self::Ranges => {
                serde_json::from_str::<Vec<PlayedRange>>(value.as_str()?).ok()?;
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
            (Kind::Ranges, json!("[1]")),
            (Kind::Token, json!("session")),
            (Kind::Time, Value::Null),
        ];
        for (kind, sent) in none {
            assert_eq!(kind.common(sent.clone()), None, "{kind:?} {sent}");
        }
    }
}
