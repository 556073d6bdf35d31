//! The files of libraries, which are served from where they lie and never written to.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;

use ginflix_api::media::MediaName;
use ginflix_import::root::Root;
use parking_lot::RwLock;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The bytes at the start and at the end of a file that are hashed.
const EDGE_BYTES: u64 = 1 << 20;
/// The number of samples between them.
const SAMPLES: u64 = 32;
/// The size of a sample in bytes.
const SAMPLE_BYTES: u64 = 16 << 10;

/// A file of a library.
#[derive(Debug, Clone)]
pub struct LibraryEntry {
    /// The id of the library.
    pub library: Uuid,
    /// The folder of the library.
    pub root: Arc<Root>,
    /// The path relative to the folder.
    pub path: PathBuf,
}

/// The files of all libraries that can be served, by media name.
#[derive(Debug, Default)]
pub struct LibraryFiles(RwLock<HashMap<MediaName, LibraryEntry>>);

impl LibraryFiles {
    /// Returns the file of a media name; `None` if that is in no library.
    pub fn get(&self, name: &MediaName) -> Option<LibraryEntry> {
        let files = self.0.read();
        if files.is_empty() { None } else { files.get(name).cloned() }
    }

    /// Adds a file, or replaces the one of its name.
    pub fn insert(&self, name: MediaName, file: LibraryEntry) {
        self.0.write().insert(name, file);
    }

    /// Removes a file.
    pub fn remove(&self, name: &MediaName) {
        self.0.write().remove(name);
    }

    /// Replaces all files of a library. Returns the names that are gone.
    pub fn replace(
        &self,
        library: Uuid,
        present: HashMap<MediaName, LibraryEntry>,
    ) -> Vec<MediaName> {
        let mut files = self.0.write();
        let gone: Vec<MediaName> = files
            .iter()
            .filter(|(name, file)| file.library == library && !present.contains_key(*name))
            .map(|(name, _)| name.clone())
            .collect();
        gone.iter().for_each(|name| drop(files.remove(name)));
        files.extend(present);
        gone
    }
}

/// Hashes samples of a file: its size, its start, its end, and parts between them. Two files that differ have other samples, but for
/// those that somebody made on purpose: a file of another length, another track or another encoding differs in each part. Reads at
/// most 2.5 MiB.
///
/// # Errors
/// Fails if the file cannot be read, or is shorter than `size`.
pub fn sample_sha256(file: &mut File, size: u64) -> io::Result<String> {
    let mut hash = Sha256::new();
    hash.update(size.to_le_bytes());
    let mut sample = |start: u64, length: u64| -> io::Result<()> {
        file.seek(SeekFrom::Start(start))?;
        let mut buffer = vec![0; length as usize];
        file.read_exact(&mut buffer)?;
        hash.update(&buffer);
        Ok(())
    };
    let inner = size.saturating_sub(2 * EDGE_BYTES);
    if inner <= SAMPLES * SAMPLE_BYTES {
        // The samples would be most of it.
        sample(0, size)?;
    } else {
        sample(0, EDGE_BYTES)?;
        let step = inner / SAMPLES;
        for number in 0..SAMPLES {
            sample(EDGE_BYTES + number * step, SAMPLE_BYTES)?;
        }
        sample(size - EDGE_BYTES, EDGE_BYTES)?;
    }
    Ok(hex::encode(hash.finalize()))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn hash(content: &[u8]) -> String {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        sample_sha256(&mut file, content.len() as u64).unwrap()
    }

    #[test]
    fn samples_tell_files_apart() {
        let content: Vec<u8> = (0..4 << 20).map(|n: u32| (n / 7) as u8).collect();
        let same = hash(&content);
        assert_eq!(hash(&content), same);
        for at in [0, EDGE_BYTES as usize, content.len() - 1] {
            let mut other = content.clone();
            other[at] ^= 1;
            assert_ne!(hash(&other), same, "{at}");
        }
        assert_ne!(hash(&content[1..]), same);
        assert_ne!(hash(b"a"), hash(b"b"));
    }

    #[test]
    fn a_file_that_shrinks_is_an_error() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"short").unwrap();
        assert!(sample_sha256(&mut file, 6).is_err());
    }

    #[test]
    fn the_files_of_a_library_are_replaced_together() {
        let dir = tempfile::tempdir().unwrap();
        let root = Arc::new(Root::open(dir.path()).unwrap());
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let file = |library| LibraryEntry { library, root: root.clone(), path: "a".into() };
        let name = |name: &str| name.parse::<MediaName>().unwrap();
        let files = LibraryFiles::default();
        files.insert(name("a.mp4"), file(one));
        files.insert(name("b.mp4"), file(two));
        let gone = files.replace(one, HashMap::from([(name("c.mp4"), file(one))]));
        assert_eq!(gone, [name("a.mp4")]);
        let found = ["a.mp4", "b.mp4", "c.mp4"].map(|text| files.get(&name(text)).is_some());
        assert_eq!(found, [false, true, true]);
    }
}
