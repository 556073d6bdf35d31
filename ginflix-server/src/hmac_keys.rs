//! Secret keys for HMAC-SHA256 (RFC 2104), read from a file. They sign links, and requests between
//! streamers.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit};
use sha2::Sha256;

use crate::accounts::secret::{self, Secret};
use crate::durable;
use crate::error::AppError;
use crate::file_modes;

/// The name of the file in the data directory that has the keys of links.
const KEY_FILE_NAME: &str = "link-keys";
/// Keys that may be valid at the same time: the one that signs, and its predecessor.
const KEY_LIMIT: usize = 2;
/// Maximum bytes of a key file that are read.
const KEY_FILE_LIMIT_BYTES: u64 = 4096;

/// One key, or two while one replaces the other.
#[derive(Clone)]
pub struct HmacKeys {
    signing_key: Hmac<Sha256>,
    previous_key: Option<Hmac<Sha256>>,
}

/// The reason why the keys of a file cannot be used. The text never contains a key.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the keys in {}: {reason}", .path.display())]
pub struct HmacKeysError {
    path: PathBuf,
    reason: InvalidKeys,
}

#[derive(Debug, thiserror::Error)]
enum InvalidKeys {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("the system has no random numbers for a new key; start the server again")]
    Random(#[from] AppError),
    #[error(
        "a key must have {} to {} visible ASCII characters",
        secret::MIN_CHARS,
        secret::MAX_CHARS
    )]
    Key,
    #[error("there must be 1 to {KEY_LIMIT} keys, each on a line of its own")]
    Count,
}

impl HmacKeys {
    /// Reads one or two keys from a file, one per line. The first one signs, both verify.
    ///
    /// # Errors
    /// The file cannot be read, or holds no valid keys.
    pub fn read(path: &Path) -> Result<Self, HmacKeysError> {
        let mut text = String::new();
        File::open(path)
            .and_then(|opened| opened.take(KEY_FILE_LIMIT_BYTES).read_to_string(&mut text))
            .map_err(|e| unusable(path, e))?;
        Self::parse(&text).map_err(|reason| unusable(path, reason))
    }

    /// Reads the keys of a data directory, and creates a random one if there is none.
    ///
    /// # Errors
    /// As [`HmacKeys::read`], or the file cannot be written.
    pub fn open_or_create(folder: &Path) -> Result<Self, HmacKeysError> {
        let path = folder.join(KEY_FILE_NAME);
        if matches!(path.try_exists(), Ok(false)) {
            let secret = Secret::random().map_err(|e| unusable(&path, e))?;
            let line = format!("{}\n", secret.reveal());
            durable::write(folder, KEY_FILE_NAME, line.as_bytes())
                .map_err(|e| unusable(&path, e))?;
        }
        file_modes::make_private([path.clone()]);
        Self::read(&path)
    }

    fn parse(text: &str) -> Result<Self, InvalidKeys> {
        let keys = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| {
            let key = Secret::parse(line).ok_or(InvalidKeys::Key)?;
            Hmac::new_from_slice(key.reveal().as_bytes()).map_err(|_| InvalidKeys::Key)
        });
        let mut keys = keys.collect::<Result<Vec<_>, _>>()?.into_iter();
        match (keys.next(), keys.next(), keys.next()) {
            (Some(signing_key), previous_key, None) => Ok(Self { signing_key, previous_key }),
            _ => Err(InvalidKeys::Count),
        }
    }

    /// Returns the key to sign with.
    pub fn signing_key(&self) -> &Hmac<Sha256> {
        &self.signing_key
    }

    /// Iterates over all keys whose signatures are valid.
    pub fn verifying_keys(&self) -> impl Iterator<Item = &Hmac<Sha256>> {
        std::iter::once(&self.signing_key).chain(&self.previous_key)
    }
}

fn unusable(path: &Path, reason: impl Into<InvalidKeys>) -> HmacKeysError {
    HmacKeysError { path: path.to_owned(), reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_is_created_once_and_only_the_owner_can_read_it() {
        let dir = tempfile::tempdir().unwrap();
        HmacKeys::open_or_create(dir.path()).unwrap();
        let path = dir.path().join(KEY_FILE_NAME);
        let created = fs::read_to_string(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        HmacKeys::open_or_create(dir.path()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), created);
    }

    #[test]
    fn a_file_has_one_or_two_keys() {
        let key = |letter: &str| letter.repeat(secret::MIN_CHARS);
        let count = |text: &str| HmacKeys::parse(text).map(|keys| keys.verifying_keys().count());
        assert_eq!(count(&key("a")).ok(), Some(1));
        assert_eq!(count(&format!("{}\r\n\n{}\n", key("a"), key("b"))).ok(), Some(2));
        let three = [key("a"), key("b"), key("c")].join("\n");
        for invalid in ["", "\n", "short", &format!("{}\nshort", key("a")), &three] {
            let why = count(invalid).unwrap_err().to_string();
            assert!(!why.contains("short") && !why.contains(&key("a")), "{why}");
        }
    }

    #[test]
    fn an_unreadable_file_is_named() {
        let missing = HmacKeys::read(Path::new("/nonexistent/keys")).map(drop).unwrap_err();
        assert!(missing.to_string().contains("/nonexistent/keys"), "{missing}");
    }
}
