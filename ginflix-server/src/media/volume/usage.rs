//! How much the volume holds, and how much more it may.

use std::io;

use super::listing::legal_name;
use super::{Volume, VolumeError};

/// Extension of an unfinished upload's content.
pub const PART: &str = "part";

/// What the volume holds and has room for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Media files.
    pub media: u64,
    /// Their bytes.
    pub media_bytes: u64,
    /// Unfinished uploads.
    pub uploads: u64,
    /// Bytes that they hold so far.
    pub upload_bytes: u64,
    /// Bytes that may still be written.
    pub free_bytes: u64,
}

impl Volume {
    /// Counts what is there. Reads the folders: for blocking threads.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn usage(&self) -> Result<Usage, VolumeError> {
        let mut usage = Usage { free_bytes: self.free_bytes()?, ..Usage::default() };
        for entry in std::fs::read_dir(&self.0.files.folder)? {
            let entry = entry?;
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_file() && legal_name(&entry).is_some() {
                usage.media += 1;
                usage.media_bytes += metadata.len();
            }
        }
        for entry in std::fs::read_dir(self.uploads_folder())? {
            let entry = entry?;
            let Ok(metadata) = entry.metadata() else { continue };
            if entry.path().extension().is_some_and(|extension| extension == PART) {
                usage.uploads += 1;
                usage.upload_bytes += metadata.len();
            }
        }
        Ok(usage)
    }

    /// Bytes that this process may still write.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn free_bytes(&self) -> io::Result<u64> {
        let stat = rustix::fs::statvfs(&self.0.root)?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    /// Bytes of the file system that are used, and that this process may still write.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn space(&self) -> io::Result<(u64, u64)> {
        let stat = rustix::fs::statvfs(&self.0.root)?;
        let used = stat.f_blocks.saturating_sub(stat.f_bfree).saturating_mul(stat.f_frsize);
        Ok((used, stat.f_bavail.saturating_mul(stat.f_frsize)))
    }
}
