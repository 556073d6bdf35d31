//! Plans what to take up of a listed folder, in the layouts of Jellyfin and Kodi or with plain names.
//!
//! # Rules
//! - A media file, by its extension ([`MEDIA_EXTENSIONS`]), is an item. What it says is not read: a server refuses a file of another content.
//! - A subtitle file belongs to the media files whose name its own begins with, in the same folder or above a folder `Subs` or
//!   `Subtitles`. There it may also be in a folder with the name of the media file, or the media file may be the only one.
//! - NFO files: `<stem>.nfo`, else `movie.nfo` if the folder has one movie; and the nearest `tvshow.nfo` above.
//! - Pictures: those of the media file, of its season, and of its series; and those of the folder if it has one movie.
//! - Several versions of a movie in a folder are an item each. They count as one movie.
//! - Extras, hidden files, disc structures and what is not complete are left out; see [`Reason`](crate::skipped::Reason). A file `.ignore` or
//!   `.nomedia` leaves its folder out, whatever is in it.
//!
//! The order of all lists is the natural order of the paths. The work is O(n log n) in the number of files.

mod contents;
mod exclusions;
mod kind;
mod pictures;
mod subtitles;
mod tree;
mod versions;

use ginflix_api::subtitles::AddSubtitles;
use ginflix_subtitles::file_name::Description;

use self::contents::Contents;
use self::tree::{FileId, FolderId, Tree};
use crate::listing::ListedFile;
use crate::name::{self, Guess, PARENTS_LIMIT};
use crate::natural;
use crate::skipped::Skipped;

pub(crate) use self::exclusions::is_hidden;
pub use self::kind::MEDIA as MEDIA_EXTENSIONS;

/// A media file to take up. All paths are relative to the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The media file.
    pub media: ListedFile,
    /// The subtitle files that belong to it.
    pub subtitles: Vec<SubtitleFile>,
    /// The NFO file of the movie or the episode.
    pub nfo: Option<ListedFile>,
    /// The NFO file of the series, `tvshow.nfo`. It counts only if the item is an episode.
    pub series_nfo: Option<ListedFile>,
    /// The picture: JPEG, PNG or WebP by its extension, of at most [`ginflix_api::movie::MAX_POSTER_BYTES`].
    pub picture: Option<ListedFile>,
    /// What the names say.
    pub guess: Guess,
    /// What tells it from other versions of the same movie. `None` if there are none, or it is the one without a name.
    pub version: Option<String>,
}

/// A subtitle file of a media file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubtitleFile {
    /// The file.
    pub file: ListedFile,
    /// What its name says.
    pub description: Description,
}

impl SubtitleFile {
    /// Returns the request that adds the file to its media file.
    pub fn to_query(&self) -> AddSubtitles {
        let Description { language, title, is_default, is_forced, is_hearing_impaired } =
            self.description.clone();
        AddSubtitles {
            file_name: self.file.name().into_owned(),
            language,
            title,
            default: Some(is_default),
            forced: Some(is_forced),
            hearing_impaired: Some(is_hearing_impaired),
        }
    }
}

/// What to take up of a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The media files.
    pub items: Vec<Item>,
    /// What is left out, without unused pictures and NFO files.
    pub skipped: Vec<Skipped>,
    /// The number of pictures that belong to no media file, or are not chosen for it.
    pub unused_pictures: usize,
    /// The number of NFO files that belong to no media file.
    pub unused_nfos: usize,
}

/// Plans what to take up of the files below a root. `above` are the names of the root and the folders that it is in, the nearest first, if
/// they may be those of a movie, a series or a season; none if the root is a library.
pub fn plan(mut files: Vec<ListedFile>, above: &[&str]) -> Plan {
    files.sort_by(|a, b| natural::compare_paths(&a.path, &b.path));
    files.dedup_by(|a, b| a.path == b.path);
    let mut planner = Planner::new(&files, above);
    for folder in 0..planner.tree.folders.len() {
        planner.guess(folder);
    }
    planner.find_versions();
    planner.find_companions();
    planner.finish()
}

/// A plan in the making.
struct Planner<'a> {
    files: &'a [ListedFile],
    above: &'a [&'a str],
    tree: Tree,
    /// For each folder what it has.
    contents: Vec<Contents>,
    /// For each file its item.
    items: Vec<Option<Item>>,
    /// For each file whether it is an NFO file or a picture that an item has.
    is_used: Vec<bool>,
}

impl<'a> Planner<'a> {
    fn new(files: &'a [ListedFile], above: &'a [&'a str]) -> Self {
        let mut tree = Tree::new(files);
        let contents =
            (0..tree.folders.len()).map(|folder| Contents::new(folder, &mut tree, files)).collect();
        let items = vec![None; files.len()];
        Self { files, above, tree, contents, items, is_used: vec![false; files.len()] }
    }

    /// Guesses what the names of the media files in a folder say.
    fn guess(&mut self, folder: FolderId) {
        let Some(contents) = self.contents.get_mut(folder) else { return };
        let mut parents = self.tree.names(folder, PARENTS_LIMIT);
        parents.extend(self.above);
        for id in &contents.media {
            let (Some(media), Some(item)) = (self.files.get(*id), self.items.get_mut(*id)) else {
                continue;
            };
            *item = Some(Item {
                media: media.clone(),
                subtitles: Vec::new(),
                nfo: None,
                series_nfo: None,
                picture: None,
                guess: name::guess(&media.name(), &parents),
                version: None,
            });
        }
    }

    fn find_versions(&mut self) {
        for contents in &mut self.contents {
            versions::mark(contents, &mut self.items);
        }
    }

    /// Finds subtitles, NFO files and pictures.
    fn find_companions(&mut self) {
        for folder in 0..self.tree.folders.len() {
            subtitles::attach(folder, &mut self.tree, &self.contents, self.files, &mut self.items);
        }
        for folder in 0..self.tree.folders.len() {
            let Some(contents) = self.contents.get(folder) else { continue };
            let series_nfo = self.series_nfo(folder);
            for id in &contents.media {
                let Some(item) = self.items.get_mut(*id).and_then(Option::as_mut) else { continue };
                let stem = contents::folded_stem(&item.media.name());
                let of_folder = || contents.nfos.get("movie").filter(|_| contents.has_one_movie);
                let nfo = contents.nfos.get(&stem).or_else(of_folder).copied();
                let picture = pictures::find(&stem, item, folder, &self.tree, &self.contents);
                let mut take = |id: Option<FileId>| {
                    *self.is_used.get_mut(id?)? = true;
                    self.files.get(id?).cloned()
                };
                item.nfo = take(nfo);
                item.series_nfo = take(series_nfo);
                item.picture = take(picture);
            }
        }
    }

    /// The nearest `tvshow.nfo` in a folder or above it.
    fn series_nfo(&self, folder: FolderId) -> Option<FileId> {
        let parent = |id: &FolderId| self.tree.folders.get(*id).and_then(|folder| folder.parent);
        let mut above = std::iter::successors(Some(folder), parent).take(PARENTS_LIMIT);
        above.find_map(|id| self.contents.get(id)?.nfos.get("tvshow").copied())
    }

    fn finish(mut self) -> Plan {
        let mut plan = Plan::default();
        for contents in &self.contents {
            let unused = |ids: &[FileId]| {
                ids.iter().filter(|id| self.is_used.get(**id) == Some(&false)).count()
            };
            plan.unused_nfos += unused(&contents.all_nfos);
            plan.unused_pictures += unused(&contents.all_pictures);
        }
        plan.items = self.items.into_iter().flatten().collect();
        plan.skipped = std::mem::take(&mut self.tree.skipped);
        plan.skipped.sort_by(|a, b| natural::compare_paths(&a.path, &b.path));
        plan
    }
}

#[cfg(test)]
mod tests;
