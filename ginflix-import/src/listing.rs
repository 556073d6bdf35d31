//! The files of a folder, as they are listed and planned.

use std::borrow::Cow;
use std::path::PathBuf;
use std::time::SystemTime;

/// The most folders above a file, below the root.
pub const DEPTH_LIMIT: usize = 32;

/// A regular file below the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFile {
    /// The path relative to the root, of names alone: no `.` and `..`.
    pub path: PathBuf,
    /// The size in bytes.
    pub size_bytes: u64,
    /// The modification time.
    pub modified: SystemTime,
}

impl ListedFile {
    /// Returns the name, with U+FFFD for what is not UTF-8.
    pub fn name(&self) -> Cow<'_, str> {
        self.path.file_name().unwrap_or_default().to_string_lossy()
    }
}
