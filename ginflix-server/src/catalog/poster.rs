//! Validation of posters, by the rule that the command has too.

use ginflix_api::movie::MAX_POSTER_BYTES;
use ginflix_api::poster::{self, PosterError};
use sha2::{Digest, Sha256};

use super::store::Poster;
use crate::error::AppError;

/// Validates a picture, and creates the poster to store.
///
/// # Errors
/// `TooLarge` above [`MAX_POSTER_BYTES`], `Unprocessable` for absurd dimensions, `UnsupportedType` for any
/// other content.
pub fn from_bytes(bytes: Vec<u8>) -> Result<Poster, AppError> {
    if bytes.len() as u64 > MAX_POSTER_BYTES {
        return Err(AppError::too_large("a poster", MAX_POSTER_BYTES));
    }
    let content_type = poster::content_type(&bytes).map_err(|error| match error {
        PosterError::NotAPicture => AppError::UnsupportedType(error.to_string()),
        PosterError::Dimensions { .. } => AppError::unprocessable("poster", error.to_string()),
    })?;
    let sha256 = hex::encode(Sha256::digest(&bytes));
    Ok(Poster { content_type: content_type.to_owned(), bytes, sha256 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poster_has_a_size_limit() {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01".to_vec();
        bytes.resize(MAX_POSTER_BYTES as usize, 0);
        assert!(from_bytes(bytes.clone()).is_ok());
        bytes.push(0);
        assert!(matches!(from_bytes(bytes), Err(AppError::TooLarge(_))));
    }
}
