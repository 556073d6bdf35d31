//! Writes an archive.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tempfile::NamedTempFile;

use super::hashing::HashingReader;
use super::layout::{self, MANIFEST_PATH};
use super::{BUFFER_BYTES, Manifest, Member, folder_of, temporary_file_beside};

/// Writes an archive to a temporary file, which gets its final name when it is complete.
pub struct ArchiveWriter {
    file: BufWriter<NamedTempFile>,
    path: PathBuf,
    made_at: Timestamp,
}

impl ArchiveWriter {
    /// Starts an archive that will be at `path`, readable by its owner alone.
    ///
    /// # Errors
    /// Fails if no file can be written in the folder of `path`.
    pub fn create(path: &Path, manifest: &Manifest) -> io::Result<Self> {
        let file = temporary_file_beside(path)?;
        let file = BufWriter::with_capacity(BUFFER_BYTES, file);
        let mut writer = Self { file, path: path.to_owned(), made_at: manifest.made_at };
        let json = layout::encode_manifest(manifest)?;
        writer.append(MANIFEST_PATH, json.len() as u64, json.as_slice())?;
        Ok(writer)
    }

    /// Appends a member. `progress` is called with the number of bytes of each read.
    ///
    /// # Errors
    /// Fails if the content does not have the size and SHA-256 of the member, or
    /// cannot be read or written.
    pub fn add(
        &mut self,
        member: &Member,
        content: impl Read,
        mut progress: impl FnMut(u64),
    ) -> io::Result<()> {
        let mut reader = HashingReader::new(content, &mut progress);
        self.append(&member.path, member.size_bytes, &mut reader)?;
        // `append` stops at the size of the member, so content that is too long
        // has bytes left.
        let is_complete = reader.count == member.size_bytes && reader.read(&mut [0])? == 0;
        if is_complete && reader.sha256() == member.sha256 {
            return Ok(());
        }
        Err(io::Error::other(format!("{} was changed while it was read", member.path)))
    }

    fn append(&mut self, path: &str, size: u64, content: impl Read) -> io::Result<()> {
        self.file.write_all(&layout::head(path, size, self.made_at)?)?;
        io::copy(&mut content.take(size), &mut self.file)?;
        self.file.write_all(layout::padding(size))
    }

    /// Makes the archive durable, gives it its name, and returns its size in bytes.
    ///
    /// # Errors
    /// Fails if the file cannot be written, or exists already and `replace` is `false`.
    pub fn finish(mut self, replace: bool) -> io::Result<u64> {
        self.file.write_all(&layout::END)?;
        let file = self.file.into_inner().map_err(|e| e.into_error())?;
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
