//! The files that all servers send, created once and read into the page cache before each
//! measurement.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rustix::fs::{Advice, fadvise};

/// The name of the large file, of which clients request random ranges.
pub const LARGE_NAME: &str = "large.mp4";

/// The name of the file that is sent as a whole.
pub const WHOLE_NAME: &str = "whole.mp4";

/// The size of the file that is sent as a whole, in bytes.
pub const WHOLE_SIZE: u64 = 32 << 20;

/// The size of each medium file, in bytes: larger than the largest range of it.
pub const MEDIUM_SIZE: u64 = 16 << 20;

/// A folder with a subfolder `media` for the files, which is also a GinFlix data directory.
pub struct BenchFiles {
    folder: PathBuf,
    large_size: u64,
}

impl BenchFiles {
    /// Creates the large file, of this many bytes, and the one that is sent as a whole.
    ///
    /// # Errors
    /// If a file cannot be written or read.
    pub fn create(folder: &Path, large_size: u64) -> Result<Self> {
        let files = Self { folder: folder.canonicalize()?, large_size };
        fs::create_dir_all(files.media())?;
        files.create_file(LARGE_NAME, large_size)?;
        files.create_file(WHOLE_NAME, WHOLE_SIZE)?;
        Ok(files)
    }

    /// Creates the medium files, with the size of the large file in total, and returns their names.
    ///
    /// # Errors
    /// If a file cannot be written or read.
    pub fn create_medium(&self) -> Result<Vec<String>> {
        (0..self.large_size / MEDIUM_SIZE)
            .map(|number| {
                let name = format!("medium-{number}.mp4");
                self.create_file(&name, MEDIUM_SIZE)?;
                Ok(name)
            })
            .collect()
    }

    /// Returns the folder in which servers store their own files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the folder of the media files.
    pub fn media(&self) -> PathBuf {
        self.folder.join("media")
    }

    /// Returns the size of the large file, in bytes.
    pub fn large_size(&self) -> u64 {
        self.large_size
    }

    /// Creates a data directory with links to the same files for another GinFlix server, because
    /// only one server can use a data directory.
    ///
    /// # Errors
    /// If the directory or a link cannot be created.
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

    /// Reads a file into the page cache, after evicting it. Otherwise some machines evict single
    /// pages of large folios that were not used for a while, and the small folios that remain cost
    /// more to send.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn warm(&self, name: &str) -> Result<()> {
        let mut file = File::open(self.media().join(name))?;
        fadvise(&file, 0, None, Advice::DontNeed)?;
        fadvise(&file, 0, None, Advice::Sequential)?;
        let mut buffer = vec![0; 1 << 20];
        while file.read(&mut buffer)? > 0 {}
        Ok(())
    }

    /// Creates a file of random content and reads it into the page cache.
    fn create_file(&self, name: &str, size: u64) -> Result<()> {
        let path = self.media().join(name);
        if !path.exists() {
            let mut file = File::create(&path).context("cannot create a file to send")?;
            io::copy(&mut File::open("/dev/urandom")?.take(size), &mut file)?;
            file.sync_all()?; // the kernel can evict only clean pages
        }
        self.warm(name)
    }
}
