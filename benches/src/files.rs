//! The files that all servers send, made once and read into memory before each measurement.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rustix::fs::{Advice, fadvise};

/// Random ranges are taken from the file of this name.
pub const LARGE_NAME: &str = "large.mp4";

/// The file that is sent whole.
pub const WHOLE_NAME: &str = "whole.mp4";

/// Its size, bytes.
pub const WHOLE_SIZE: u64 = 32 << 20;

/// Size of each medium file, bytes: more than the largest range that is asked of it.
pub const MEDIUM_SIZE: u64 = 16 << 20;

/// A folder with a subfolder `media`, which is a GinFlix data directory as well.
pub struct Files {
    folder: PathBuf,
    large_size: u64,
}

impl Files {
    /// Makes the large file, of this many bytes, and the one that is sent whole.
    ///
    /// # Errors
    /// Where a file cannot be written or read.
    pub fn make(folder: &Path, large_size: u64) -> Result<Self> {
        let files = Self { folder: folder.canonicalize()?, large_size };
        fs::create_dir_all(files.media())?;
        files.make_file(LARGE_NAME, large_size)?;
        files.make_file(WHOLE_NAME, WHOLE_SIZE)?;
        Ok(files)
    }

    /// Makes the medium files, as many as the large file has room for, and returns their names.
    ///
    /// # Errors
    /// Where one cannot be written or read.
    pub fn make_medium(&self) -> Result<Vec<String>> {
        (0..self.large_size / MEDIUM_SIZE)
            .map(|number| {
                let name = format!("medium-{number}.mp4");
                self.make_file(&name, MEDIUM_SIZE)?;
                Ok(name)
            })
            .collect()
    }

    /// Where servers keep what is their own.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the files are.
    pub fn media(&self) -> PathBuf {
        self.folder.join("media")
    }

    /// Size of the large file, bytes.
    pub fn large_size(&self) -> u64 {
        self.large_size
    }

    /// A GinFlix data directory with the same files, for one more server: a data directory has one owner.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn data_dir(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        if !folder.exists() {
            fs::create_dir_all(folder.join("media"))?;
            for file in fs::read_dir(self.media())? {
                let file = file?;
                fs::hard_link(file.path(), folder.join("media").join(file.file_name()))?;
            }
        }
        Ok(folder)
    }

    /// Reads a file into memory, anew from the disk. Some machines take single pages of large
    /// pieces out of memory when they were not used for a while; what is left are small pieces,
    /// which cost more to send.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn warm(&self, name: &str) -> Result<()> {
        let mut file = File::open(self.media().join(name))?;
        fadvise(&file, 0, None, Advice::DontNeed)?;
        fadvise(&file, 0, None, Advice::Sequential)?;
        let mut buffer = vec![0; 1 << 20];
        while file.read(&mut buffer)? > 0 {}
        Ok(())
    }

    /// Makes a file of content that does not compress; it is in memory afterwards, as the kernel
    /// reads it from a disk.
    fn make_file(&self, name: &str, size: u64) -> Result<()> {
        let path = self.media().join(name);
        if !path.exists() {
            let mut file = File::create(&path).context("cannot make a file to send")?;
            io::copy(&mut File::open("/dev/urandom")?.take(size), &mut file)?;
            file.sync_all()?; // only what is on the disk can be dropped from memory
        }
        self.warm(name)
    }
}
