//! Opaque cursors: where the next page of a list starts.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ginflix_api::movie::MovieSort;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::spelling::Correction;
use super::store::SortKey;
use crate::error::AppError;

/// A place in a list of movies, and in which order that list is.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MoviePlace {
    sort: MovieSort,
    after: SortKey,
    /// Which words were taken for others.
    #[serde(default)]
    correction: Correction,
}

/// A cursor as it goes to clients.
pub fn encode<T: Serialize>(place: &T) -> Result<String, AppError> {
    Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).map_err(AppError::internal)?))
}

/// What a client sent back.
///
/// # Errors
/// Where it is no cursor of such a list.
pub fn decode<T: DeserializeOwned>(cursor: &str) -> Result<T, AppError> {
    let json = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| foreign())?;
    serde_json::from_slice(&json).map_err(|_| foreign())
}

/// The cursor of a list of movies.
pub fn encode_movie(
    sort: MovieSort,
    after: SortKey,
    correction: Correction,
) -> Result<String, AppError> {
    encode(&MoviePlace { sort, after, correction })
}

/// The place that a cursor of a list in this order stands for, and which words
/// are taken for others in that list.
///
/// # Errors
/// Where it is no cursor, or one of another order.
pub fn decode_movie(cursor: &str, sort: MovieSort) -> Result<(SortKey, Correction), AppError> {
    let place: MoviePlace = decode(cursor)?;
    let numeric = matches!(sort, MovieSort::Views | MovieSort::Week | MovieSort::Relevance);
    let readable = match numeric {
        true => place.after.key.parse::<i64>().is_ok(),
        false => !place.after.key.contains('\0'),
    };
    match place.sort == sort && readable {
        true => Ok((place.after, place.correction)),
        false => Err(foreign()),
    }
}

fn foreign() -> AppError {
    AppError::invalid("cursor", "is not of this list; start again without a cursor")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ginflix_api::movie::MovieId;
    use proptest::prelude::*;

    #[test]
    fn only_its_own_list_takes_a_cursor() {
        let after = SortKey { key: "12".to_owned(), id: MovieId::new() };
        let cursor = encode_movie(MovieSort::Views, after.clone(), Correction::All).unwrap();
        let decoded = decode_movie(&cursor, MovieSort::Views).unwrap();
        assert_eq!(decoded, (after.clone(), Correction::All));
        assert!(decode_movie(&cursor, MovieSort::Title).is_err());
        assert!(decode_movie(&cursor[1..], MovieSort::Views).is_err());
        let words = SortKey { key: "twelve".to_owned(), ..after.clone() };
        let cursor = encode_movie(MovieSort::Views, words, Correction::None).unwrap();
        assert!(decode_movie(&cursor, MovieSort::Views).is_err());
        let nul = SortKey { key: "\0".to_owned(), ..after };
        let cursor = encode_movie(MovieSort::Title, nul, Correction::None).unwrap();
        assert!(decode_movie(&cursor, MovieSort::Title).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_a_cursor_or_invalid(text in "\\PC{0,80}") {
            prop_assert!(decode_movie(&text, MovieSort::Newest).is_err());
        }
    }
}
