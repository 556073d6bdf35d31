//! The random secrets of sessions and API tokens, of which only hashes are stored.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::error::AppError;

/// The minimum length of a secret in characters: 32 characters of base64 have 192 bits.
pub const MIN_CHARS: usize = 32;
/// The maximum length of a secret in characters.
pub const MAX_CHARS: usize = 512;

/// The secret of a session or an API token; `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Creates a secret of 256 random bits.
    ///
    /// # Errors
    /// `Internal` if the system has no randomness.
    pub fn random() -> Result<Self, AppError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)
            .map_err(|e| AppError::internal(format!("the system has no randomness: {e}")))?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Accepts text of [`MIN_CHARS`] to [`MAX_CHARS`] visible ASCII characters.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (MIN_CHARS..=MAX_CHARS).contains(&text.len());
        (fits && text.bytes().all(|b| b.is_ascii_graphic())).then(|| Self(text.to_owned()))
    }

    /// Returns the secret itself, to be shown once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Returns the hash to store. SHA-256 is enough here: random bits cannot be guessed.
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_secrets_differ_and_can_be_parsed() {
        let (a, b) = (Secret::random().unwrap(), Secret::random().unwrap());
        assert_ne!(a.sha256(), b.sha256());
        assert_eq!(Secret::parse(a.reveal()), Some(a.clone()));
        assert!(!format!("{a:?}").contains(a.reveal()));
    }

    #[test]
    fn invalid_secrets_are_not_parsed() {
        for text in ["", "short", &"x".repeat(MIN_CHARS - 1), &"x".repeat(MAX_CHARS + 1)] {
            assert_eq!(Secret::parse(text), None);
        }
        assert_eq!(Secret::parse(&format!("{} {}", "x".repeat(20), "y".repeat(20))), None);
        assert!(Secret::parse(&"x".repeat(MIN_CHARS)).is_some());
    }
}
