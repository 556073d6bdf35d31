//! The directory of the media files. No media name can refer to a file outside of it.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use ginflix_api::media::MediaName;
use rustix::fs::{Mode, OFlags, openat};

use super::info::MediaInfoStore;

/// The directory of the media files, with the store of their metadata.
#[derive(Debug)]
pub struct MediaDir {
    /// The path of the directory.
    pub path: PathBuf,
    /// A descriptor of the directory.
    pub fd: OwnedFd,
    /// The metadata of the files.
    pub info_store: MediaInfoStore,
}

impl MediaDir {
    /// Opens a regular file for reading.
    ///
    /// # Errors
    /// Fails with `NotFound` if there is no file of this name, or if it is a symbolic link, a
    /// directory or a device; with another error if the file cannot be opened.
    pub fn open(&self, name: &MediaName) -> io::Result<File> {
        // A media name is one path segment and `NOFOLLOW` refuses links, so the file is in this
        // directory. `NONBLOCK` keeps the open of a named pipe from blocking.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match openat(&self.fd, name.as_str(), flags, Mode::empty()) {
            Ok(fd) => File::from(fd),
            // `NOFOLLOW` fails with this error for a symbolic link.
            Err(rustix::io::Errno::LOOP) => return Err(io::ErrorKind::NotFound.into()),
            Err(error) => return Err(error.into()),
        };
        if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::NotFound.into()) }
    }
}
