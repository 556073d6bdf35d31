//! The space of the volume: used and free.

use std::io;

use super::listing::media_name;
use super::{Volume, VolumeError};

/// The file name extension of the content of an unfinished upload.
pub const PART_EXTENSION: &str = "part";

/// The numbers of files and bytes on the volume.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VolumeUsage {
    /// The number of media files.
    pub media: u64,
    /// The total size of all media files in bytes.
    pub media_bytes: u64,
    /// The number of unfinished uploads.
    pub uploads: u64,
    /// The total size of all unfinished uploads in bytes.
    pub upload_bytes: u64,
    /// The number of bytes that this process may still write.
    pub free_bytes: u64,
}

impl Volume {
    /// Counts files and bytes. Blocks while it reads the directories.
    ///
    /// # Errors
    /// Fails if a directory cannot be read.
    pub fn usage(&self) -> Result<VolumeUsage, VolumeError> {
        let mut usage = VolumeUsage { free_bytes: self.free_bytes()?, ..VolumeUsage::default() };
        for entry in std::fs::read_dir(&self.0.media_dir.path)? {
            let entry = entry?;
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_file() && media_name(&entry).is_some() {
                usage.media += 1;
                usage.media_bytes += metadata.len();
            }
        }
        for entry in std::fs::read_dir(self.uploads_dir())? {
            let entry = entry?;
            let Ok(metadata) = entry.metadata() else { continue };
            if entry.path().extension().is_some_and(|extension| extension == PART_EXTENSION) {
                usage.uploads += 1;
                usage.upload_bytes += metadata.len();
            }
        }
        Ok(usage)
    }

    /// Returns the number of bytes that this process may still write to the file system.
    ///
    /// # Errors
    /// Fails if statvfs(3) fails.
    pub fn free_bytes(&self) -> io::Result<u64> {
        let stat = rustix::fs::statvfs(&self.0.root)?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    /// Returns the number of used bytes of the file system, and of bytes that this process may
    /// still write.
    ///
    /// # Errors
    /// Fails if statvfs(3) fails.
    pub fn space(&self) -> io::Result<(u64, u64)> {
        let stat = rustix::fs::statvfs(&self.0.root)?;
        let used = stat.f_blocks.saturating_sub(stat.f_bfree).saturating_mul(stat.f_frsize);
        Ok((used, stat.f_bavail.saturating_mul(stat.f_frsize)))
    }
}
