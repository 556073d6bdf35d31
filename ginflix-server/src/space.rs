//! Hints for a failed start when a file system is full. Few errors name that cause: SQLite, for
//! example, reports a "disk I/O error".

use std::path::{Path, PathBuf};

use crate::byte_size::format_bytes;
use crate::config::{Config, Database};

/// The free space, in bytes, below which a start is likely to fail.
const FREE_SPACE_MINIMUM_BYTES: u64 = 1 << 20;

/// The directories that a start writes to.
pub fn written_dirs(config: &Config) -> Vec<PathBuf> {
    let database = match &config.database {
        Database::Sqlite(path) => Some(parent_dir(path)),
        Database::Postgres(_) => None,
    };
    let address = config.address_file.as_deref().map(parent_dir);
    std::iter::once(config.data_dir.clone()).chain(database).chain(address).collect()
}

fn parent_dir(path: &Path) -> PathBuf {
    path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new(".")).into()
}

/// Returns a hint that names the first of these directories whose file system is full; `None` if
/// none is.
pub fn full_disk_hint(dirs: &[PathBuf]) -> Option<String> {
    dirs.iter().find_map(|dir| {
        let stat = rustix::fs::statvfs(dir).ok()?;
        let free = stat.f_bavail.saturating_mul(stat.f_frsize);
        (free < FREE_SPACE_MINIMUM_BYTES).then(|| {
            format!(
                "the file system of {} is full ({} free): delete files that are not needed or \
                 enlarge the file system, then start again",
                dir.display(),
                format_bytes(free)
            )
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_with_free_space_gives_no_hint() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(full_disk_hint(&[dir.path().to_owned(), "/nonexistent".into()]), None);
    }

    #[test]
    fn a_full_directory_is_named() {
        // procfs never has free space.
        let hint = full_disk_hint(&["/proc".into()]).unwrap();
        assert!(hint.contains("/proc is full (0 B free)"), "{hint}");
    }

    #[test]
    fn a_bare_file_name_is_in_the_current_directory() {
        assert_eq!(parent_dir(Path::new("address")), Path::new("."));
        assert_eq!(parent_dir(Path::new("/a/b")), Path::new("/a"));
    }
}
