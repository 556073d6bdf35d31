//! The folder of the visible files: opened without leaving it.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use ginflix_api::media::MediaName;
use rustix::fs::{Mode, OFlags, openat};

use super::facts::FactsStore;

/// The visible files and their facts, without lock or threads.
#[derive(Debug)]
pub struct Files {
    /// Where they are.
    pub folder: PathBuf,
    /// The same folder, open.
    pub handle: OwnedFd,
    /// What is known of them.
    pub facts: FactsStore,
}

impl Files {
    /// Opens a regular file for reading. The name is one path segment and no
    /// link is followed, so nothing outside of the folder can be meant;
    /// `NONBLOCK` keeps a named pipe from holding the caller.
    ///
    /// # Errors
    /// `NotFound` also where the name is a link, a folder or a device.
    pub fn open(&self, name: &MediaName) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match openat(&self.handle, name.as_str(), flags, Mode::empty()) {
            Ok(fd) => File::from(fd),
            Err(rustix::io::Errno::LOOP) => return Err(io::ErrorKind::NotFound.into()),
            Err(error) => return Err(error.into()),
        };
        if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::NotFound.into()) }
    }
}
