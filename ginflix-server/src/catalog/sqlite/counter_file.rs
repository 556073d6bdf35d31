//! A small file beside the database that says how many commits the catalogue has, so that the next
//! start notices if some of them are lost.
//!
//! It is written after each commit and not synced, so it never has a higher number than the
//! database. SIGKILL keeps what was written; a power failure leaves an older number, with which less
//! is noticed and nothing is refused wrongly.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::file_modes::PRIVATE_FILE_MODE;

/// The first bytes of the file, with the version of the format.
const MAGIC: &[u8; 8] = b"GFCOUNT1";
/// The size of the file: seven fields of 8 bytes, of which the catalogue's id takes two, and a
/// checksum. It is less than a sector, so a write is not torn in practice.
const RECORD_BYTES: usize = 64;
/// The offset of the checksum.
const CHECKSUM_OFFSET: usize = RECORD_BYTES - 8;

/// The id of a catalogue: random, and made with its tables.
pub type CatalogId = [u8; 16];

/// What the file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CounterRecord {
    /// The catalogue that the file belongs to.
    pub catalog_id: CatalogId,
    /// The number of commits that the database has at least.
    pub commits: u64,
    /// Whether a checkpoint began and did not end. The database file is then useless without its
    /// write-ahead log.
    pub is_checkpointing: bool,
    /// The database file as a clean stop left it; `None` while a server runs and after a crash.
    pub closed: Option<FileState>,
}

/// The size and modification time of a file, by which a change of it is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileState {
    size: u64,
    modified_nanos: u64,
}

/// What a start finds beside the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoredCounter {
    /// There is no file: the catalogue is new, of an earlier version, or a copy without the file.
    Missing,
    /// The file is torn or damaged.
    Unreadable,
    /// The file is intact.
    Intact(CounterRecord),
}

/// The open file of a running server.
#[derive(Debug)]
pub struct CounterFile {
    file: File,
    record: CounterRecord,
    has_failed: bool,
}

impl FileState {
    /// Reads the state of a file. It is not opened, because closing a descriptor of the database
    /// would release the POSIX locks of SQLite.
    pub fn of(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        let nanos =
            i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec());
        Ok(Self { size: metadata.len(), modified_nanos: nanos as u64 })
    }
}

/// Returns the path of the file that belongs to a database.
pub fn path_of(database: &Path) -> PathBuf {
    super::beside(database, "-counter")
}

/// Reads the file that belongs to a database.
///
/// # Errors
/// The file system fails.
pub fn read(database: &Path) -> io::Result<StoredCounter> {
    match fs::read(path_of(database)) {
        Ok(bytes) => {
            Ok(CounterRecord::parse(&bytes)
                .map_or(StoredCounter::Unreadable, StoredCounter::Intact))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(StoredCounter::Missing),
        Err(error) => Err(error),
    }
}

impl CounterFile {
    /// Opens or creates the file, and records that a server runs.
    ///
    /// # Errors
    /// The file system fails.
    pub fn open(database: &Path, catalog_id: CatalogId, commits: u64) -> io::Result<Self> {
        let mut options = File::options();
        options.write(true).create(true).truncate(false).mode(PRIVATE_FILE_MODE);
        let file = options.open(path_of(database))?;
        let record = CounterRecord { catalog_id, commits, is_checkpointing: false, closed: None };
        file.write_all_at(&record.to_bytes(), 0)?;
        file.set_len(RECORD_BYTES as u64)?;
        Ok(Self { file, record, has_failed: false })
    }

    /// Records the number of commits.
    pub fn set_commits(&mut self, commits: u64) {
        self.record.commits = commits;
        let written = self.write();
        self.warn(written);
    }

    /// Records that a checkpoint begins, or has ended. The beginning is durable, as is the number
    /// of commits with it.
    pub fn set_checkpointing(&mut self, is_checkpointing: bool) {
        self.record.is_checkpointing = is_checkpointing;
        let written = self.write();
        self.warn(match is_checkpointing {
            true => written.and_then(|()| self.file.sync_data()),
            false => written,
        });
    }

    /// Records durably that the database is closed and has this state. Without a log beside it, the
    /// database is complete.
    pub fn close(mut self, state: FileState, has_log: bool) {
        self.record.closed = Some(state);
        self.record.is_checkpointing &= has_log;
        let written = self.write().and_then(|()| self.file.sync_data());
        self.warn(written);
    }

    fn write(&self) -> io::Result<()> {
        self.file.write_all_at(&self.record.to_bytes(), 0)
    }

    /// Logs the first of consecutive failures. The file then has an older number, which is safe.
    fn warn(&mut self, written: io::Result<()>) {
        let has_failed = written.is_err();
        if let Err(error) = written
            && !self.has_failed
        {
            tracing::warn!(%error, "cannot write the file that counts the commits of the catalogue");
        }
        self.has_failed = has_failed;
    }
}

impl CounterRecord {
    fn to_bytes(self) -> [u8; RECORD_BYTES] {
        let flags = u64::from(self.is_checkpointing) | u64::from(self.closed.is_some()) << 1;
        let (size, modified) = self.closed.map_or((0, 0), |s| (s.size, s.modified_nanos));
        let mut bytes = [0; RECORD_BYTES];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..24].copy_from_slice(&self.catalog_id);
        for (n, number) in [self.commits, flags, size, modified].into_iter().enumerate() {
            bytes[24 + 8 * n..32 + 8 * n].copy_from_slice(&number.to_le_bytes());
        }
        let checksum = checksum(&bytes);
        bytes[CHECKSUM_OFFSET..].copy_from_slice(&checksum);
        bytes
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; RECORD_BYTES] = bytes.try_into().ok()?;
        if &bytes[..8] != MAGIC || checksum(bytes) != bytes[CHECKSUM_OFFSET..] {
            return None;
        }
        let number = |n: usize| {
            let field = bytes[24 + 8 * n..32 + 8 * n].iter().rev();
            field.fold(0, |number: u64, byte| number << 8 | u64::from(*byte))
        };
        let closed = FileState { size: number(2), modified_nanos: number(3) };
        Some(Self {
            catalog_id: bytes[8..24].try_into().ok()?,
            commits: number(0),
            is_checkpointing: number(1) & 1 != 0,
            closed: (number(1) & 2 != 0).then_some(closed),
        })
    }
}

/// Returns the first 8 bytes of the SHA-256 of everything before the checksum.
fn checksum(bytes: &[u8; RECORD_BYTES]) -> [u8; 8] {
    let sum = Sha256::digest(&bytes[..CHECKSUM_OFFSET]);
    std::array::from_fn(|n| sum[n])
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: CounterRecord = CounterRecord {
        catalog_id: [7; 16],
        commits: 300,
        is_checkpointing: true,
        closed: Some(FileState { size: 4096, modified_nanos: 5_000_000_001 }),
    };

    #[test]
    fn a_record_is_read_as_it_was_written() {
        for closed in [None, RECORD.closed] {
            let record = CounterRecord { closed, ..RECORD };
            assert_eq!(CounterRecord::parse(&record.to_bytes()), Some(record));
        }
    }

    #[test]
    fn any_changed_bit_and_any_other_length_is_noticed() {
        let bytes = RECORD.to_bytes();
        for bit in 0..8 * RECORD_BYTES {
            let mut changed = bytes;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(CounterRecord::parse(&changed), None, "bit {bit}");
        }
        for length in [0, 1, RECORD_BYTES - 1] {
            assert_eq!(CounterRecord::parse(&bytes[..length]), None, "{length} bytes");
        }
        assert_eq!(CounterRecord::parse(&[bytes, bytes].concat()), None);
    }

    #[test]
    fn the_file_says_what_a_running_and_a_stopped_server_recorded() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("catalog.db");
        fs::write(&database, "pages").unwrap();
        assert_eq!(read(&database).unwrap(), StoredCounter::Missing);
        let mut file = CounterFile::open(&database, [1; 16], 5).unwrap();
        file.set_commits(6);
        let running = CounterRecord {
            catalog_id: [1; 16],
            commits: 6,
            is_checkpointing: false,
            closed: None,
        };
        assert_eq!(read(&database).unwrap(), StoredCounter::Intact(running));
        let state = FileState::of(&database).unwrap();
        file.close(state, false);
        let closed = CounterRecord { closed: Some(state), ..running };
        assert_eq!(read(&database).unwrap(), StoredCounter::Intact(closed));
        fs::write(path_of(&database), "torn").unwrap();
        assert_eq!(read(&database).unwrap(), StoredCounter::Unreadable);
    }
}
