//! The scaled pictures on the disk. They can be made again, so they are not synced, not part of backups, and the oldest are
//! removed when they take too much room.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use bytes::Bytes;
use ginflix_api::poster::PosterWidth;

use super::{PosterVersion, ScaledPictures};
use crate::{durable, file_modes};

/// The bytes that all pictures may take: those of some 4,000 posters. A web server in a cluster has 1 GiB of disk in all.
const DIR_LIMIT_BYTES: u64 = 256 << 20;
/// The bytes that are left when the oldest pictures are removed.
const DIR_KEPT_BYTES: u64 = DIR_LIMIT_BYTES / 4 * 3;
/// The content of a file instead of a picture if the poster cannot be decoded.
const BROKEN: &[u8] = b"broken";

/// What is known of a scaled picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredPicture {
    /// The picture.
    Whole(Bytes),
    /// The poster cannot be decoded.
    Broken,
}

/// The directory of the scaled pictures.
#[derive(Debug)]
pub struct PosterFiles {
    dir: PathBuf,
}

impl PosterFiles {
    /// Creates the directory, unless it exists.
    ///
    /// # Errors
    /// It cannot be created.
    pub fn open(dir: PathBuf) -> io::Result<Self> {
        file_modes::create_private_dir(&dir)?;
        Ok(Self { dir })
    }

    /// Returns a picture; `None` if it has to be made.
    pub async fn read(&self, version: &PosterVersion, width: PosterWidth) -> Option<StoredPicture> {
        let path = self.dir.join(file_name(version, width));
        // A picture that cannot be read is made again.
        let content = tokio::fs::read(path).await.ok()?;
        parse(content)
    }

    /// Stores the pictures of a poster, or that it has none. Returns the number of bytes.
    ///
    /// # Errors
    /// The file system fails, or is full.
    pub fn write(
        &self,
        version: &PosterVersion,
        pictures: Option<&ScaledPictures>,
    ) -> io::Result<u64> {
        let mut written = 0;
        for width in PosterWidth::ALL {
            let picture = pictures.map(|pictures| pictures.get(width));
            let content = picture.as_deref().unwrap_or(BROKEN);
            durable::write_without_fsync(&self.dir, &file_name(version, width), content)?;
            written += content.len() as u64;
        }
        Ok(written)
    }

    /// Removes what a killed process left unfinished, and the oldest pictures if all of them take too much room. Returns how many
    /// bytes the rest takes.
    ///
    /// # Errors
    /// The file system fails.
    pub fn tidy(&self) -> io::Result<u64> {
        durable::remove_temporary(&self.dir)?;
        let mut files = BTreeMap::new();
        let mut total = 0;
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            total += metadata.len();
            files.insert((modified, entry.file_name()), metadata.len());
        }
        if total <= DIR_LIMIT_BYTES {
            return Ok(total);
        }
        for ((_, name), bytes) in files {
            if total <= DIR_KEPT_BYTES {
                break;
            }
            durable::remove_if_exists(&self.dir.join(name))?;
            total -= bytes;
        }
        Ok(total)
    }
}

/// Returns whether pictures of so many bytes take too much room.
pub fn are_too_many(bytes: u64) -> bool {
    bytes > DIR_LIMIT_BYTES
}

fn file_name(version: &PosterVersion, width: PosterWidth) -> String {
    format!("{version}-{}.webp", width.pixels())
}

/// Returns what a file has. A power cut may have torn it, which shows in the length that a WebP file begins with.
fn parse(content: Vec<u8>) -> Option<StoredPicture> {
    if content == BROKEN {
        return Some(StoredPicture::Broken);
    }
    let length = content.strip_prefix(b"RIFF")?.first_chunk::<4>()?;
    let is_whole = u64::from(u32::from_le_bytes(*length)) + 8 == content.len() as u64;
    is_whole.then(|| StoredPicture::Whole(content.into()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn version(number: u64) -> PosterVersion {
        PosterVersion::parse(&format!("{number:016x}")).unwrap()
    }

    fn picture(bytes: u32) -> Bytes {
        let length = (bytes - 8).to_le_bytes();
        [b"RIFF", &length[..], &vec![0; bytes as usize - 8]].concat().into()
    }

    #[tokio::test]
    async fn a_torn_picture_is_made_again() {
        let dir = tempfile::tempdir().unwrap();
        let files = PosterFiles::open(dir.path().join("posters")).unwrap();
        let pictures = ScaledPictures::new([picture(100), picture(200)]);
        assert_eq!(files.write(&version(1), Some(&pictures)).unwrap(), 300);
        let stored = files.read(&version(1), PosterWidth::Large).await;
        assert_eq!(stored, Some(StoredPicture::Whole(picture(200))));
        files.write(&version(2), None).unwrap();
        let broken = files.read(&version(2), PosterWidth::Small).await;
        assert_eq!(broken, Some(StoredPicture::Broken));
        assert_eq!(files.read(&version(3), PosterWidth::Small).await, None);
        for torn in [&b""[..], b"RIFF", &picture(100)[..99]] {
            let name = file_name(&version(1), PosterWidth::Large);
            fs::write(files.dir.join(name), torn).unwrap();
            assert_eq!(files.read(&version(1), PosterWidth::Large).await, None, "{torn:?}");
        }
    }

    #[test]
    fn the_oldest_pictures_are_removed_when_the_room_is_used_up() {
        let dir = tempfile::tempdir().unwrap();
        let files = PosterFiles::open(dir.path().to_owned()).unwrap();
        let hour = Duration::from_secs(3600);
        // Holes, which take no room on the disk.
        for (number, age) in [(1, 3), (2, 1), (3, 2)] {
            let path = dir.path().join(file_name(&version(number), PosterWidth::Small));
            let file = fs::File::create(path).unwrap();
            file.set_len(DIR_LIMIT_BYTES / 3 + 1).unwrap();
            file.set_modified(SystemTime::now() - age * hour).unwrap();
        }
        fs::write(dir.path().join(".tmp-1"), "x").unwrap();
        let left = files.tidy().unwrap();
        assert!(!are_too_many(left));
        let mut names: Vec<_> =
            fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        let kept = [2, 3].map(|number| file_name(&version(number), PosterWidth::Small));
        assert_eq!(names, kept.map(std::ffi::OsString::from));
        assert_eq!(files.tidy().unwrap(), left);
    }
}
