//! Validation of posters: by their content, because the content type and the name that a client
//! sends prove nothing.

use ginflix_api::movie::MAX_POSTER_BYTES;
use sha2::{Digest, Sha256};

use super::store::Poster;
use crate::error::AppError;

/// Detects the content type of a JPEG, PNG or WebP picture by its first bytes.
pub fn content_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// Validates a picture, and creates the poster to store.
///
/// # Errors
/// `TooLarge` above [`MAX_POSTER_BYTES`], `UnsupportedType` for any other content.
pub fn from_bytes(bytes: Vec<u8>) -> Result<Poster, AppError> {
    if bytes.len() as u64 > MAX_POSTER_BYTES {
        return Err(AppError::TooLarge { what: "a poster", limit_bytes: MAX_POSTER_BYTES });
    }
    let content_type = content_type(&bytes).ok_or_else(|| {
        AppError::UnsupportedType("a poster must be a JPEG, PNG or WebP picture".to_owned())
    })?;
    let sha256 = hex::encode(Sha256::digest(&bytes));
    Ok(Poster { content_type: content_type.to_owned(), bytes, sha256 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_is_detected_by_the_content() {
        assert_eq!(content_type(b"\xff\xd8\xff\xe0..JFIF"), Some("image/jpeg"));
        assert_eq!(content_type(b"\x89PNG\r\n\x1a\n...."), Some("image/png"));
        assert_eq!(content_type(b"RIFF\x10\0\0\0WEBPVP8 "), Some("image/webp"));
        assert_eq!(content_type(b"RIFF\x10\0\0\0WAVE"), None);
        assert_eq!(content_type(b"<svg onload=alert(1)>"), None);
        assert_eq!(content_type(b""), None);
    }

    #[test]
    fn a_poster_has_a_size_limit() {
        let mut bytes = b"\xff\xd8\xff".to_vec();
        bytes.resize(MAX_POSTER_BYTES as usize, 0);
        assert!(from_bytes(bytes.clone()).is_ok());
        bytes.push(0);
        assert!(matches!(from_bytes(bytes), Err(AppError::TooLarge { .. })));
    }
}
