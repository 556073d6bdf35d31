//! Names for media files in the catalogue, made of their paths.
//!
//! A name depends on the path alone, so that the same file gets the same name whenever it is imported, and whatever is beside it.

use std::path::Path;

use ginflix_api::media::{InvalidMediaName, MAX_NAME_BYTES, MediaName};
use unicode_normalization::UnicodeNormalization as _;

use crate::layout::Item;
use crate::name;

/// The most folders whose names are put before that of a file.
const FOLDERS_LIMIT: usize = 4;
/// The most numbers that are put behind a name.
const NUMBERS_LIMIT: usize = 1_000;

/// Returns the possible names of the media file of an item, the best first: its own name if that says enough, then with the names of
/// the folders before it, as in `Series - Season 01 - 03.mkv`, then with a number. `above` is as in [`layout::plan`](crate::layout::plan).
pub fn candidates(item: &Item, above: &[&str]) -> impl Iterator<Item = MediaName> + use<> {
    let file_name = item.media.name();
    let folders = folders(&item.media.path, above);
    let own = name::guess(&file_name, &[]);
    let says_enough =
        own.title.is_some() && (&own.title, own.season) == (&item.guess.title, item.guess.season);
    // The name of a season says nothing without that of its series.
    let is_season = folders.first().is_some_and(|folder| name::season_of_folder(folder).is_some());
    let needed = match (says_enough, is_season) {
        (true, _) => 0,
        (false, false) => 1,
        (false, true) => 2,
    };
    let with_folders = |count: usize| {
        let parts = folders.iter().take(count).rev().map(String::as_str);
        let parts: Vec<&str> = parts.chain([&*file_name]).collect();
        fitted(&parts.join(" - "))
    };
    let counts = needed.min(folders.len())..=folders.len();
    let mut names: Vec<MediaName> = counts.filter_map(with_folders).collect();
    if names.is_empty() {
        names.extend(untitled(&item.media.path));
    }
    let best = names.first().cloned();
    let numbers = (2..NUMBERS_LIMIT).filter_map(move |number| with_number(best.as_ref()?, number));
    names.into_iter().chain(numbers)
}

/// The names of the folders of a file, the nearest first, for people.
fn folders(path: &Path, above: &[&str]) -> Vec<String> {
    let below = path.parent().into_iter().flat_map(Path::components);
    let mut names: Vec<String> =
        below.map(|name| name.as_os_str().to_string_lossy().into_owned()).collect();
    names.reverse();
    names.extend(above.iter().map(|name| (*name).to_owned()));
    names.truncate(FOLDERS_LIMIT);
    names
}

/// Returns the nearest media name, with its stem cut to the length that a name may have.
fn fitted(file_name: &str) -> Option<MediaName> {
    match MediaName::nearest(file_name) {
        Ok(name) => Some(name),
        Err(InvalidMediaName::TooLong(_)) => {
            let normal: String = file_name.nfc().collect();
            let (stem, extension) = normal.rsplit_once('.')?;
            let room = MAX_NAME_BYTES.checked_sub(extension.len() + 1)?;
            MediaName::nearest(&format!("{}.{extension}", cut(stem, room))).ok()
        }
        Err(_) => None,
    }
}

fn with_number(name: &MediaName, number: usize) -> Option<MediaName> {
    let suffix = format!(" ({number}).{}", name.extension());
    let room = MAX_NAME_BYTES.checked_sub(suffix.len())?;
    MediaName::nearest(&format!("{}{suffix}", cut(name.stem(), room))).ok()
}

/// A name for a file whose own has no character that a media name may have.
fn untitled(path: &Path) -> Option<MediaName> {
    format!("Untitled.{}", path.extension()?.to_str()?).parse().ok()
}

/// Cuts a text to a number of bytes, between characters.
fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    use std::path::PathBuf;
    use std::time::SystemTime;

    use proptest::prelude::*;

    use super::*;
    use crate::layout;
    use crate::listing::ListedFile;

    fn names(path: impl Into<PathBuf>, above: &[&str]) -> Vec<String> {
        let file =
            ListedFile { path: path.into(), size_bytes: 1, modified: SystemTime::UNIX_EPOCH };
        let plan = layout::plan(vec![file], above);
        candidates(&plan.items[0], above).take(3).map(String::from).collect()
    }

    #[test]
    fn a_name_that_says_enough_stays() {
        let own = names("Movies/Sintel (2010)/Sintel (2010).mkv", &[]);
        assert_eq!(own[..2], ["Sintel (2010).mkv", "Sintel (2010) - Sintel (2010).mkv"]);
        assert_eq!(names("Show/Season 1/Show S01E02.mkv", &[])[0], "Show S01E02.mkv");
        assert_eq!(names("Ocean's 11.mp4", &[])[0], "Ocean_s 11.mp4");
    }

    #[test]
    fn the_folders_complete_a_name_that_says_little() {
        assert_eq!(names("Show/Season 01/03.mkv", &[])[0], "Show - Season 01 - 03.mkv");
        assert_eq!(names("03.mkv", &["Season 01", "Show"])[0], "Show - Season 01 - 03.mkv");
        assert_eq!(names("Sintel (2010)/movie.mkv", &[])[0], "Sintel (2010) - movie.mkv");
    }

    #[test]
    fn the_last_resort_is_a_number() {
        assert_eq!(names("A.mkv", &[]), ["A.mkv", "A (2).mkv", "A (3).mkv"]);
        let long = format!("{}.mkv", "ä".repeat(120));
        let found = names(long, &[]);
        assert_eq!(found[0].len(), MAX_NAME_BYTES);
        assert!(found[1].ends_with("ä (2).mkv") && found[1].len() <= MAX_NAME_BYTES);
    }

    #[test]
    fn any_bytes_have_a_name() {
        assert_eq!(names(OsStr::from_bytes(b"two\nlines.mkv"), &[])[0], "two_lines.mkv");
        assert_eq!(names(OsStr::from_bytes(b"c\xe9.mkv"), &[])[0], "c_.mkv");
        assert_eq!(names("☃.mkv", &[])[0], "Untitled.mkv");
    }

    proptest! {
        #[test]
        fn candidates_never_repeat(path in "[a-zA-Z0-9 \\PC]{1,40}(/[a-zA-Z0-9 \\PC]{1,40}){0,3}\\.mkv") {
            let path = PathBuf::from(path);
            let file = ListedFile { path, size_bytes: 1, modified: SystemTime::UNIX_EPOCH };
            for item in layout::plan(vec![file], &[]).items {
                let names: Vec<MediaName> = candidates(&item, &[]).take(20).collect();
                let unique: std::collections::HashSet<&MediaName> = names.iter().collect();
                prop_assert_eq!((names.len(), unique.len()), (20, 20));
            }
        }
    }
}
