//! The file being uploaded: it is read in order, hashed once, and checked for changes.

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

/// The size of one read. It is large enough to make the cost of a system call
/// negligible, and small enough to keep several chunks in memory.
const CHUNK_BYTES: u64 = 512 << 10;
/// The number of chunks that are read ahead of the network.
const READ_AHEAD_CHUNKS: usize = 4;

/// A file to upload, and the state of the hash of its first `hashed` bytes.
pub(super) struct UploadSource {
    file: File,
    size: u64,
    modified: SystemTime,
    hasher: Sha256,
    hashed: u64,
}

/// A chunk of the file, or the error that ended the reading.
pub(super) type Chunk = Result<Bytes, std::io::Error>;

/// A thread that reads a range of the file. It owns the source until it is stopped.
pub(super) struct ReaderThread {
    thread: tokio::task::JoinHandle<(UploadSource, Result<(), UploadError>)>,
    stop: DropGuard,
}

impl ReaderThread {
    /// Stops the thread, and returns the source and the result of reading it.
    pub(super) async fn stop(self) -> Result<(UploadSource, Result<(), UploadError>), UploadError> {
        drop(self.stop);
        self.thread.await.map_err(|e| UploadError::file("read", std::io::Error::other(e)))
    }
}

impl UploadSource {
    /// Opens a regular file that is not empty.
    pub(super) fn open(path: &Path) -> Result<Self, UploadError> {
        let failed = |e| UploadError::file("open", e);
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if !metadata.is_file() {
            return Err(UploadError::NotAFile);
        }
        if metadata.len() == 0 {
            return Err(UploadError::Empty);
        }
        let modified = metadata.modified().map_err(failed)?;
        Ok(Self { file, size: metadata.len(), modified, hasher: Sha256::new(), hashed: 0 })
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Returns the SHA-256 of the whole file, once all of it has been read.
    pub(super) fn sha256(&self) -> Option<String> {
        (self.hashed == self.size).then(|| hex::encode(self.hasher.clone().finalize()))
    }

    /// Hashes the file up to `end`, and calls `position` with the offset after each chunk.
    pub(super) fn hash_up_to(
        &mut self,
        end: u64,
        mut position: impl FnMut(u64),
    ) -> Result<(), UploadError> {
        let start = self.hashed;
        self.read(start..end.max(start), CHUNK_BYTES, &mut |source, _| {
            position(source.hashed);
            true
        })
    }

    /// Reads a short range into memory, as one chunk.
    pub(super) fn read_range(&mut self, range: Range<u64>) -> Result<Bytes, UploadError> {
        let (mut content, length) = (Bytes::new(), range.end - range.start);
        self.read(range, length, &mut |_, bytes| {
            content = bytes;
            true
        })?;
        Ok(content)
    }

    /// Reads a range on a thread, so that reading and hashing overlap with sending.
    pub(super) fn spawn_reader(
        mut self,
        range: Range<u64>,
        bytes_per_second: Option<u64>,
    ) -> (mpsc::Receiver<Chunk>, ReaderThread) {
        let (sender, chunks) = mpsc::channel(READ_AHEAD_CHUNKS);
        let token = CancellationToken::new();
        let stop = token.clone().drop_guard();
        let runtime = tokio::runtime::Handle::current();
        let thread = tokio::task::spawn_blocking(move || {
            let mut limiter = bytes_per_second.map(RateLimiter::new);
            let chunk_bytes = limiter.as_ref().map_or(CHUNK_BYTES, RateLimiter::chunk_bytes);
            // A cancelled request may keep the receiver alive without reading from
            // it. So the send waits for the cancellation token as well.
            let send = |chunk| {
                let sending = token.run_until_cancelled(sender.send(chunk));
                matches!(runtime.block_on(sending), Some(Ok(())))
            };
            let result = self.read(range, chunk_bytes, &mut |_, bytes| {
                if let Some(limiter) = &mut limiter {
                    std::thread::sleep(limiter.delay_after(bytes.len() as u64));
                }
                send(Ok(bytes))
            });
            if let Err(error) = &result {
                // An error aborts the request, so that the server does not take a
                // short body for a complete one.
                send(Err(std::io::Error::other(error.to_string())));
            }
            (self, result)
        });
        (chunks, ReaderThread { thread, stop })
    }

    /// Reads a range chunk by chunk until `sink` returns `false`, and hashes each
    /// byte that was not hashed before. Bytes before the range are hashed first,
    /// because the hash needs them in order.
    fn read(
        &mut self,
        range: Range<u64>,
        chunk_bytes: u64,
        sink: &mut dyn FnMut(&Self, Bytes) -> bool,
    ) -> Result<(), UploadError> {
        if self.hashed < range.start {
            self.read(self.hashed..range.start, CHUNK_BYTES, &mut |_, _| true)?;
        }
        self.file.seek(SeekFrom::Start(range.start)).map_err(|e| UploadError::file("read", e))?;
        let mut offset = range.start;
        while offset < range.end {
            let length = chunk_bytes.min(range.end - offset);
            let mut bytes = Vec::with_capacity(length as usize);
            let read = (&self.file)
                .take(length)
                .read_to_end(&mut bytes)
                .map_err(|e| UploadError::file("read", e))? as u64;
            if read < length {
                return Err(UploadError::Changed);
            }
            if offset + read > self.hashed {
                self.hasher.update(&bytes[(self.hashed.max(offset) - offset) as usize..]);
                self.hashed = offset + read;
            }
            offset += read;
            if !sink(self, bytes.into()) {
                return Ok(());
            }
        }
        self.check_unchanged()
    }

    /// Fails with [`UploadError::Changed`] if the size or the modification time has changed.
    fn check_unchanged(&self) -> Result<(), UploadError> {
        let metadata = self.file.metadata().map_err(|e| UploadError::file("read", e))?;
        let is_same =
            metadata.len() == self.size && metadata.modified().ok() == Some(self.modified);
        if is_same { Ok(()) } else { Err(UploadError::Changed) }
    }
}

/// Limits the rate of reading, and with it the rate of sending.
struct RateLimiter {
    bytes_per_second: u64,
    started: Instant,
    sent: u64,
}

impl RateLimiter {
    fn new(bytes_per_second: u64) -> Self {
        Self { bytes_per_second: bytes_per_second.max(1), started: Instant::now(), sent: 0 }
    }

    /// Returns the size of a chunk in bytes: what may be sent in 125 ms, but at least 1 KiB
    /// and at most [`CHUNK_BYTES`].
    fn chunk_bytes(&self) -> u64 {
        (self.bytes_per_second / 8).clamp(1 << 10, CHUNK_BYTES)
    }

    /// Returns the time to wait after `bytes` more were read.
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
            let mut source = UploadSource::open(file.path()).unwrap();
            for (start, end) in ranges {
                let bytes = source.read_range(*start as u64..*end as u64).unwrap();
                assert_eq!(bytes, content[*start..*end]);
            }
            assert_eq!(source.sha256().as_ref(), Some(&whole), "{ranges:?}");
        }
    }

    #[tokio::test]
    async fn a_stopped_reader_returns_a_usable_source() {
        let (file, content) = file();
        let source = UploadSource::open(file.path()).unwrap();
        let (mut chunks, reader) = source.spawn_reader(0..SIZE as u64, None);
        let first = chunks.recv().await.unwrap().unwrap();
        assert_eq!(first, content[..first.len()]);
        let (mut source, result) = reader.stop().await.unwrap();
        result.unwrap();
        source.read_range(100..SIZE as u64).unwrap();
        assert_eq!(source.sha256(), Some(hex::encode(Sha256::digest(&content))));
    }

    #[test]
    fn a_change_while_reading_is_detected() {
        let (mut file, _) = file();
        let mut source = UploadSource::open(file.path()).unwrap();
        source.read_range(0..10).unwrap();
        file.write_all(b"more").unwrap();
        assert!(matches!(source.read_range(10..20), Err(UploadError::Changed)));
        file.as_file().set_len(100).unwrap();
        assert!(matches!(source.read_range(20..200), Err(UploadError::Changed)));
    }

    #[test]
    fn nothing_to_send_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(UploadSource::open(dir.path()), Err(UploadError::NotAFile)));
        let empty = tempfile::NamedTempFile::new().unwrap();
        assert!(matches!(UploadSource::open(empty.path()), Err(UploadError::Empty)));
        assert!(matches!(
            UploadSource::open(&dir.path().join("none")),
            Err(UploadError::File { .. })
        ));
    }

    #[test]
    fn the_rate_limiter_delays_early_chunks() {
        let mut limiter = RateLimiter::new(1000);
        assert!(limiter.delay_after(500) > Duration::from_millis(400));
        assert!(limiter.delay_after(500) > Duration::from_millis(900));
    }
}
