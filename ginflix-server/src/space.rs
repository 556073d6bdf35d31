//! Whether a start failed because a file system is full, which few errors say: to SQLite it is a
//! "disk I/O error".

use std::path::{Path, PathBuf};

use crate::config::{Config, Database};

/// With fewer free bytes than this a start cannot be expected to work.
const LEAST_FREE_BYTES: u64 = 1 << 20;

/// Folders that a start writes to.
pub fn written_folders(config: &Config) -> Vec<PathBuf> {
    let database = match &config.database {
        Database::Sqlite(path) => Some(folder_of(path)),
        Database::Postgres(_) => None,
    };
    let address = config.address_file.as_deref().map(folder_of);
    std::iter::once(config.data_dir.clone()).chain(database).chain(address).collect()
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).into()
}

/// The first of these folders with next to no room, how much it has and what to do about it, in
/// words; `None` where each has some.
pub fn explain_full(folders: &[PathBuf]) -> Option<String> {
    folders.iter().find_map(|folder| {
        let facts = rustix::fs::statvfs(folder).ok()?;
        let free = facts.f_bavail.saturating_mul(facts.f_frsize);
        (free < LEAST_FREE_BYTES).then(|| {
            format!(
                "there is hardly any room in {} ({free} bytes free): \
                 delete what is not needed there or enlarge its file system, then start again",
                folder.display()
            )
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_room_is_no_reason() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(explain_full(&[folder.path().to_owned(), "/nonexistent".into()]), None);
    }

    #[test]
    fn a_full_folder_is_named_with_what_is_free() {
        // A file system that never has room for anything.
        let full = explain_full(&["/proc".into()]).unwrap();
        assert!(full.contains("/proc") && full.contains("0 bytes"), "{full}");
    }

    #[test]
    fn a_bare_name_is_in_the_current_folder() {
        assert_eq!(folder_of(Path::new("address")), Path::new("."));
        assert_eq!(folder_of(Path::new("/a/b")), Path::new("/a"));
    }
}
