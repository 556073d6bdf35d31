//! Bytes to the disk: one thread writes, one hashes, one syncs, all at once,
//! with a few pieces between them.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, ScopedJoinHandle};

use bytes::Bytes;
use sha2::digest::DynDigest;
use tokio::sync::mpsc;

use super::fault::{Faults, Step};
use super::hash::ContentHash;
use crate::media::kind;

/// Pieces that have come and are not on the disk yet: they are lost when this
/// process dies. A piece is what one read of a socket gives, at most about 400 KiB.
pub const MOST_UNWRITTEN: usize = 2;

/// Pieces that are on the disk and not hashed yet.
const MOST_UNHASHED: usize = 8;

/// Bytes after which what has arrived is made durable, while more arrives.
const CHECKPOINT_BYTES: u64 = 64 << 20;

/// A checksum of one append alone.
pub type AppendChecksum = Box<dyn DynDigest + Send>;

/// Called with each checkpoint, once the bytes up to it are durable.
pub type OnCheckpoint = Box<dyn FnMut(&ContentHash) -> io::Result<()> + Send>;

/// Says whether the volume has room for more.
pub type HasRoom = Box<dyn Fn() -> io::Result<bool> + Send>;

/// One append to a file.
pub struct Writer {
    /// Open for writing.
    pub file: File,
    /// Length that the file will have in the end.
    pub length: u64,
    /// Hash of what is there; the append starts where it ends.
    pub hash: ContentHash,
    /// Also wanted: a checksum of this append.
    pub checksum: Option<AppendChecksum>,
    /// Keeps checkpoints; `None` where the append counts whole or not at all.
    pub on_checkpoint: Option<OnCheckpoint>,
    /// Asked before the first and then every so many bytes.
    pub has_room: HasRoom,
    /// Whether the content is taken whatever its first bytes say.
    pub any_type: bool,
    /// The tests' seam.
    pub faults: Faults,
}

/// What came of an append: all of it is durable.
pub struct Written {
    /// Hash up to where the content now ends.
    pub hash: ContentHash,
    /// The checksum of this append, if it was wanted.
    pub checksum: Option<Box<[u8]>>,
    /// Why not all was taken.
    pub stopped: Option<Stop>,
}

/// Why a writer takes no more.
#[derive(Debug)]
pub enum Stop {
    /// There would be more than was announced.
    TooLong,
    /// The volume's reserve is reached.
    NoRoom,
    /// The first bytes are of nothing that is taken.
    UnknownType,
    /// The disk refuses.
    Disk(io::Error),
}

impl Writer {
    /// Writes until the pieces end. For a blocking thread.
    ///
    /// # Errors
    /// Where it is not certain what of the append is durable.
    pub fn run(self, pieces: mpsc::Receiver<Bytes>) -> io::Result<Written> {
        let Self { file, length, hash, checksum, on_checkpoint, has_room, any_type, faults } = self;
        let (file, start) = (&file, hash.offset());
        std::thread::scope(|scope| {
            let (to_hash, hashing) = sync_channel(MOST_UNHASHED);
            // Without room for one: a checkpoint is taken when the last is done.
            let (to_sync, syncing) = sync_channel(0);
            let to_sync = on_checkpoint.is_some().then_some(to_sync);
            let hasher = Builder::new()
                .name("upload-hash".to_owned())
                .spawn_scoped(scope, move || hash_pieces(hash, checksum, hashing, to_sync))?;
            let syncer_faults = faults.clone();
            let syncer =
                Builder::new().name("upload-sync".to_owned()).spawn_scoped(scope, move || {
                    match on_checkpoint {
                        Some(keep) => sync_checkpoints(file, syncing, keep, &syncer_faults),
                        None => Ok(()),
                    }
                })?;
            let judge_at = (!any_type).then(|| length.min(kind::HEAD_BYTES as u64));
            let mut writing =
                Writing { file, offset: start, length, judge_at, has_room, faults: &faults };
            let stopped = writing.write_pieces(pieces, to_hash).err();
            // Whatever a failed write left behind the last whole piece is none of ours.
            let cut = if stopped.is_some() { file.set_len(writing.offset) } else { Ok(()) };
            let synced = sync(file, &faults);
            let (hash, checksum) = join(hasher)?;
            join(syncer)??;
            cut?;
            synced?;
            Ok(Written { hash, checksum: checksum.map(DynDigest::finalize), stopped })
        })
    }
}

struct Writing<'a> {
    file: &'a File,
    offset: u64,
    length: u64,
    /// Where there is enough to tell the type, if it is to be told.
    judge_at: Option<u64>,
    has_room: HasRoom,
    faults: &'a Faults,
}

impl Writing<'_> {
    fn write_pieces(
        &mut self,
        mut pieces: mpsc::Receiver<Bytes>,
        to_hash: SyncSender<Bytes>,
    ) -> Result<(), Stop> {
        let mut look_at = self.offset;
        while let Some(piece) = pieces.blocking_recv() {
            let end = self.offset + piece.len() as u64;
            if end > self.length {
                return Err(Stop::TooLong);
            }
            if self.offset >= look_at {
                if !(self.has_room)().map_err(Stop::Disk)? {
                    return Err(Stop::NoRoom);
                }
                look_at = self.offset + CHECKPOINT_BYTES;
            }
            self.faults.before(Step::WritePiece).map_err(Stop::Disk)?;
            self.file.write_all_at(&piece, self.offset).map_err(Stop::Disk)?;
            self.offset = end;
            self.judge()?;
            if to_hash.send(piece).is_err() {
                return Err(Stop::Disk(io::Error::other("the hash thread ended")));
            }
        }
        Ok(())
    }

    /// As soon as the first bytes are there, so that a film's worth of something
    /// else need not arrive before it is refused.
    fn judge(&mut self) -> Result<(), Stop> {
        if self.judge_at.is_none_or(|at| self.offset < at) {
            return Ok(());
        }
        self.judge_at = None;
        let known = kind::of_file(self.file, self.length).map_err(Stop::Disk)?;
        known.map(drop).ok_or(Stop::UnknownType)
    }
}

fn hash_pieces(
    mut hash: ContentHash,
    mut checksum: Option<AppendChecksum>,
    pieces: Receiver<Bytes>,
    to_sync: Option<SyncSender<ContentHash>>,
) -> (ContentHash, Option<AppendChecksum>) {
    let mut checkpoint = hash.offset();
    for piece in pieces {
        hash.update(&piece);
        if let Some(checksum) = &mut checksum {
            checksum.update(&piece);
        }
        let due = hash.offset() - checkpoint >= CHECKPOINT_BYTES;
        if due && to_sync.as_ref().is_some_and(|sync| sync.try_send(hash.clone()).is_ok()) {
            checkpoint = hash.offset();
        }
    }
    (hash, checksum)
}

fn sync_checkpoints(
    file: &File,
    checkpoints: Receiver<ContentHash>,
    mut keep: OnCheckpoint,
    faults: &Faults,
) -> io::Result<()> {
    for checkpoint in checkpoints {
        sync(file, faults)?;
        keep(&checkpoint)?;
    }
    Ok(())
}

fn sync(file: &File, faults: &Faults) -> io::Result<()> {
    faults.before(Step::SyncContent)?;
    file.sync_data()
}

fn join<T>(thread: ScopedJoinHandle<'_, T>) -> io::Result<T> {
    thread.join().map_err(|_| io::Error::other("a thread of an upload panicked"))
}
