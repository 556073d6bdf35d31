//! Keys that sign links, and requests between streamers: in a file that is
//! given, else in one that is made in the data directory.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit};
use sha2::Sha256;

use crate::accounts::secret::{self, Secret};
use crate::durable;
use crate::error::AppError;

/// The file that is made in the data directory.
const FILE: &str = "link-keys";
/// Live keys: the one that signs, and the one before it.
const MOST: usize = 2;
/// The most bytes of a file that are read.
const MAX_FILE_BYTES: u64 = 4096;

/// One key, or two while one takes over from the other.
#[derive(Clone)]
pub struct HmacKeys {
    signing: Hmac<Sha256>,
    other: Option<Hmac<Sha256>>,
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the keys in {}: {reason}", .path.display())]
pub struct HmacKeysError {
    path: PathBuf,
    reason: Reason,
}

#[derive(Debug, thiserror::Error)]
enum Reason {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Random(#[from] AppError),
    #[error("a key has {} to {} visible ASCII characters", secret::MIN_CHARS, secret::MAX_CHARS)]
    Key,
    #[error("there must be 1 to {MOST} keys, each on a line of its own")]
    Count,
}

impl HmacKeys {
    /// The keys of a file: a line for each of one or two; the first one signs.
    ///
    /// # Errors
    /// Where it cannot be read, or a line is no key.
    pub fn read(path: &Path) -> Result<Self, HmacKeysError> {
        let mut text = String::new();
        File::open(path)
            .and_then(|opened| opened.take(MAX_FILE_BYTES).read_to_string(&mut text))
            .map_err(|e| refused(path, e))?;
        Self::parse(&text).map_err(|why| refused(path, why))
    }

    /// The keys of this data directory, made if there are none.
    ///
    /// # Errors
    /// As [`HmacKeys::read`], and where the file cannot be written.
    pub fn of_folder(folder: &Path) -> Result<Self, HmacKeysError> {
        let path = folder.join(FILE);
        if matches!(path.try_exists(), Ok(false)) {
            let secret = Secret::random().map_err(|e| refused(&path, e))?;
            let line = format!("{}\n", secret.reveal());
            durable::write(folder, FILE, line.as_bytes()).map_err(|e| refused(&path, e))?;
        }
        Self::read(&path)
    }

    fn parse(text: &str) -> Result<Self, Reason> {
        let keys = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| {
            let key = Secret::parse(line).ok_or(Reason::Key)?;
            Hmac::new_from_slice(key.reveal().as_bytes()).map_err(|_| Reason::Key)
        });
        let mut keys = keys.collect::<Result<Vec<_>, _>>()?.into_iter();
        match (keys.next(), keys.next(), keys.next()) {
            (Some(signing), other, None) => Ok(Self { signing, other }),
            _ => Err(Reason::Count),
        }
    }

    /// The key that new links are signed with.
    pub fn signing(&self) -> &Hmac<Sha256> {
        &self.signing
    }

    /// Every key whose links are let in.
    pub fn all(&self) -> impl Iterator<Item = &Hmac<Sha256>> {
        std::iter::once(&self.signing).chain(&self.other)
    }
}

fn refused(path: &Path, reason: impl Into<Reason>) -> HmacKeysError {
    HmacKeysError { path: path.to_owned(), reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_only_the_owner_reads_it() {
        let dir = tempfile::tempdir().unwrap();
        HmacKeys::of_folder(dir.path()).unwrap();
        let path = dir.path().join(FILE);
        let made = fs::read_to_string(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        HmacKeys::of_folder(dir.path()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), made);
    }

    #[test]
    fn one_or_two_keys_do() {
        let key = |letter: &str| letter.repeat(secret::MIN_CHARS);
        let count = |text: &str| HmacKeys::parse(text).map(|keys| keys.all().count());
        assert_eq!(count(&key("a")).ok(), Some(1));
        assert_eq!(count(&format!("{}\r\n\n{}\n", key("a"), key("b"))).ok(), Some(2));
        let three = [key("a"), key("b"), key("c")].join("\n");
        for poor in ["", "\n", "short", &format!("{}\nshort", key("a")), &three] {
            let why = count(poor).unwrap_err().to_string();
            assert!(!why.contains("short") && !why.contains(&key("a")), "{why}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let missing = HmacKeys::read(Path::new("/nonexistent/keys")).map(drop).unwrap_err();
        assert!(missing.to_string().contains("/nonexistent/keys"), "{missing}");
    }
}
