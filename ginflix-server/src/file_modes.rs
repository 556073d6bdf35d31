//! The modes of the files and directories that the server creates. The umask can only make them
//! stricter.
//!
//! Everything but media files is private, because hashes of passwords, keys and the addresses of
//! clients are in it. Media files have the mode of public content: their owner may share the folder
//! with other programs, and gives access to it by the mode of the data directory.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The mode of a private file.
pub const PRIVATE_FILE_MODE: u32 = 0o600;
/// The mode of a private directory.
const PRIVATE_DIR_MODE: u32 = 0o700;
/// The mode of a media file, which it has from the beginning of its upload.
pub const MEDIA_FILE_MODE: u32 = 0o644;
/// The mode of the directory of media files.
const MEDIA_DIR_MODE: u32 = 0o755;
/// The bits that give access to others than the owner.
const OTHERS: u32 = 0o077;

/// Creates a private directory and its parents, unless it exists.
///
/// # Errors
/// A directory cannot be created.
pub fn create_private_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(PRIVATE_DIR_MODE).create(path)
}

/// Creates the directory of media files, unless it exists.
///
/// # Errors
/// The directory cannot be created.
pub fn create_media_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(MEDIA_DIR_MODE).create(path)
}

/// Takes the access of others away from those of these files and directories that exist and have
/// it, such as ones of an earlier version, and logs that.
pub fn make_private(paths: impl IntoIterator<Item = PathBuf>) {
    let mut changed = Vec::new();
    for path in paths {
        match remove_others(&path) {
            Ok(true) => changed.push(path),
            Ok(false) => {}
            Err(error) => tracing::warn!(
                %error, path = %path.display(),
                "other users of this machine may read this path, and its mode cannot be changed: \
                 change it to 0600, or 0700 for a directory"
            ),
        }
    }
    if !changed.is_empty() {
        tracing::info!(paths = ?changed, "took the access of other users away from private files");
    }
}

/// Returns whether the mode had to be changed. The path is not opened: closing a descriptor of the
/// database would release the POSIX locks of SQLite.
fn remove_others(path: &Path) -> io::Result<bool> {
    let metadata = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        other => other?,
    };
    let mode = metadata.permissions().mode() & 0o7777;
    if metadata.is_symlink() || mode & OTHERS == 0 {
        return Ok(false);
    }
    fs::set_permissions(path, Permissions::from_mode(mode & !OTHERS))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn only_the_access_of_others_is_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let [wide, narrow, link] = ["wide", "narrow", "link"].map(|name| folder.path().join(name));
        for (path, before) in [(&wide, 0o664), (&narrow, 0o400)] {
            fs::write(path, "").unwrap();
            fs::set_permissions(path, Permissions::from_mode(before)).unwrap();
        }
        std::os::unix::fs::symlink(folder.path(), &link).unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        make_private([wide.clone(), narrow.clone(), link, folder.path().join("missing")]);
        assert_eq!((mode(&wide), mode(&narrow)), (0o600, 0o400));
        assert_eq!(mode(folder.path()), 0o755, "links are not followed");
    }
}
