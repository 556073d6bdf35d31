//! Writes that survive a power cut.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// Writes a small file whole or not at all: temp, fsync, rename, fsync of the directory.
///
/// # Errors
/// Where the disk refuses; the file then is as it was.
pub fn write(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(".tmp-").tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(folder.join(name))?;
    sync_folder(folder)
}

/// Makes renames and removals in a directory durable.
///
/// # Errors
/// Where the disk refuses.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Removes a file; that is no error where it is not there.
///
/// # Errors
/// Where the disk refuses.
pub fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}
