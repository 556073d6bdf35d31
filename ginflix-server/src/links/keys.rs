//! The keys of signed links: in a file that is given, else in one that is made
//! in the data directory.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit};
use sha2::Sha256;

use crate::accounts::secret::{self, Secret};
use crate::media::durable;

/// The file that is made in the data directory.
const FILE: &str = "link-keys";
/// Live keys: the one that signs, and the one before it.
const MOST: usize = 2;
/// The most bytes of a file that are read.
const MAX_FILE_BYTES: u64 = 4096;

/// One key, or two while one takes over from the other.
#[derive(Clone)]
pub struct LinkKeys {
    signing: Hmac<Sha256>,
    other: Option<Hmac<Sha256>>,
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the keys in {}: {why}", .path.display())]
pub struct LinkKeysError {
    path: PathBuf,
    why: String,
}

impl LinkKeys {
    /// The keys of a file: a line for each of one or two; the first one signs.
    ///
    /// # Errors
    /// Where it cannot be read, or a line is no key.
    pub fn read(path: &Path) -> Result<Self, LinkKeysError> {
        let mut text = String::new();
        File::open(path)
            .and_then(|opened| opened.take(MAX_FILE_BYTES).read_to_string(&mut text))
            .map_err(|e| refused(path, e))?;
        Self::parse(&text).map_err(|why| refused(path, why))
    }

    /// The keys of this data directory, made if there are none.
    ///
    /// # Errors
    /// As [`LinkKeys::read`], and where the file cannot be written.
    pub fn of_folder(folder: &Path) -> Result<Self, LinkKeysError> {
        let path = folder.join(FILE);
        if matches!(path.try_exists(), Ok(false)) {
            let secret = Secret::random().map_err(|e| refused(&path, e))?;
            let line = format!("{}\n", secret.reveal());
            durable::write(folder, FILE, line.as_bytes()).map_err(|e| refused(&path, e))?;
        }
        Self::read(&path)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let (least, most) = (secret::MIN_CHARS, secret::MAX_CHARS);
        let keys = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| {
            let key = Secret::parse(line)
                .ok_or_else(|| format!("a key has {least} to {most} visible ASCII characters"))?;
            Hmac::new_from_slice(key.reveal().as_bytes()).map_err(|e| e.to_string())
        });
        let mut keys = keys.collect::<Result<Vec<_>, _>>()?.into_iter();
        match (keys.next(), keys.next(), keys.next()) {
            (Some(signing), other, None) => Ok(Self { signing, other }),
            _ => Err(format!("there must be 1 to {MOST} keys, each on a line of its own")),
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

fn refused(path: &Path, why: impl ToString) -> LinkKeysError {
    LinkKeysError { path: path.to_owned(), why: why.to_string() }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_only_the_owner_reads_it() {
        let dir = tempfile::tempdir().unwrap();
        LinkKeys::of_folder(dir.path()).unwrap();
        let path = dir.path().join(FILE);
        let made = fs::read_to_string(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        LinkKeys::of_folder(dir.path()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), made);
    }

    #[test]
    fn one_or_two_keys_do() {
        let key = |letter: &str| letter.repeat(secret::MIN_CHARS);
        let count = |text: &str| LinkKeys::parse(text).map(|keys| keys.all().count());
        assert_eq!(count(&key("a")), Ok(1));
        assert_eq!(count(&format!("{}\r\n\n{}\n", key("a"), key("b"))), Ok(2));
        let three = [key("a"), key("b"), key("c")].join("\n");
        for poor in ["", "\n", "short", &format!("{}\nshort", key("a")), &three] {
            let why = count(poor).unwrap_err();
            assert!(!why.contains("short") && !why.contains(&key("a")), "{why}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let missing = LinkKeys::read(Path::new("/nonexistent/keys")).map(drop).unwrap_err();
        assert!(missing.to_string().contains("/nonexistent/keys"), "{missing}");
    }
}
