//! Compares what is in a folder with what the catalogue has of it, as pure functions.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::SystemTime;

use ginflix_api::media::MediaName;
use ginflix_import::layout::Item;
use ginflix_import::listing::ListedFile;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::catalog::store::LibraryFile;

/// The version of what a scan does with a file. A new number has all files taken up again.
const TAKE_UP_VERSION: u32 = 1;

/// What a scan has to do.
#[derive(Debug, Default, PartialEq)]
pub struct Comparison<'a> {
    /// The files that are in the folder, and that the catalogue has.
    pub present: Vec<&'a LibraryFile>,
    /// The files that are gone since the last scan.
    pub vanished: Vec<MediaName>,
    /// The files that were missing and are there again, unchanged.
    pub returned: Vec<MediaName>,
    /// The items that are new, or that differ from what was taken up, with what the catalogue has of them.
    pub to_take_up: Vec<(&'a Item, Option<&'a LibraryFile>)>,
}

/// Compares the items in the folder of a library with the files that the catalogue has of it. `known` are those of all libraries.
pub fn compare<'a>(library: Uuid, items: &'a [Item], known: &'a [LibraryFile]) -> Comparison<'a> {
    let own: HashMap<&Path, &LibraryFile> = known
        .iter()
        .filter(|file| file.library == library)
        .map(|file| (file.path.as_path(), file))
        .collect();
    let mut comparison = Comparison::default();
    let mut seen: HashSet<&Path> = HashSet::new();
    for item in items {
        let path = item.media.path.as_path();
        seen.insert(path);
        let Some(file) = own.get(path) else {
            comparison.to_take_up.push((item, None));
            continue;
        };
        comparison.present.push(file);
        if file.state.as_deref() != Some(&*state_of(item)) {
            comparison.to_take_up.push((item, Some(file)));
        } else if file.missing_since.is_some() {
            comparison.returned.push(file.name.clone());
        }
    }
    let gone = own.values().filter(|file| !seen.contains(file.path.as_path()));
    let vanished = gone.filter(|file| file.missing_since.is_none());
    comparison.vanished = vanished.map(|file| file.name.clone()).collect();
    comparison.vanished.sort();
    comparison
}

/// Returns a text that changes when a media file changes, or something that belongs to it.
pub fn state_of(item: &Item) -> String {
    let mut hash = Sha256::new();
    hash.update(TAKE_UP_VERSION.to_le_bytes());
    let subtitles = item.subtitles.iter().map(|subtitles| &subtitles.file);
    let beside = [&item.nfo, &item.series_nfo, &item.picture].into_iter();
    for file in [Some(&item.media)].into_iter().chain(beside.map(Option::as_ref)) {
        add(&mut hash, file);
    }
    subtitles.for_each(|file| add(&mut hash, Some(file)));
    hash.update(item.version.as_deref().unwrap_or_default());
    hex::encode(hash.finalize())
}

fn add(hash: &mut Sha256, file: Option<&ListedFile>) {
    use std::os::unix::ffi::OsStrExt;
    let Some(file) = file else { return hash.update([0]) };
    let path = file.path.as_os_str().as_bytes();
    let since_epoch = file.modified.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    hash.update([1]);
    hash.update((path.len() as u64).to_le_bytes());
    hash.update(path);
    hash.update(file.size_bytes.to_le_bytes());
    hash.update(since_epoch.as_nanos().to_le_bytes());
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ginflix_import::layout;

    use super::*;

    const LIBRARY: Uuid = Uuid::from_u128(1);

    fn items(files: &[(&str, u64)]) -> Vec<Item> {
        let file = |(path, seconds): &(&str, u64)| ListedFile {
            path: path.into(),
            size_bytes: 1,
            modified: SystemTime::UNIX_EPOCH + Duration::from_secs(*seconds),
        };
        layout::plan(files.iter().map(file).collect(), &[]).items
    }

    fn known(item: &Item) -> LibraryFile {
        LibraryFile {
            name: "a.mp4".parse().unwrap(),
            library: LIBRARY,
            path: item.media.path.clone(),
            samples_sha256: String::new(),
            state: Some(state_of(item)),
            missing_since: None,
        }
    }

    #[test]
    fn a_file_that_is_taken_up_needs_nothing() {
        let items = items(&[("a.mp4", 1), ("a.nfo", 1)]);
        let known = [known(&items[0])];
        let expected = Comparison { present: vec![&known[0]], ..Comparison::default() };
        assert_eq!(compare(LIBRARY, &items, &known), expected);
    }

    #[test]
    fn what_changes_is_taken_up_again() {
        let before = items(&[("a.mp4", 1), ("a.nfo", 1), ("a.en.srt", 1)]);
        let known = [known(&before[0])];
        for files in [
            &[("a.mp4", 2), ("a.nfo", 1), ("a.en.srt", 1)][..],
            &[("a.mp4", 1), ("a.nfo", 2), ("a.en.srt", 1)],
            &[("a.mp4", 1), ("a.nfo", 1), ("a.en.srt", 2)],
            &[("a.mp4", 1), ("a.en.srt", 1)],
            &[("a.mp4", 1), ("a.nfo", 1)],
        ] {
            let items = items(files);
            let found = compare(LIBRARY, &items, &known);
            assert_eq!(found.to_take_up, [(&items[0], Some(&known[0]))], "{files:?}");
        }
    }

    #[test]
    fn new_vanished_and_returned_files_are_told_apart() {
        let items = items(&[("a.mp4", 1), ("b.mp4", 1)]);
        let gone = LibraryFile {
            name: "c.mp4".parse().unwrap(),
            path: "c.mp4".into(),
            ..known(&items[0])
        };
        let returned =
            LibraryFile { missing_since: Some(jiff::Timestamp::UNIX_EPOCH), ..known(&items[0]) };
        let elsewhere = LibraryFile { library: Uuid::from_u128(2), ..gone.clone() };
        let known = [returned.clone(), gone.clone(), elsewhere];
        let found = compare(LIBRARY, &items, &known);
        assert_eq!((found.vanished, found.returned), (vec![gone.name], vec![returned.name]));
        assert_eq!(found.to_take_up, [(&items[1], None)]);
    }
}
