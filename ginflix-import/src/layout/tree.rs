//! The folders of a listing.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use super::exclusions::{self, MARKERS};
use super::kind::{self, Kind};
use crate::listing::{DEPTH_LIMIT, ListedFile};
use crate::skipped::{Reason, Skipped};

/// A folder, by its place in [`Tree::folders`].
pub type FolderId = usize;
/// A file, by its place in the sorted list.
pub type FileId = usize;

/// A folder that has files, or folders with files.
pub struct Folder {
    /// The name, with U+FFFD for what is not UTF-8; empty for the root.
    pub name: String,
    pub parent: Option<FolderId>,
    depth: usize,
    /// Its files, in order.
    pub files: Vec<FileId>,
    /// A folder that is left out, with all in it: this one or one above it.
    excluded_by: Option<FolderId>,
}

/// The folders of a listing. A folder comes after the one that it is in.
pub struct Tree {
    pub folders: Vec<Folder>,
    /// What is left out.
    pub skipped: Vec<Skipped>,
}

impl Tree {
    /// Makes the folders of files in their order.
    pub fn new(files: &[ListedFile]) -> Self {
        let root = Folder {
            name: String::new(),
            parent: None,
            depth: 0,
            files: Vec::new(),
            excluded_by: None,
        };
        let mut tree = Self { folders: vec![root], skipped: Vec::new() };
        let mut ids: HashMap<(FolderId, &std::ffi::OsStr), FolderId> = HashMap::new();
        for (id, file) in files.iter().enumerate() {
            match folder_of(&mut tree.folders, &mut ids, &file.path) {
                Ok(folder) => tree.add(folder, id),
                Err(reason) => tree.skip(&file.path, reason, 1),
            }
        }
        tree.exclude(files);
        tree
    }

    fn add(&mut self, folder: FolderId, file: FileId) {
        if let Some(folder) = self.folders.get_mut(folder) {
            folder.files.push(file);
        }
    }

    pub fn skip(&mut self, path: &Path, reason: Reason, files: usize) {
        self.skipped.push(Skipped { path: path.to_owned(), reason, files });
    }

    pub fn folder(&self, id: Option<FolderId>) -> Option<&Folder> {
        self.folders.get(id?)
    }

    pub fn is_excluded(&self, id: FolderId) -> bool {
        self.folders.get(id).is_some_and(|folder| folder.excluded_by.is_some())
    }

    /// The names of a folder and those above it, the nearest first, without the root.
    pub fn names(&self, id: FolderId, limit: usize) -> Vec<&str> {
        let above =
            std::iter::successors(self.folders.get(id), |folder| self.folder(folder.parent));
        above
            .take(limit)
            .filter(|folder| folder.parent.is_some())
            .map(|folder| folder.name.as_str())
            .collect()
    }

    /// Leaves folders out, each with all that is in it.
    fn exclude(&mut self, files: &[ListedFile]) {
        let mut excluded: Vec<(FolderId, Reason, usize)> = Vec::new();
        let mut places: HashMap<FolderId, usize> = HashMap::new();
        let has_media: Vec<bool> =
            self.folders.iter().map(|folder| has_media(&folder.files, files)).collect();
        for id in 0..self.folders.len() {
            let Some(folder) = self.folders.get(id) else { continue };
            let above = self.folder(folder.parent).and_then(|parent| parent.excluded_by);
            let is_beside_media =
                folder.parent.and_then(|parent| has_media.get(parent)).copied().unwrap_or_default();
            let own = || {
                marker_in(&folder.files, files)
                    .or_else(|| exclusions::of_folder(&folder.name, is_beside_media))
            };
            let by = match above {
                Some(above) => above,
                None => match own() {
                    Some(reason) => {
                        places.insert(id, excluded.len());
                        excluded.push((id, reason, 0));
                        id
                    }
                    None => continue,
                },
            };
            let count = folder.files.len();
            if let Some((_, _, files)) = places.get(&by).and_then(|place| excluded.get_mut(*place))
            {
                *files += count;
            }
            if let Some(folder) = self.folders.get_mut(id) {
                folder.excluded_by = Some(by);
            }
        }
        for (id, reason, count) in excluded {
            let path = self.path_of(id, files);
            self.skip(&path, reason, count);
        }
    }

    /// The path of a folder, taken from the file for which it was made.
    fn path_of(&self, id: FolderId, files: &[ListedFile]) -> PathBuf {
        let depth = self.folders.get(id).map_or(0, |folder| folder.depth);
        let below = (id..self.folders.len()).find_map(|id| self.folders.get(id)?.files.first());
        let file = below.and_then(|file| files.get(*file));
        let path: PathBuf =
            file.iter().flat_map(|file| file.path.components()).take(depth).collect();
        if path.as_os_str().is_empty() { PathBuf::from(".") } else { path }
    }
}

fn has_media(folder: &[FileId], files: &[ListedFile]) -> bool {
    let mut names = folder.iter().filter_map(|id| Some(files.get(*id)?.name()));
    names.any(|name| kind::of_name(&name) == Kind::Media && !exclusions::is_hidden(&name))
}

/// Finds a file that excludes its folder.
fn marker_in(folder: &[FileId], files: &[ListedFile]) -> Option<Reason> {
    let find = |marker: &&str| {
        folder.iter().any(|id| files.get(*id).is_some_and(|file| file.name() == *marker))
    };
    MARKERS.into_iter().find(find).map(Reason::Excluded)
}

/// Finds the folder of a file, and makes it and those above it if they are new.
fn folder_of<'a>(
    folders: &mut Vec<Folder>,
    ids: &mut HashMap<(FolderId, &'a std::ffi::OsStr), FolderId>,
    path: &'a Path,
) -> Result<FolderId, Reason> {
    let mut names = Vec::new();
    for component in path.components() {
        let Component::Normal(name) = component else { return Err(Reason::NotRelative) };
        names.push(name);
    }
    names.pop().ok_or(Reason::NotRelative)?;
    if names.len() > DEPTH_LIMIT {
        return Err(Reason::TooDeep);
    }
    let mut parent = 0;
    for (depth, name) in names.into_iter().enumerate() {
        parent = *ids.entry((parent, name)).or_insert_with(|| {
            let name = name.to_string_lossy().into_owned();
            folders.push(Folder {
                name,
                parent: Some(parent),
                depth: depth + 1,
                files: Vec::new(),
                excluded_by: None,
            });
            folders.len() - 1
        });
    }
    Ok(parent)
}
