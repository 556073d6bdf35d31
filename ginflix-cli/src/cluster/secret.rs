//! Random secrets, and files that only their owner can read.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Letters and digits that are not mistaken for one another. There are 32 of them, so that five
/// bits of a random byte select one without a bias.
const READABLE: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Generates 256 random bits as 64 hexadecimal digits.
pub fn generate_token() -> io::Result<String> {
    Ok(hex::encode(random::<32>()?))
}

/// Generates four groups of five readable characters: 100 random bits.
pub fn generate_password() -> io::Result<String> {
    let groups: Vec<String> = random::<20>()?
        .chunks(5)
        .map(|group| group.iter().map(|b| char::from(READABLE[usize::from(b % 32)])).collect())
        .collect();
    Ok(groups.join("-"))
}

/// Writes a file of mode 0600 atomically and durably.
pub fn write(path: &Path, content: &str) -> io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    let file = tempfile::Builder::new()
        .permissions(Permissions::from_mode(0o600))
        .tempfile_in(dir)
        // The error's own text names a temporary file, which means nothing to the user.
        .map_err(|e| io::Error::from(e.kind()))?;
    file.as_file().write_all(content.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|e| e.error)?;
    fs::File::open(dir)?.sync_all()
}

/// Returns the secret in a file; if there is none, writes one from `generate`.
pub fn read_or_create(path: &Path, generate: fn() -> io::Result<String>) -> io::Result<String> {
    match read(path)? {
        Some(secret) => Ok(secret),
        None => {
            let secret = generate()?;
            write(path, &format!("{secret}\n"))?;
            Ok(secret)
        }
    }
}

/// Returns the first line of a file; `None` if the file does not exist or is empty.
pub fn read(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => {
            Ok(text.lines().next().map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| io::Error::other(e.to_string()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_can_be_read_aloud() {
        let password = generate_password().unwrap();
        let groups: Vec<&str> = password.split('-').collect();
        assert_eq!(groups.len(), 4);
        assert!(groups.iter().all(|g| g.len() == 5 && g.bytes().all(|b| READABLE.contains(&b))));
        assert_ne!(password, generate_password().unwrap());
    }

    #[test]
    fn a_secret_is_created_once_and_only_its_owner_can_read_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        let created = read_or_create(&path, generate_token).unwrap();
        assert_eq!(read_or_create(&path, generate_token).unwrap(), created);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&path, "").unwrap();
        assert_ne!(read_or_create(&path, generate_token).unwrap(), created);
    }
}
