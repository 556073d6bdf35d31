//! Lists the files below a folder.
//!
//! Symbolic links are not followed, other than one to a regular file below the same root. No file is opened, so named pipes and devices
//! are harmless.

use std::collections::HashSet;
use std::fs::{self, FileType, Metadata};
use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::{Access, access};
use walkdir::{DirEntry, WalkDir};

use crate::layout::is_hidden;
use crate::listing::{DEPTH_LIMIT, ListedFile};
use crate::natural;
use crate::skipped::{Reason, Skipped};

/// The most files and folders below a root.
pub const ENTRIES_LIMIT: usize = 1_000_000;

/// What is below a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The regular files that may be read, in the natural order of their paths.
    pub files: Vec<ListedFile>,
    /// What is not listed, such as links that lead elsewhere.
    pub skipped: Vec<Skipped>,
}

/// The reason why a folder cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The root cannot be read, or is no folder.
    #[error("the folder cannot be read: {0}")]
    Root(#[source] io::Error),
    /// There are more than [`ENTRIES_LIMIT`] files and folders.
    #[error(
        "the folder has more than {ENTRIES_LIMIT} files and folders; choose the folders in it one by one"
    )]
    TooMany,
}

/// Lists the regular files in a folder, as [`list`] does, without the folders in it.
///
/// # Errors
/// The folder cannot be read, or has too many files.
pub fn list_folder(root: &Path) -> Result<Listing, Error> {
    list_within(root, 1, ENTRIES_LIMIT)
}

/// Lists the regular files below a folder, which may be a symbolic link itself. What cannot be read is skipped with the reason.
///
/// # Errors
/// The folder cannot be read, or has too many files.
pub fn list(root: &Path) -> Result<Listing, Error> {
    // One level more, so that what is too deep is found and named.
    list_within(root, DEPTH_LIMIT + 2, ENTRIES_LIMIT)
}

fn list_within(root: &Path, depth: usize, entries_limit: usize) -> Result<Listing, Error> {
    let root = fs::canonicalize(root).map_err(Error::Root)?;
    fs::read_dir(&root).map_err(Error::Root)?;
    let mut walk = Walk { root: &root, listing: Listing::default(), links: Vec::new() };
    let entries = WalkDir::new(&root).min_depth(1).max_depth(depth).follow_links(false);
    for (count, entry) in entries.into_iter().enumerate() {
        if count >= entries_limit {
            return Err(Error::TooMany);
        }
        match entry {
            Ok(entry) => walk.take(&entry),
            Err(error) => walk.take_error(&error),
        }
    }
    walk.resolve_links();
    let mut listing = walk.listing;
    listing.files.sort_by(|a, b| natural::compare_paths(&a.path, &b.path));
    listing.skipped.sort_by(|a, b| natural::compare_paths(&a.path, &b.path));
    Ok(listing)
}

struct Walk<'a> {
    root: &'a Path,
    listing: Listing,
    /// The symbolic links, relative to the root.
    links: Vec<PathBuf>,
}

impl Walk<'_> {
    fn take(&mut self, entry: &DirEntry) {
        let path = self.relative(entry.path());
        let kind = entry.file_type();
        if kind.is_dir() {
            if entry.depth() == DEPTH_LIMIT + 1 {
                self.skip(path, Reason::TooDeep);
            }
        } else if entry.depth() > DEPTH_LIMIT + 1 {
            // Its folder was named.
        } else if kind.is_symlink() {
            self.links.push(path);
        } else if is_special(kind) {
            self.skip(path, Reason::SpecialFile);
        } else {
            match entry.metadata() {
                Ok(metadata) => self.take_file(path, &metadata),
                Err(error) => self.take_error(&error),
            }
        }
    }

    fn take_file(&mut self, path: PathBuf, metadata: &Metadata) {
        let (size_bytes, modified) = (metadata.len(), modified(metadata));
        // Unlike opening it, this does not wait if a named pipe takes the place of the file meanwhile.
        match access(self.root.join(&path), Access::READ_OK) {
            Ok(()) => self.listing.files.push(ListedFile { path, size_bytes, modified }),
            Err(error) => self.skip(path, Reason::Unreadable(io::Error::from(error).to_string())),
        }
    }

    fn take_error(&mut self, error: &walkdir::Error) {
        let path = error.path().map(|path| self.relative(path)).unwrap_or_default();
        let cause = error.io_error().map(|error| Reason::Unreadable(error.to_string()));
        self.skip(path, cause.unwrap_or(Reason::LinkToFolder));
    }

    fn skip(&mut self, path: PathBuf, reason: Reason) {
        self.listing.skipped.push(Skipped { path, reason, files: 1 });
    }

    fn relative(&self, path: &Path) -> PathBuf {
        path.strip_prefix(self.root).unwrap_or(path).to_owned()
    }

    /// Lists each link to a regular file below the root, unless the file is listed itself and not hidden, or by another link.
    fn resolve_links(&mut self) {
        let mut listed: HashSet<PathBuf> =
            self.listing.files.iter().map(|file| file.path.clone()).collect();
        listed.retain(|path| !path.iter().any(|name| is_hidden(&name.to_string_lossy())));
        let mut links = std::mem::take(&mut self.links);
        links.sort_by(|a, b| natural::compare_paths(a, b));
        for link in links {
            match self.target(&link) {
                Ok((target, metadata)) if listed.insert(target.clone()) => {
                    self.take_file(link, &metadata);
                }
                Ok((target, _)) => self.skip(link, Reason::LinkToListed(target)),
                Err(reason) => self.skip(link, reason),
            }
        }
    }

    /// The file to which a link leads, relative to the root, and its metadata.
    fn target(&self, link: &Path) -> Result<(PathBuf, Metadata), Reason> {
        let target = fs::canonicalize(self.root.join(link)).map_err(|_| Reason::LinkOutside)?;
        let inside = target.strip_prefix(self.root).map_err(|_| Reason::LinkOutside)?;
        let metadata = fs::symlink_metadata(&target).map_err(|_| Reason::LinkOutside)?;
        if metadata.is_dir() {
            return Err(Reason::LinkToFolder);
        }
        if !metadata.is_file() {
            return Err(Reason::SpecialFile);
        }
        Ok((inside.to_owned(), metadata))
    }
}

/// The modification time. Each Unix has one.
fn modified(metadata: &Metadata) -> SystemTime {
    metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH)
}

fn is_special(kind: FileType) -> bool {
    kind.is_fifo() || kind.is_socket() || kind.is_block_device() || kind.is_char_device()
}

#[cfg(test)]
mod tests;
