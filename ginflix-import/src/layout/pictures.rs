//! Finds the picture of an item.

use super::Item;
use super::contents::Contents;
use super::tree::{FileId, FolderId, Tree};
use crate::name;

/// The pictures of a folder that show what is in it, the best first.
const OF_FOLDER: [&str; 4] = ["poster", "folder", "cover", "movie"];

/// Finds the picture of an item by the folded stem of its media file.
pub fn find(
    stem: &str,
    item: &Item,
    folder: FolderId,
    tree: &Tree,
    contents: &[Contents],
) -> Option<FileId> {
    let own = contents.get(folder)?;
    let picture = |contents: &Contents, stem: &str| contents.pictures.get(stem).copied();
    let of_folder = |contents: &Contents| OF_FOLDER.iter().find_map(|stem| picture(contents, stem));
    let found = picture(own, &format!("{stem}-poster")).or_else(|| picture(own, stem));
    if item.guess.episodes.is_none() {
        let of_folder = || if own.has_one_movie { of_folder(own) } else { None };
        return found.or_else(of_folder);
    }
    let parent = tree.folder(Some(folder)).and_then(|folder| folder.parent);
    let is_season =
        tree.folder(Some(folder)).is_some_and(|f| name::season_of_folder(&f.name).is_some());
    let series = if is_season { contents.get(parent?)? } else { own };
    let of_season = || {
        let stem = match item.guess.season? {
            0 => "season-specials-poster".to_owned(),
            number => format!("season{number:02}-poster"),
        };
        picture(own, &stem).or_else(|| picture(series, &stem))
    };
    found
        .or_else(|| picture(own, &format!("{stem}-thumb")))
        .or_else(of_season)
        .or_else(|| of_folder(own))
        .or_else(|| of_folder(series))
}
