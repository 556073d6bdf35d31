//! The file being uploaded: read in order, hashed once, watched for changes.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::UploadError;

/// Bytes read, hashed and handed on at once: large enough that a call into the
/// system costs nothing beside its work, small enough that a few of them in
/// flight are no memory to speak of.
const PIECE: u64 = 512 << 10;
/// Pieces read ahead of the network.
const READ_AHEAD: usize = 4;

/// A file and the hash of its first `hashed` bytes.
pub(super) struct Source {
    file: File,
    size: u64,
    modified: SystemTime,
    hasher: Sha256,
    hashed: u64,
}

/// What the reading thread sends: a piece, or why there are no more.
pub(super) type Piece = Result<Bytes, std::io::Error>;

/// A thread that reads; it owns the source meanwhile.
pub(super) struct Reader {
    thread: tokio::task::JoinHandle<(Source, Result<(), UploadError>)>,
    stop: DropGuard,
}

impl Reader {
    /// Stops reading, gives the source back, and says whether it could be read.
    pub(super) async fn stop(self) -> Result<(Source, Result<(), UploadError>), UploadError> {
        drop(self.stop);
        self.thread.await.map_err(|e| UploadError::file("read", std::io::Error::other(e)))
    }
}

impl Source {
    /// Opens a file of at least one byte.
    pub(super) fn open(path: &Path) -> Result<Self, UploadError> {
        let failed = |e| UploadError::file("open", e);
        let file = File::open(path).map_err(failed)?;
        let facts = file.metadata().map_err(failed)?;
        if !facts.is_file() {
            return Err(UploadError::NotAFile);
        }
        if facts.len() == 0 {
            return Err(UploadError::Empty);
        }
        let modified = facts.modified().map_err(failed)?;
        Ok(Self { file, size: facts.len(), modified, hasher: Sha256::new(), hashed: 0 })
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Hash of the whole file, once all of it has been read.
    pub(super) fn sha256(&self) -> Option<String> {
        (self.hashed == self.size).then(|| hex::encode(self.hasher.clone().finalize()))
    }

    /// Reads what is left to hash before `end`, calling back with the position.
    pub(super) fn hash_to(
        &mut self,
        end: u64,
        mut position: impl FnMut(u64),
    ) -> Result<(), UploadError> {
        let start = self.hashed;
        self.read(start..end.max(start), PIECE, &mut |source, _| {
            position(source.hashed);
            true
        })
    }

    /// Reads a stretch into memory. Meant for short ones.
    pub(super) fn read_whole(&mut self, range: Range<u64>) -> Result<Bytes, UploadError> {
        let (mut whole, length) = (Bytes::new(), range.end - range.start);
        self.read(range, length, &mut |_, bytes| {
            whole = bytes;
            true
        })?;
        Ok(whole)
    }

    /// Reads a stretch on a thread of its own, so that reading and hashing go on
    /// while the network takes what was read before.
    pub(super) fn feed(
        mut self,
        range: Range<u64>,
        bytes_per_second: Option<u64>,
    ) -> (mpsc::Receiver<Piece>, Reader) {
        let (sender, pieces) = mpsc::channel(READ_AHEAD);
        let token = CancellationToken::new();
        let stop = token.clone().drop_guard();
        let runtime = tokio::runtime::Handle::current();
        let thread = tokio::task::spawn_blocking(move || {
            let mut pace = bytes_per_second.map(Pace::new);
            let piece = pace.as_ref().map_or(PIECE, Pace::piece);
            // Nobody may be taking pieces any more, although the request that
            // did still lies about somewhere: so sending can be called off.
            let send = |piece| {
                let sending = token.run_until_cancelled(sender.send(piece));
                matches!(runtime.block_on(sending), Some(Ok(())))
            };
            let result = self.read(range, piece, &mut |_, bytes| {
                if let Some(pace) = &mut pace {
                    std::thread::sleep(pace.delay_after(bytes.len() as u64));
                }
                send(Ok(bytes))
            });
            if let Err(error) = &result {
                // Breaks the request off: a short body must not look like a whole one.
                send(Err(std::io::Error::other(error.to_string())));
            }
            (self, result)
        });
        (pieces, Reader { thread, stop })
    }

    /// Reads a stretch piece by piece until `sink` wants no more, hashing what
    /// was not hashed before. Bytes before the stretch that were never hashed
    /// are hashed first.
    fn read(
        &mut self,
        range: Range<u64>,
        piece: u64,
        sink: &mut dyn FnMut(&Self, Bytes) -> bool,
    ) -> Result<(), UploadError> {
        if self.hashed < range.start {
            self.read(self.hashed..range.start, PIECE, &mut |_, _| true)?;
        }
        self.file.seek(SeekFrom::Start(range.start)).map_err(|e| UploadError::file("read", e))?;
        let mut at = range.start;
        while at < range.end {
            let wanted = piece.min(range.end - at);
            let mut bytes = Vec::with_capacity(wanted as usize);
            let got = (&self.file)
                .take(wanted)
                .read_to_end(&mut bytes)
                .map_err(|e| UploadError::file("read", e))? as u64;
            if got < wanted {
                return Err(UploadError::Changed);
            }
            if at + got > self.hashed {
                self.hasher.update(&bytes[(self.hashed.max(at) - at) as usize..]);
                self.hashed = at + got;
            }
            at += got;
            if !sink(self, bytes.into()) {
                return Ok(());
            }
        }
        self.check_unchanged()
    }

    fn check_unchanged(&self) -> Result<(), UploadError> {
        let facts = self.file.metadata().map_err(|e| UploadError::file("read", e))?;
        let same = facts.len() == self.size && facts.modified().ok() == Some(self.modified);
        if same { Ok(()) } else { Err(UploadError::Changed) }
    }
}

/// Holds reading down to a rate.
struct Pace {
    bytes_per_second: u64,
    started: Instant,
    sent: u64,
}

impl Pace {
    fn new(bytes_per_second: u64) -> Self {
        Self { bytes_per_second: bytes_per_second.max(1), started: Instant::now(), sent: 0 }
    }

    /// Small enough that several go out in a second.
    fn piece(&self) -> u64 {
        (self.bytes_per_second / 8).clamp(1 << 10, PIECE)
    }

    fn delay_after(&mut self, bytes: u64) -> Duration {
        self.sent += bytes;
        let due = Duration::from_secs_f64(self.sent as f64 / self.bytes_per_second as f64);
        due.saturating_sub(self.started.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const SIZE: usize = 1_500_000;

    fn file() -> (tempfile::NamedTempFile, Vec<u8>) {
        let content: Vec<u8> = (0..SIZE).map(|i| (i * 7 / 3) as u8).collect();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&content).unwrap();
        (file, content)
    }

    #[test]
    fn the_hash_is_right_however_the_file_is_read() {
        let (file, content) = file();
        let whole = hex::encode(Sha256::digest(&content));
        let orders: [&[(usize, usize)]; 4] = [
            &[(0, SIZE)],
            &[(0, 700_000), (600_000, SIZE)],
            &[(900_000, SIZE)],
            &[(0, 10), (5, 20), (0, 1_000_000), (999_999, SIZE)],
        ];
        for ranges in orders {
            let mut source = Source::open(file.path()).unwrap();
            for (start, end) in ranges {
                let bytes = source.read_whole(*start as u64..*end as u64).unwrap();
                assert_eq!(bytes, content[*start..*end]);
            }
            assert_eq!(source.sha256().as_ref(), Some(&whole), "{ranges:?}");
        }
    }

    #[tokio::test]
    async fn a_feed_cut_short_gives_the_source_back_in_order() {
        let (file, content) = file();
        let source = Source::open(file.path()).unwrap();
        let (mut pieces, reader) = source.feed(0..SIZE as u64, None);
        let first = pieces.recv().await.unwrap().unwrap();
        assert_eq!(first, content[..first.len()]);
        let (mut source, result) = reader.stop().await.unwrap();
        result.unwrap();
        source.read_whole(100..SIZE as u64).unwrap();
        assert_eq!(source.sha256(), Some(hex::encode(Sha256::digest(&content))));
    }

    #[test]
    fn a_change_while_reading_is_noticed() {
        let (mut file, _) = file();
        let mut source = Source::open(file.path()).unwrap();
        source.read_whole(0..10).unwrap();
        file.write_all(b"more").unwrap();
        assert!(matches!(source.read_whole(10..20), Err(UploadError::Changed)));
        file.as_file().set_len(100).unwrap();
        assert!(matches!(source.read_whole(20..200), Err(UploadError::Changed)));
    }

    #[test]
    fn nothing_to_send_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(Source::open(dir.path()), Err(UploadError::NotAFile)));
        let empty = tempfile::NamedTempFile::new().unwrap();
        assert!(matches!(Source::open(empty.path()), Err(UploadError::Empty)));
        assert!(matches!(Source::open(&dir.path().join("none")), Err(UploadError::File { .. })));
    }

    #[test]
    fn a_pace_delays_what_comes_too_early() {
        let mut pace = Pace::new(1000);
        assert!(pace.delay_after(500) > Duration::from_millis(400));
        assert!(pace.delay_after(500) > Duration::from_millis(900));
    }
}
