//! Fetching a file from a peer: the content is written to `pulls/` and hashed while it arrives, and
//! takes its name only if its SHA-256 is right. After a restart, the pull resumes.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use ginflix_api::media::{Media, MediaName};
use tokio::sync::mpsc;

use super::Volume;
use super::info::{FileVersion, MediaInfo};
use super::upload::hash::ContentHash;
use super::volume::VolumeError;
use crate::byte_size::format_bytes;
use crate::durable;
use crate::file_modes::MEDIA_FILE_MODE;

/// The number of bytes after which the free space is checked again.
const SPACE_CHECK_INTERVAL_BYTES: u64 = 64 << 20;

/// A file that is being fetched from a peer.
#[derive(Debug)]
pub struct Pull {
    volume: Volume,
    media: Media,
    reserve: u64,
    part: PathBuf,
    hash: ContentHash,
}

/// A file could not be fetched or published.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// The content has another SHA-256 than the catalogue records. The content was discarded.
    #[error("the content has the SHA-256 {0}, not the one in the catalogue; it was discarded")]
    ChecksumMismatch(String),
    /// The name refers to another file than when the pull began, or an upload claims it.
    #[error("another file has taken the name meanwhile")]
    NameTaken,
    /// The file would use the reserve of the volume.
    #[error(
        "the volume is full: the file needs {} more, but only {} are free beside the reserve",
        format_bytes(*.needed),
        format_bytes(*.free)
    )]
    NoSpace {
        /// The bytes that are still to come.
        needed: u64,
        /// The free bytes beside the reserve.
        free: u64,
    },
    /// The file system failed.
    #[error("cannot write to the volume: {0}")]
    Io(#[from] io::Error),
}

impl Pull {
    /// Starts a pull, or resumes an earlier one, whose bytes are hashed again. Keeps `reserve`
    /// bytes of the volume free. Blocks on the disk.
    ///
    /// # Errors
    /// Fails if the file does not fit, or if the file system fails.
    pub fn open(volume: &Volume, media: &Media, reserve: u64) -> Result<Self, PullError> {
        let part = volume
            .pulls_dir()
            .join(part_name(&media.name, media.sha256.as_deref().unwrap_or_default()));
        let mut options = File::options();
        let file =
            options.create(true).append(true).read(true).mode(MEDIA_FILE_MODE).open(&part)?;
        let mut length = file.metadata()?.len();
        if length > media.size_bytes {
            file.set_len(0)?;
            length = 0;
        }
        let mut hash = ContentHash::default();
        hash.catch_up(&file, length)?;
        let pull = Self { volume: volume.clone(), media: media.clone(), reserve, part, hash };
        pull.check_space()?;
        Ok(pull)
    }

    /// Returns the number of bytes that are written.
    pub fn offset(&self) -> u64 {
        self.hash.offset()
    }

    /// Writes chunks until the channel is closed. Blocks on the channel and the disk.
    ///
    /// # Errors
    /// Fails if the file does not fit, or if the file system fails.
    pub fn write_chunks(mut self, mut chunks: mpsc::Receiver<Bytes>) -> Result<Self, PullError> {
        let file = File::options().write(true).open(&self.part)?;
        let mut check_space_at = self.offset() + SPACE_CHECK_INTERVAL_BYTES;
        while let Some(chunk) = chunks.blocking_recv() {
            if self.offset() >= check_space_at {
                self.check_space()?;
                check_space_at = self.offset() + SPACE_CHECK_INTERVAL_BYTES;
            }
            file.write_all_at(&chunk, self.offset())?;
            self.hash.update(&chunk);
        }
        Ok(self)
    }

    fn check_space(&self) -> Result<(), PullError> {
        let needed = self.media.size_bytes.saturating_sub(self.offset());
        let free = self.volume.free_bytes()?.saturating_sub(self.reserve);
        if needed > free { Err(PullError::NoSpace { needed, free }) } else { Ok(()) }
    }

    /// Publishes the complete file if its SHA-256 is right and its name still refers to the version
    /// `replaces`, or to no file if that is `None`. Sets its modification time to `modified`.
    ///
    /// The caller holds the lock of the name. Blocks on the disk.
    ///
    /// # Errors
    /// Fails if the SHA-256 is wrong, if the name refers to another file or is claimed by an
    /// upload, or if the file system fails.
    pub fn publish(
        self,
        modified: SystemTime,
        replaces: Option<FileVersion>,
    ) -> Result<(), PullError> {
        let sha256 = self.hash.sha256();
        if !self.media.has_sha256(&sha256) {
            durable::remove_if_exists(&self.part)?;
            return Err(PullError::ChecksumMismatch(sha256));
        }
        let (volume, name) = (&self.volume, &self.media.name);
        let present = match volume.stat(name) {
            Ok(file) => Some(file.version),
            // The fetched file replaces one that cannot be read.
            Err(VolumeError::NotFound(_) | VolumeError::Unreadable(_)) => None,
            Err(VolumeError::Io(error)) => return Err(error.into()),
        };
        if present != replaces || volume.name_locks().is_claimed(name) {
            return Err(PullError::NameTaken);
        }
        let file = File::options().write(true).open(&self.part)?;
        // All streamers have to send the same `Last-Modified` field.
        file.set_modified(modified)?;
        file.sync_all()?;
        let info = MediaInfo {
            version: FileVersion::of(&file.metadata()?),
            sha256,
            is_sampled: false,
            duration_seconds: self.media.duration_seconds,
            created_at: self.media.created_at,
            // The indexer inspects the copy.
            inspection: self.media.inspection.clone().map(Arc::new),
            file_name: self.media.file_name.clone(),
        };
        std::fs::rename(&self.part, volume.media_path(name))?;
        durable::sync_dir(volume.media_dir())?;
        durable::sync_dir(&volume.pulls_dir())?;
        Ok(volume.publish_info(name, &info)?)
    }
}

/// Returns the name of the file to which content is written. It depends on the SHA-256, so that a
/// pull never resumes with other content of the same media name.
fn part_name(name: &MediaName, sha256: &str) -> String {
    let prefix: String = sha256.chars().take(16).collect();
    format!("{name}.{prefix}.part")
}

/// Removes the files of pulls whose media name and SHA-256 are not in `wanted`. Blocks on the disk.
///
/// # Errors
/// Fails if the directory cannot be read or a file cannot be removed.
pub fn remove_unwanted<'a>(
    volume: &Volume,
    wanted: impl Iterator<Item = (&'a MediaName, &'a str)>,
) -> io::Result<()> {
    let wanted: HashSet<String> = wanted.map(|(name, sha256)| part_name(name, sha256)).collect();
    for entry in std::fs::read_dir(volume.pulls_dir())? {
        let entry = entry?;
        if !entry.file_name().to_str().is_some_and(|name| wanted.contains(name)) {
            durable::remove_if_exists(&entry.path())?;
        }
    }
    Ok(())
}
