//! Writes an archive.

use std::fs::File;
use std::io::{self, BufWriter, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tempfile::NamedTempFile;

use super::hashing::Hashing;
use super::{MANIFEST, Manifest, Member, PIECE, folder_of};

/// An archive being written: it has no name until it is whole.
pub struct Writer {
    tar: tar::Builder<BufWriter<NamedTempFile>>,
    path: PathBuf,
    made_at: Timestamp,
}

impl Writer {
    /// Begins one that will be at `path`, readable by its owner alone.
    ///
    /// # Errors
    /// Where the folder cannot be written to.
    pub fn create(path: &Path, manifest: &Manifest) -> io::Result<Self> {
        let file = NamedTempFile::new_in(folder_of(path))?;
        let tar = tar::Builder::new(BufWriter::with_capacity(PIECE, file));
        let mut writer = Self { tar, path: path.to_owned(), made_at: manifest.made_at };
        let json = serde_json::to_vec_pretty(manifest)?;
        writer.append(MANIFEST, json.len() as u64, json.as_slice())?;
        Ok(writer)
    }

    /// Appends a member; `progress` hears of each piece.
    ///
    /// # Errors
    /// Where the content is not what the member says.
    pub fn add(
        &mut self,
        member: &Member,
        content: impl Read,
        mut progress: impl FnMut(u64),
    ) -> io::Result<()> {
        let mut hashing = Hashing::new(content, &mut progress);
        self.append(&member.path, member.size_bytes, &mut hashing)?;
        // The header says how long it is: what comes after that is too much.
        let whole = hashing.count == member.size_bytes && hashing.read(&mut [0])? == 0;
        if whole && hashing.sha256() == member.sha256 {
            return Ok(());
        }
        Err(io::Error::other(format!("{} changed while it was read", member.path)))
    }

    fn append(&mut self, path: &str, size: u64, content: impl Read) -> io::Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(size);
        header.set_mode(0o600);
        header.set_mtime(u64::try_from(self.made_at.as_second()).unwrap_or(0));
        self.tar.append_data(&mut header, path, content.take(size))
    }

    /// Makes it durable and gives it its name.
    ///
    /// # Errors
    /// Where the disk refuses, or there is such a file and it is not to be replaced.
    pub fn finish(self, replace: bool) -> io::Result<u64> {
        let file = self.tar.into_inner()?.into_inner().map_err(|e| e.into_error())?;
        file.as_file().sync_all()?;
        let size = file.as_file().metadata()?.len();
        if replace {
            file.persist(&self.path)?;
        } else {
            file.persist_noclobber(&self.path)?;
        }
        File::open(folder_of(&self.path))?.sync_all()?;
        Ok(size)
    }
}
