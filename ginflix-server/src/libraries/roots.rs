//! The folders that may be served as libraries.
//!
//! Whoever adds a library has the server read and publish files of its machine. An account of an administrator is not enough for
//! that: a file on the machine names the folders, each on a line.

use std::io;
use std::path::Path;

/// The most bytes of the file.
const FILE_LIMIT_BYTES: u64 = 1 << 20;

/// Returns whether a folder is one of those that a file names, or is below one. A file that does not exist names none. Lines that are
/// empty, or begin with `#`, do not count.
///
/// # Errors
/// The file cannot be read.
pub fn is_allowed(file: &Path, folder: &Path) -> io::Result<bool> {
    let named = |error: io::Error| {
        io::Error::new(error.kind(), format!("cannot read {}: {error}", file.display()))
    };
    let size = match std::fs::metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        other => other.map_err(named)?.len(),
    };
    if size > FILE_LIMIT_BYTES {
        return Err(named(io::ErrorKind::FileTooLarge.into()));
    }
    let text = std::fs::read_to_string(file).map_err(named)?;
    Ok(names(&text, folder))
}

fn names(text: &str, folder: &Path) -> bool {
    let lines = text.lines().map(str::trim).filter(|line| line.starts_with('/'));
    let is_root = |line: &str| match std::fs::canonicalize(line) {
        Ok(root) => folder.starts_with(root),
        Err(_) => folder.starts_with(line),
    };
    lines.into_iter().any(is_root)
}

/// Returns why a folder may not be served, and what to do, as a part of a sentence.
pub fn refusal(file: &Path, folder: &Path) -> String {
    format!(
        "may not be served: add a line with {} to {} on the machine of the server; for a cluster of this machine, \
         `ginflix library add` does so",
        folder.display(),
        file.display()
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_named_folders_are_allowed() {
        let dir = tempfile::tempdir().unwrap();
        let real = std::fs::canonicalize(dir.path()).unwrap();
        let (file, movies) = (real.join("roots"), real.join("movies"));
        std::fs::create_dir(&movies).unwrap();
        symlink(&movies, real.join("link")).unwrap();
        let allowed = |path: &Path| is_allowed(&file, path).unwrap();
        assert!(!allowed(&movies), "without a file");
        let link = real.join("link");
        std::fs::write(&file, format!("# comment\n\nrelative\n  {}\n", link.display())).unwrap();
        assert!(allowed(&movies) && allowed(&movies.join("old")));
        for path in [&real, &real.join("movies2"), Path::new("/"), Path::new("relative")] {
            assert!(!allowed(path), "{}", path.display());
        }
    }
}
