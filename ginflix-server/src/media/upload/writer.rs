//! Writing the content of an upload, as a pipeline of three threads: one writes, one hashes, and
//! one syncs. Short queues connect them.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, ScopedJoinHandle};

use bytes::Bytes;
use sha2::digest::DynDigest;
use tokio::sync::mpsc;

use super::failpoints::{Failpoint, Failpoints};
use super::hash::ContentHash;
use crate::media::sniff;

/// The number of received chunks that are not written yet; they are lost when this process dies. A
/// chunk is the result of one read of a socket, at most about 400 KiB.
pub const UNWRITTEN_CHUNKS_CAPACITY: usize = 2;

/// The number of written chunks that are not hashed yet.
const UNHASHED_CHUNKS_CAPACITY: usize = 8;

/// The bytes between two checkpoints, which are taken while more content arrives. The free space is
/// checked as often.
const CHECKPOINT_INTERVAL_BYTES: u64 = 64 << 20;

/// The checksum of one append.
pub type AppendChecksum = Box<dyn DynDigest + Send>;

/// A callback that saves a checkpoint when the bytes up to it are durable.
pub type OnCheckpoint = Box<dyn FnMut(&ContentHash) -> io::Result<()> + Send>;

/// A callback that returns whether the volume has space beside its reserve.
pub type SpaceCheck = Box<dyn Fn() -> io::Result<bool> + Send>;

/// An append to the content of an upload.
pub struct AppendWriter {
    /// The content, open for reading and writing.
    pub file: File,
    /// The length of the whole file in bytes.
    pub length: u64,
    /// The hash of the bytes that the upload already has. The append starts at its offset.
    pub hash: ContentHash,
    /// The checksum of this append to compute, if any.
    pub checksum: Option<AppendChecksum>,
    /// Saves checkpoints; `None` if the append must be kept as a whole or not at all.
    pub on_checkpoint: Option<OnCheckpoint>,
    /// Checks the free space, before the first byte and after each `CHECKPOINT_INTERVAL_BYTES`.
    pub has_space: SpaceCheck,
    /// Whether files of unknown formats are accepted.
    pub any_type: bool,
    /// The failures that tests inject.
    pub failpoints: Failpoints,
}

/// The outcome of an append. All bytes that it counts are durable.
pub struct AppendOutcome {
    /// The hash up to the present end of the content.
    pub hash: ContentHash,
    /// The checksum of this append, if one was to be computed.
    pub checksum: Option<Box<[u8]>>,
    /// The reason why not all chunks were written.
    pub stopped: Option<StopReason>,
}

/// The reason why a writer stopped before the end of the body.
#[derive(Debug)]
pub enum StopReason {
    /// The content is longer than the stated length.
    TooLong,
    /// The volume has no space beside its reserve.
    NoSpace,
    /// The first bytes match no known format.
    UnknownType,
    /// A write failed.
    Disk(io::Error),
}

impl AppendWriter {
    /// Writes chunks until the channel is closed. Blocks on the channel and the disk.
    ///
    /// # Errors
    /// Fails if it is uncertain which bytes are durable, because a sync failed.
    pub fn run(self, chunks: mpsc::Receiver<Bytes>) -> io::Result<AppendOutcome> {
        let Self { file, length, hash, checksum, on_checkpoint, has_space, any_type, failpoints } =
            self;
        let (file, start) = (&file, hash.offset());
        std::thread::scope(|scope| {
            let (to_hash, hashing) = sync_channel(UNHASHED_CHUNKS_CAPACITY);
            // The channel has no capacity, so that a checkpoint that is due while the last one is
            // synced is skipped.
            let (to_sync, syncing) = sync_channel(0);
            let to_sync = on_checkpoint.is_some().then_some(to_sync);
            let hasher = Builder::new()
                .name("upload-hash".to_owned())
                .spawn_scoped(scope, move || hash_chunks(hash, checksum, hashing, to_sync))?;
            let syncer_failpoints = failpoints.clone();
            let syncer =
                Builder::new().name("upload-sync".to_owned()).spawn_scoped(scope, move || {
                    match on_checkpoint {
                        Some(save) => sync_checkpoints(file, syncing, save, &syncer_failpoints),
                        None => Ok(()),
                    }
                })?;
            let sniff_at = (!any_type).then(|| length.min(sniff::SNIFF_BYTES as u64));
            let mut writer = ContentWriter {
                file,
                offset: start,
                length,
                sniff_at,
                has_space,
                failpoints: &failpoints,
            };
            let stopped = writer.write_chunks(chunks, to_hash).err();
            // A failed write may have left a part of its chunk, which is not hashed.
            let truncated = if stopped.is_some() { file.set_len(writer.offset) } else { Ok(()) };
            let synced = sync(file, &failpoints);
            let (hash, checksum) = join(hasher)?;
            join(syncer)??;
            truncated?;
            synced?;
            Ok(AppendOutcome { hash, checksum: checksum.map(DynDigest::finalize), stopped })
        })
    }
}

/// The first stage of the pipeline.
struct ContentWriter<'a> {
    file: &'a File,
    offset: u64,
    length: u64,
    /// The offset at which the format is checked; `None` if that is done or not needed.
    sniff_at: Option<u64>,
    has_space: SpaceCheck,
    failpoints: &'a Failpoints,
}

impl ContentWriter<'_> {
    fn write_chunks(
        &mut self,
        mut chunks: mpsc::Receiver<Bytes>,
        to_hash: SyncSender<Bytes>,
    ) -> Result<(), StopReason> {
        let mut check_space_at = self.offset;
        while let Some(chunk) = chunks.blocking_recv() {
            let end = self.offset + chunk.len() as u64;
            if end > self.length {
                return Err(StopReason::TooLong);
            }
            if self.offset >= check_space_at {
                if !(self.has_space)().map_err(StopReason::Disk)? {
                    return Err(StopReason::NoSpace);
                }
                check_space_at = self.offset + CHECKPOINT_INTERVAL_BYTES;
            }
            self.failpoints.check(Failpoint::WriteChunk).map_err(StopReason::Disk)?;
            self.file.write_all_at(&chunk, self.offset).map_err(StopReason::Disk)?;
            self.offset = end;
            self.sniff_type()?;
            if to_hash.send(chunk).is_err() {
                return Err(StopReason::Disk(io::Error::other("the hash thread ended")));
            }
        }
        Ok(())
    }

    /// Checks the format as soon as enough bytes are written, so that a wrong file is refused
    /// before all of it is sent.
    fn sniff_type(&mut self) -> Result<(), StopReason> {
        if self.sniff_at.is_none_or(|at| self.offset < at) {
            return Ok(());
        }
        self.sniff_at = None;
        let kind = sniff::media_kind_of_file(self.file, self.length).map_err(StopReason::Disk)?;
        kind.map(drop).ok_or(StopReason::UnknownType)
    }
}

fn hash_chunks(
    mut hash: ContentHash,
    mut checksum: Option<AppendChecksum>,
    chunks: Receiver<Bytes>,
    to_sync: Option<SyncSender<ContentHash>>,
) -> (ContentHash, Option<AppendChecksum>) {
    let mut last_checkpoint = hash.offset();
    for chunk in chunks {
        hash.update(&chunk);
        if let Some(checksum) = &mut checksum {
            checksum.update(&chunk);
        }
        let is_due = hash.offset() - last_checkpoint >= CHECKPOINT_INTERVAL_BYTES;
        if is_due && to_sync.as_ref().is_some_and(|sync| sync.try_send(hash.clone()).is_ok()) {
            last_checkpoint = hash.offset();
        }
    }
    (hash, checksum)
}

fn sync_checkpoints(
    file: &File,
    checkpoints: Receiver<ContentHash>,
    mut save: OnCheckpoint,
    failpoints: &Failpoints,
) -> io::Result<()> {
    for checkpoint in checkpoints {
        sync(file, failpoints)?;
        save(&checkpoint)?;
    }
    Ok(())
}

fn sync(file: &File, failpoints: &Failpoints) -> io::Result<()> {
    failpoints.check(Failpoint::SyncContent)?;
    file.sync_data()
}

fn join<T>(thread: ScopedJoinHandle<'_, T>) -> io::Result<T> {
    thread.join().map_err(|_| io::Error::other("a thread of an upload panicked"))
}
