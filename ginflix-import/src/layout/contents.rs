//! The files of one folder, by what they are.

use std::collections::HashMap;

use ginflix_api::movie::MAX_POSTER_BYTES;
use unicode_normalization::UnicodeNormalization as _;

use super::exclusions;
use super::kind::{self, Kind, PICTURES};
use super::tree::{FileId, FolderId, Tree};
use crate::listing::ListedFile;
use crate::skipped::Reason;

/// The files of one folder. One that is excluded has none.
#[derive(Default)]
pub struct Contents {
    /// The media files, in order.
    pub media: Vec<FileId>,
    /// The subtitle files, in order.
    pub subtitles: Vec<FileId>,
    /// The media files by their [`folded_stem`].
    pub media_by_stem: HashMap<String, Vec<FileId>>,
    /// The NFO files by their folded stem.
    pub nfos: HashMap<String, FileId>,
    /// The pictures that may be posters, by their folded stem.
    pub pictures: HashMap<String, FileId>,
    pub all_nfos: Vec<FileId>,
    pub all_pictures: Vec<FileId>,
    /// Whether it has one movie, maybe in several versions, and no episode.
    pub has_one_movie: bool,
}

impl Contents {
    /// Sorts the files of a folder, and skips those that are left out.
    pub fn new(folder: FolderId, tree: &mut Tree, files: &[ListedFile]) -> Self {
        let mut contents = Self::default();
        if tree.is_excluded(folder) {
            return contents;
        }
        let Some(ids) =
            tree.folders.get_mut(folder).map(|folder| std::mem::take(&mut folder.files))
        else {
            return contents;
        };
        for id in ids {
            let Some(file) = files.get(id) else { continue };
            if let Some(reason) = contents.take(id, file) {
                tree.skip(&file.path, reason, 1);
            }
        }
        contents.remove_extras(tree, files);
        for id in &contents.media {
            let Some(file) = files.get(*id) else { continue };
            contents.media_by_stem.entry(folded_stem(&file.name())).or_default().push(*id);
        }
        contents
    }

    /// Takes a file, or returns the reason to leave it out.
    fn take(&mut self, id: FileId, file: &ListedFile) -> Option<Reason> {
        let name = file.name();
        if exclusions::is_hidden(&name) {
            return Some(Reason::Hidden);
        }
        match kind::of_name(&name) {
            Kind::Media if file.size_bytes == 0 => return Some(Reason::Empty),
            Kind::Media => self.media.push(id),
            Kind::Subtitles => self.subtitles.push(id),
            Kind::Picture => {
                self.all_pictures.push(id);
                self.take_picture(id, &name, file.size_bytes);
            }
            Kind::Nfo => {
                self.all_nfos.push(id);
                self.nfos.entry(folded_stem(&name)).or_insert(id);
            }
            Kind::OtherSubtitles => return Some(Reason::SubtitleFormat),
            Kind::DiscImage => return Some(Reason::DiscImage),
            Kind::Unfinished => return Some(Reason::Unfinished),
            Kind::Other => return Some(Reason::NotMedia),
        }
        None
    }

    fn take_picture(&mut self, id: FileId, name: &str, size_bytes: u64) {
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
        let is_poster = PICTURES.iter().any(|known| extension.eq_ignore_ascii_case(known));
        // The order of the extensions is the alphabetical one in which the files come.
        if is_poster && (1..=MAX_POSTER_BYTES).contains(&size_bytes) {
            self.pictures.entry(fold(stem)).or_insert(id);
        }
    }

    fn remove_extras(&mut self, tree: &mut Tree, files: &[ListedFile]) {
        let is_alone = self.media.len() == 1;
        self.media.retain(|id| {
            let Some(file) = files.get(*id) else { return false };
            let is_extra = exclusions::is_extra(&file.name(), is_alone);
            if is_extra {
                tree.skip(&file.path, Reason::Extra, 1);
            }
            !is_extra
        });
    }
}

/// The name of a file without its extension, in a form that is the same whatever the letter case and the Unicode normal form.
pub fn folded_stem(name: &str) -> String {
    fold(name.rsplit_once('.').map_or(name, |(stem, _)| stem))
}

/// A text in a form that is the same whatever the letter case and the Unicode normal form.
pub fn fold(text: &str) -> String {
    text.nfc().flat_map(char::to_lowercase).collect()
}
