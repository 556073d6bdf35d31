//! Opaque secrets of sessions and API tokens. Only their hashes are kept.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::error::AppError;

/// The fewest characters a secret may have: 32 of base64 hold 192 bits.
pub const MIN_CHARS: usize = 32;
/// The most characters that are looked at.
pub const MAX_CHARS: usize = 512;

/// What stands for a session or an API token. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A new one of 256 random bits.
    ///
    /// # Errors
    /// `Internal` where the system has no randomness.
    pub fn random() -> Result<Self, AppError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)
            .map_err(|e| AppError::internal(format!("no randomness: {e}")))?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// What a client sent or a file holds, if it can be one: [`MIN_CHARS`] to
    /// [`MAX_CHARS`] visible ASCII characters.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (MIN_CHARS..=MAX_CHARS).contains(&text.len());
        (fits && text.bytes().all(|b| b.is_ascii_graphic())).then(|| Self(text.to_owned()))
    }

    /// The secret itself, to hand out once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored. A plain hash is enough: there is nothing to guess.
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
    fn random_ones_differ_and_read_back() {
        let (a, b) = (Secret::random().unwrap(), Secret::random().unwrap());
        assert_ne!(a.sha256(), b.sha256());
        assert_eq!(Secret::parse(a.reveal()), Some(a.clone()));
        assert!(!format!("{a:?}").contains(a.reveal()));
    }

    #[test]
    fn what_cannot_be_a_secret_is_none() {
        for text in ["", "short", &"x".repeat(MIN_CHARS - 1), &"x".repeat(MAX_CHARS + 1)] {
            assert_eq!(Secret::parse(text), None);
        }
        assert_eq!(Secret::parse(&format!("{} {}", "x".repeat(20), "y".repeat(20))), None);
        assert!(Secret::parse(&"x".repeat(MIN_CHARS)).is_some());
    }
}
