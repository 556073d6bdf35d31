//! A film that comes from a peer: written beside the others, held against its
//! SHA-256 while it arrives, and given its name only when it is right. What
//! has arrived outlives a restart.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::time::SystemTime;

use bytes::Bytes;
use ginflix_api::media::{Media, MediaName};
use tokio::sync::mpsc;

use super::Volume;
use super::facts::{Facts, Stamp};
use super::upload::hash::ContentHash;
use super::volume::VolumeError;
use crate::durable;

/// Bytes after which it is looked whether there still is room.
const LOOK_EVERY: u64 = 64 << 20;

/// A film on its way from a peer.
#[derive(Debug)]
pub struct Pull {
    volume: Volume,
    media: Media,
    reserve: u64,
    part: PathBuf,
    hash: ContentHash,
}

/// Why a film did not get its name.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// What arrived is something else; it was thrown away.
    #[error("what arrived has the SHA-256 {0}, not that of the catalogue; it was thrown away")]
    Wrong(String),
    /// Somebody else gave that name to another file meanwhile.
    #[error("its name was given to another file meanwhile")]
    Overtaken,
    /// The volume's reserve would be touched.
    #[error(
        "there is no room for it: {needed} bytes are needed, {free} are free beside the reserve"
    )]
    NoRoom {
        /// Bytes that are still to come.
        needed: u64,
        /// Bytes that may be written.
        free: u64,
    },
    /// The disk refused.
    #[error("the volume: {0}")]
    Disk(#[from] io::Error),
}

impl Pull {
    /// Begins, or goes on where an earlier attempt ended, whose bytes are read
    /// again. Leaves `reserve` bytes of the volume free. For blocking threads.
    ///
    /// # Errors
    /// `NoRoom`, and what the disk says.
    pub fn begin(volume: &Volume, media: &Media, reserve: u64) -> Result<Self, PullError> {
        let part = volume.pulls_folder().join(part_name(&media.name, &media.sha256));
        let file = File::options().create(true).append(true).read(true).open(&part)?;
        let mut length = file.metadata()?.len();
        if length > media.size_bytes {
            file.set_len(0)?;
            length = 0;
        }
        let mut hash = ContentHash::default();
        hash.catch_up(&file, length)?;
        let pull = Self { volume: volume.clone(), media: media.clone(), reserve, part, hash };
        pull.check_room()?;
        Ok(pull)
    }

    /// Bytes that are there.
    pub fn offset(&self) -> u64 {
        self.hash.offset()
    }

    /// Writes what comes until it ends. For blocking threads.
    ///
    /// # Errors
    /// `NoRoom`, and what the disk says.
    pub fn write(mut self, mut pieces: mpsc::Receiver<Bytes>) -> Result<Self, PullError> {
        let file = File::options().write(true).open(&self.part)?;
        let mut look_at = self.offset() + LOOK_EVERY;
        while let Some(piece) = pieces.blocking_recv() {
            if self.offset() >= look_at {
                self.check_room()?;
                look_at = self.offset() + LOOK_EVERY;
            }
            file.write_all_at(&piece, self.offset())?;
            self.hash.update(&piece);
        }
        Ok(self)
    }

    fn check_room(&self) -> Result<(), PullError> {
        let needed = self.media.size_bytes.saturating_sub(self.offset());
        let free = self.volume.free_bytes()?.saturating_sub(self.reserve);
        if needed > free { Err(PullError::NoRoom { needed, free }) } else { Ok(()) }
    }

    /// Makes the whole film visible, if it is right and its name stands for
    /// what it stood for at the start. Whoever calls this holds the name. For
    /// blocking threads.
    ///
    /// # Errors
    /// `Wrong`, `Overtaken`, and what the disk says.
    pub fn finish(self, modified: SystemTime, replaces: Option<Stamp>) -> Result<(), PullError> {
        let sha256 = self.hash.sha256();
        if sha256 != self.media.sha256 {
            durable::remove(&self.part)?;
            return Err(PullError::Wrong(sha256));
        }
        let (volume, name) = (&self.volume, &self.media.name);
        let present = match volume.stat(name) {
            Ok(file) => Some(file.stamp),
            Err(VolumeError::NotFound(_)) => None,
            Err(VolumeError::Io(error)) => return Err(error.into()),
        };
        if present != replaces || volume.names().is_claimed(name) {
            return Err(PullError::Overtaken);
        }
        let file = File::options().write(true).open(&self.part)?;
        // The same on all streamers, as dates are told apart by it.
        file.set_modified(modified)?;
        file.sync_all()?;
        let facts = Facts {
            stamp: Stamp::of(&file.metadata()?),
            sha256,
            duration_seconds: self.media.duration_seconds,
            created_at: self.media.created_at,
        };
        std::fs::rename(&self.part, volume.media_path(name))?;
        durable::sync_folder(volume.media_folder())?;
        durable::sync_folder(&volume.pulls_folder())?;
        Ok(volume.put_facts(name, &facts)?)
    }
}

/// Name of the file in which a film arrives: another one for other content.
fn part_name(name: &MediaName, sha256: &str) -> String {
    let content: String = sha256.chars().take(16).collect();
    format!("{name}.{content}.part")
}

/// Clears away what arrived of films that are not wanted any more. For
/// blocking threads.
///
/// # Errors
/// What the disk says.
pub fn sweep<'a>(
    volume: &Volume,
    wanted: impl Iterator<Item = (&'a MediaName, &'a str)>,
) -> io::Result<()> {
    let wanted: HashSet<String> = wanted.map(|(name, sha256)| part_name(name, sha256)).collect();
    for entry in std::fs::read_dir(volume.pulls_folder())? {
        let entry = entry?;
        if !entry.file_name().to_str().is_some_and(|name| wanted.contains(name)) {
            durable::remove(&entry.path())?;
        }
    }
    Ok(())
}
