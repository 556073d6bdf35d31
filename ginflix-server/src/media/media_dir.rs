//! The directory of the media files, and the files of libraries. No media name can refer to a file outside of them.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use ginflix_api::media::MediaName;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat, openat, statat};

use super::info::MediaInfoStore;
use super::library_files::LibraryFiles;

/// The directory of the media files, with the store of their metadata.
#[derive(Debug)]
pub struct MediaDir {
    /// The path of the directory.
    pub path: PathBuf,
    /// A descriptor of the directory.
    pub fd: OwnedFd,
    /// The metadata of the files.
    pub info_store: MediaInfoStore,
    /// The files of libraries, whose names no file in the directory has.
    pub library_files: LibraryFiles,
}

impl MediaDir {
    /// Opens a regular file for reading.
    ///
    /// # Errors
    /// Fails with `NotFound` if there is no file of this name, or if it is a symbolic link, a
    /// directory, a named pipe, a socket or a device; with another error if the file cannot be
    /// opened.
    pub fn open(&self, name: &MediaName) -> io::Result<File> {
        if let Some(file) = self.library_files.get(name) {
            return file.root.open_file(&file.path);
        }
        // Only regular files are opened at all, because opening a device may do something.
        if !is_regular(&self.stat(name.as_str())?) {
            return Err(io::ErrorKind::NotFound.into());
        }
        // A media name is one path segment and `NOFOLLOW` refuses links, so the file is in this
        // directory. `NONBLOCK` keeps the open from blocking if the file has become a named pipe.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match openat(&self.fd, name.as_str(), flags, Mode::empty()) {
            Ok(fd) => File::from(fd),
            // `NOFOLLOW` fails with this error for a symbolic link.
            Err(rustix::io::Errno::LOOP) => return Err(io::ErrorKind::NotFound.into()),
            Err(error) => return Err(error.into()),
        };
        if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::NotFound.into()) }
    }

    /// Returns the metadata of what a media name refers to, without opening it. A file of a library may be a symbolic link.
    ///
    /// # Errors
    /// Fails with `NotFound` if there is nothing of this name.
    pub fn stat_media(&self, name: &MediaName) -> io::Result<Stat> {
        match self.library_files.get(name) {
            Some(file) => file.root.stat(&file.path),
            None => self.stat(name.as_str()),
        }
    }

    /// Returns the metadata of an entry of the directory, of any type, without following a symbolic link or opening
    /// it.
    ///
    /// # Errors
    /// Fails with `NotFound` if there is no entry of this name.
    pub fn stat(&self, file_name: impl AsRef<OsStr>) -> io::Result<Stat> {
        Ok(statat(&self.fd, file_name.as_ref(), AtFlags::SYMLINK_NOFOLLOW)?)
    }
}

/// Returns whether these are the metadata of a regular file.
pub fn is_regular(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
}
