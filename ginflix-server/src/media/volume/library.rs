//! The files of libraries.

use std::collections::HashMap;
use std::io;

use ginflix_api::media::MediaName;
use uuid::Uuid;

use super::Volume;
use crate::media::indexer::{IndexOutcome, index};
use crate::media::library_files::LibraryEntry;

impl Volume {
    /// Returns whether a name is that of a file of a library.
    pub fn is_in_library(&self, name: &MediaName) -> bool {
        self.0.media_dir.library_files.get(name).is_some()
    }

    /// Serves a file of a library by this name.
    pub fn add_library_file(&self, name: MediaName, file: LibraryEntry) {
        self.0.open_files.invalidate(&name);
        self.0.media_dir.library_files.insert(name, file);
    }

    /// No longer serves a file of a library.
    pub fn remove_library_file(&self, name: &MediaName) {
        self.0.media_dir.library_files.remove(name);
        self.0.open_files.invalidate(name);
    }

    /// Serves these files of a library, and no others of it.
    pub fn set_library_files(&self, library: Uuid, files: HashMap<MediaName, LibraryEntry>) {
        let gone = self.0.media_dir.library_files.replace(library, files);
        gone.iter().for_each(|name| self.0.open_files.invalidate(name));
    }

    /// Reads samples of a file of a library, and what is in it, unless that is known. Blocks while it reads the file. Returns `false` if
    /// the file changed meanwhile.
    ///
    /// # Errors
    /// Fails if there is no such file, or if it cannot be read.
    pub fn index_library_file(&self, name: &MediaName) -> io::Result<bool> {
        let outcome = index(&self.0.media_dir, name)?;
        Ok(!matches!(outcome, IndexOutcome::Changed))
    }

    /// Forgets what is known of a file of a library.
    ///
    /// # Errors
    /// Fails if stored metadata cannot be removed.
    pub fn forget_library_file(&self, name: &MediaName) -> io::Result<()> {
        self.0.open_files.invalidate(name);
        self.0.media_dir.info_store.remove(name)
    }
}
