//! Opens files below a folder, and never one outside of it.
//!
//! The kernel keeps the path below the folder (openat2(2) with `RESOLVE_BENEATH`), also while somebody renames folders or replaces
//! them by symbolic links. A link may lead to a file below the folder.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, ResolveFlags, Stat, openat, openat2, statat,
};
use rustix::io::Errno;

/// A folder whose files may be opened.
#[derive(Debug)]
pub struct Root {
    path: PathBuf,
    fd: OwnedFd,
}

impl Root {
    /// Opens a folder, which may be a symbolic link itself.
    ///
    /// # Errors
    /// There is no such folder, or it cannot be read.
    pub fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = openat(CWD, path, flags, Mode::empty())?;
        Ok(Self { path: path.to_owned(), fd })
    }

    /// Returns the path that the folder was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a regular file for reading, by its path relative to the folder.
    ///
    /// # Errors
    /// `NotFound` if there is no regular file, or the path leads out of the folder; another error if the file cannot be opened.
    pub fn open_file(&self, path: &Path) -> io::Result<File> {
        require_relative(path)?;
        // Only regular files are opened at all, because opening a device may do something.
        let stat = statat(&self.fd, path, AtFlags::empty())?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(io::ErrorKind::NotFound.into());
        }
        let file = File::from(self.open_beneath(path)?);
        if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::NotFound.into()) }
    }

    /// Returns the metadata of what a path leads to, without opening it. The path may lead out of the folder: compare what it returns
    /// with a file that was opened.
    ///
    /// # Errors
    /// There is nothing of this path.
    pub fn stat(&self, path: &Path) -> io::Result<Stat> {
        require_relative(path)?;
        Ok(statat(&self.fd, path, AtFlags::empty())?)
    }

    /// Reads a regular file of at most `limit` bytes.
    ///
    /// # Errors
    /// As [`Root::open_file`], and `FileTooLarge` if it has more bytes.
    pub fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        self.open_file(path)?.take(limit.saturating_add(1)).read_to_end(&mut content)?;
        if content.len() as u64 > limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(content)
    }

    fn open_beneath(&self, path: &Path) -> io::Result<OwnedFd> {
        // `NONBLOCK` keeps the open from blocking if the file has become a named pipe.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        match openat2(&self.fd, path, flags, Mode::empty(), resolve) {
            Ok(fd) => Ok(fd),
            // The path leads out of the folder, or in circles.
            Err(Errno::XDEV | Errno::LOOP) => Err(io::ErrorKind::NotFound.into()),
            // Kernels before 5.6, and some filters of system calls.
            Err(Errno::NOSYS | Errno::PERM) => open_without_links(self.fd.as_fd(), path, flags),
            Err(error) => Err(error.into()),
        }
    }
}

/// Opens a file folder by folder, without following any symbolic link.
fn open_without_links(root: BorrowedFd<'_>, path: &Path, flags: OFlags) -> io::Result<OwnedFd> {
    let open = |folder: BorrowedFd<'_>, name: &Path, flags: OFlags| match openat(
        folder,
        name,
        flags | OFlags::NOFOLLOW,
        Mode::empty(),
    ) {
        Err(Errno::LOOP | Errno::NOTDIR) => Err(io::Error::from(io::ErrorKind::NotFound)),
        other => other.map_err(io::Error::from),
    };
    let mut folder: Option<OwnedFd> = None;
    for name in path.parent().into_iter().flat_map(Path::components) {
        let above = folder.as_ref().map_or(root, AsFd::as_fd);
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        folder = Some(open(above, name.as_ref(), flags)?);
    }
    let name = path.file_name().ok_or(io::ErrorKind::NotFound)?;
    open(folder.as_ref().map_or(root, AsFd::as_fd), name.as_ref(), flags)
}

/// Requires that a path has names alone: it is not empty or absolute, and has no `..`.
fn require_relative(path: &Path) -> io::Result<()> {
    let mut names = path.components();
    let is_relative = names.clone().next().is_some()
        && names.all(|component| matches!(component, Component::Normal(_)));
    if is_relative { Ok(()) } else { Err(io::ErrorKind::NotFound.into()) }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn kind<T>(result: io::Result<T>) -> Option<io::ErrorKind> {
        result.err().map(|error| error.kind())
    }

    #[test]
    fn only_regular_files_below_the_folder_are_opened() {
        let (dir, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let secret = outside.path().join("secret.mp4");
        fs::write(&secret, "secret").unwrap();
        fs::create_dir_all(dir.path().join("a/b")).unwrap();
        fs::write(dir.path().join("a/b/movie.mp4"), "movie").unwrap();
        symlink("../a/b/movie.mp4", dir.path().join("a/inside.mp4")).unwrap();
        symlink("b/movie.mp4", dir.path().join("a/link.mp4")).unwrap();
        symlink(&secret, dir.path().join("absolute.mp4")).unwrap();
        symlink(outside.path(), dir.path().join("folder")).unwrap();
        symlink("circle.mp4", dir.path().join("circle.mp4")).unwrap();
        let root = Root::open(dir.path()).unwrap();
        for path in ["a/b/movie.mp4", "a/link.mp4", "a/inside.mp4"] {
            assert_eq!(root.read(Path::new(path), 5).unwrap(), b"movie", "{path}");
        }
        let not_found = Some(io::ErrorKind::NotFound);
        let up = format!("../{}/secret.mp4", outside.path().file_name().unwrap().display());
        let absolute = secret.display().to_string();
        for path in [
            "absolute.mp4",
            "folder/secret.mp4",
            up.as_str(),
            absolute.as_str(),
            "a/../a/b/movie.mp4",
            "a/b",
            "",
            ".",
            "none",
        ] {
            assert_eq!(kind(root.open_file(Path::new(path))), not_found, "{path}");
        }
        assert!(root.open_file(Path::new("circle.mp4")).is_err());
        let too_large = Some(io::ErrorKind::FileTooLarge);
        assert_eq!(kind(root.read(Path::new("a/b/movie.mp4"), 4)), too_large);
    }

    #[test]
    fn without_openat2_no_link_is_followed() {
        let (dir, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir(dir.path().join("a")).unwrap();
        fs::write(dir.path().join("a/movie.mp4"), "movie").unwrap();
        fs::write(outside.path().join("secret.mp4"), "secret").unwrap();
        symlink(outside.path(), dir.path().join("folder")).unwrap();
        symlink("a/movie.mp4", dir.path().join("link.mp4")).unwrap();
        let root = Root::open(dir.path()).unwrap();
        let open = |path: &str| {
            open_without_links(root.fd.as_fd(), Path::new(path), OFlags::RDONLY | OFlags::CLOEXEC)
        };
        assert!(open("a/movie.mp4").is_ok());
        for path in ["folder/secret.mp4", "link.mp4", "none.mp4"] {
            assert_eq!(kind(open(path)), Some(io::ErrorKind::NotFound), "{path}");
        }
    }

    #[test]
    fn a_pipe_is_not_opened() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe.mp4");
        rustix::fs::mkfifoat(CWD, &pipe, Mode::RUSR).unwrap();
        let root = Root::open(dir.path()).unwrap();
        let opened = root.open_file(Path::new("pipe.mp4"));
        assert_eq!(kind(opened), Some(io::ErrorKind::NotFound));
    }
}
