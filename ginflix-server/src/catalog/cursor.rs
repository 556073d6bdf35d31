//! Opaque cursors, each of which marks the start of the next page of a list.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ginflix_api::movie::MovieSort;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::fuzzy::Fuzziness;
use super::store::SortKey;
use crate::error::AppError;

/// The content of a movie cursor: the last movie of a page, and the list that it belongs to.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MovieCursor {
    sort: MovieSort,
    after: SortKey,
    /// The fuzziness of the first page, which the following pages keep.
    #[serde(default, rename = "correction")]
    fuzziness: Fuzziness,
}

/// Encodes a position as a cursor: JSON in base64url.
pub fn encode<T: Serialize>(position: &T) -> Result<String, AppError> {
    Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(position).map_err(AppError::internal)?))
}

/// Decodes a cursor from a client.
///
/// # Errors
/// `Invalid` if it is not a cursor of this kind of list.
pub fn decode<T: DeserializeOwned>(cursor: &str) -> Result<T, AppError> {
    let json = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| invalid_cursor())?;
    serde_json::from_slice(&json).map_err(|_| invalid_cursor())
}

/// Encodes a position in a list of movies.
pub fn encode_movie(
    sort: MovieSort,
    after: SortKey,
    fuzziness: Fuzziness,
) -> Result<String, AppError> {
    encode(&MovieCursor { sort, after, fuzziness })
}

/// Decodes the cursor of a list of movies in this order: its position, and how the list matches
/// search words.
///
/// # Errors
/// `Invalid` if it is not a cursor, or belongs to a list in another order.
pub fn decode_movie(cursor: &str, sort: MovieSort) -> Result<(SortKey, Fuzziness), AppError> {
    let decoded: MovieCursor = decode(cursor)?;
    let is_numeric = matches!(sort, MovieSort::Views | MovieSort::Week | MovieSort::Relevance);
    // The key goes into a statement: PostgreSQL would refuse another type, and NUL in a text.
    let is_valid_key = match is_numeric {
        true => decoded.after.key.parse::<i64>().is_ok(),
        false => !decoded.after.key.contains('\0'),
    };
    match decoded.sort == sort && is_valid_key {
        true => Ok((decoded.after, decoded.fuzziness)),
        false => Err(invalid_cursor()),
    }
}

fn invalid_cursor() -> AppError {
    AppError::invalid(
        "cursor",
        "is invalid or belongs to another list; start again without a cursor",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use ginflix_api::movie::MovieId;
    use proptest::prelude::*;

    #[test]
    fn a_cursor_is_valid_only_for_its_own_list() {
        let after = SortKey { key: "12".to_owned(), id: MovieId::new() };
        let cursor = encode_movie(MovieSort::Views, after.clone(), Fuzziness::All).unwrap();
        let decoded = decode_movie(&cursor, MovieSort::Views).unwrap();
        assert_eq!(decoded, (after.clone(), Fuzziness::All));
        assert!(decode_movie(&cursor, MovieSort::Title).is_err());
        assert!(decode_movie(&cursor[1..], MovieSort::Views).is_err());
        let not_a_number = SortKey { key: "twelve".to_owned(), ..after.clone() };
        let cursor = encode_movie(MovieSort::Views, not_a_number, Fuzziness::None).unwrap();
        assert!(decode_movie(&cursor, MovieSort::Views).is_err());
        let nul = SortKey { key: "\0".to_owned(), ..after };
        let cursor = encode_movie(MovieSort::Title, nul, Fuzziness::None).unwrap();
        assert!(decode_movie(&cursor, MovieSort::Title).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_a_cursor_or_invalid(text in "\\PC{0,80}") {
            prop_assert!(decode_movie(&text, MovieSort::Newest).is_err());
        }
    }
}
