//! Finds the media files of subtitle files.

use ginflix_subtitles::file_name::{Description, describe, find_media};

use super::contents::{Contents, fold, folded_stem};
use super::tree::{FileId, FolderId, Tree};
use super::{Item, SubtitleFile};
use crate::listing::ListedFile;
use crate::skipped::Reason;

/// Folders with the subtitle files of the media files beside them, in lower case.
const FOLDERS: [&str; 4] = ["subs", "subtitles", "sub", "subtitle"];
/// The most media files of the same stem that share a subtitle file.
const SHARED_LIMIT: usize = 32;

/// Attaches the subtitle files of a folder to their items, and skips those without one.
pub fn attach(
    folder: FolderId,
    tree: &mut Tree,
    contents: &[Contents],
    files: &[ListedFile],
    items: &mut [Option<Item>],
) {
    let Some(own) = contents.get(folder) else { return };
    if own.subtitles.is_empty() {
        return;
    }
    let place = Place::of(folder, tree, contents, files);
    for id in &own.subtitles {
        let Some(file) = files.get(*id) else { continue };
        let name = file.name();
        let found = place.find(&name, files);
        if found.is_empty() {
            tree.skip(&file.path, Reason::SubtitleWithoutMedia, 1);
        }
        for (media, description) in found {
            if let Some(item) = items.get_mut(media).and_then(Option::as_mut) {
                item.subtitles.push(SubtitleFile { file: file.clone(), description });
            }
        }
    }
}

/// Where the media files of subtitle files are.
struct Place<'a> {
    media: &'a Contents,
    /// The media file of all that are there, whatever their names.
    only: Option<FileId>,
}

impl<'a> Place<'a> {
    fn of(folder: FolderId, tree: &Tree, contents: &'a [Contents], files: &[ListedFile]) -> Self {
        let own = contents.get(folder);
        let is_for_subtitles = |id: FolderId| {
            tree.folder(Some(id)).is_some_and(|f| FOLDERS.contains(&fold(&f.name).as_str()))
        };
        let parent_of = |id: FolderId| tree.folder(Some(id)).and_then(|folder| folder.parent);
        let alone = |contents: &Contents| match contents.media.as_slice() {
            [media] => Some(*media),
            _ => None,
        };
        let parent = parent_of(folder).filter(|_| own.is_none_or(|own| own.media.is_empty()));
        if let Some(parent) = parent {
            if is_for_subtitles(folder)
                && let Some(media) = contents.get(parent)
            {
                return Self { media, only: alone(media) };
            }
            let above = parent_of(parent).filter(|_| is_for_subtitles(parent));
            if let Some(media) = above.and_then(|above| contents.get(above)) {
                let name =
                    tree.folder(Some(folder)).map(|folder| fold(&folder.name)).unwrap_or_default();
                let named = media.media_by_stem.get(&name).and_then(|ids| ids.first().copied());
                return Self {
                    media,
                    only: named.or_else(|| alone(media)).filter(|id| files.get(*id).is_some()),
                };
            }
        }
        static NONE: std::sync::LazyLock<Contents> = std::sync::LazyLock::new(Contents::default);
        Self { media: own.unwrap_or(&NONE), only: None }
    }

    fn find(&self, name: &str, files: &[ListedFile]) -> Vec<(FileId, Description)> {
        let candidates = self.candidates(name);
        let names: Vec<_> =
            candidates.iter().filter_map(|id| Some(files.get(*id)?.name())).collect();
        if let Some((found, description)) = find_media(name, names.iter().map(|name| &**name)) {
            let stem = folded_stem(found);
            let same = candidates.iter().zip(&names).filter(|(_, name)| folded_stem(name) == stem);
            return same.map(|(id, _)| (*id, description.clone())).collect();
        }
        let of_only = || {
            let id = self.only?;
            let media = files.get(id)?.name();
            let stem = media.rsplit_once('.').map_or(&*media, |(stem, _)| stem);
            // Numbers before the language give the order of the tracks: 2_English.srt.
            let name = name
                .trim_start_matches(|c: char| c.is_ascii_digit())
                .trim_start_matches(['_', ' ', '-', '.']);
            let description = describe(&format!("{stem}.{}", name.replace('_', " ")), &media)?;
            Some((id, description))
        };
        of_only().into_iter().collect()
    }

    /// The media files with whose stem a name begins. A letter or digit does not follow the stem, so few beginnings need a look.
    fn candidates(&self, name: &str) -> Vec<FileId> {
        let folded = folded_stem(name);
        let ends = folded.char_indices().filter(|(_, c)| !c.is_alphanumeric()).map(|(at, _)| at);
        let stems = ends.chain([folded.len()]).filter_map(|end| folded.get(..end));
        let found = stems.filter_map(|stem| self.media.media_by_stem.get(stem));
        found.flat_map(|ids| ids.iter().take(SHARED_LIMIT)).copied().collect()
    }
}
