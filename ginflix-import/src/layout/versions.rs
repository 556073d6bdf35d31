//! Versions of one movie in a folder.

use std::collections::{BTreeSet, HashMap};

use super::Item;
use super::contents::Contents;
use super::tree::FileId;
use crate::name::letters;
use crate::text;

/// Marks the versions of each movie or episode in a folder, and tells whether the folder has one movie.
pub fn mark(contents: &mut Contents, items: &mut [Option<Item>]) {
    let mut groups: HashMap<(String, Option<u16>), Vec<FileId>> = HashMap::new();
    let mut movies = BTreeSet::new();
    let mut has_episode = false;
    for id in &contents.media {
        let Some(item) = items.get(*id).and_then(Option::as_ref) else { continue };
        let guess = &item.guess;
        has_episode |= guess.episodes.is_some();
        movies.insert((letters(guess.title.as_deref().unwrap_or_default()), guess.year));
        groups.entry((letters(&guess.display_title()), guess.year)).or_default().push(*id);
    }
    contents.has_one_movie = movies.len() == 1 && !has_episode;
    for ids in groups.into_values().filter(|ids| ids.len() > 1) {
        let labels = labels(&ids, items);
        for (id, label) in ids.into_iter().zip(labels) {
            if let Some(item) = items.get_mut(id).and_then(Option::as_mut) {
                item.version = label;
            }
        }
    }
}

/// The name of each version. One may have none; if several have the same name, the extension or the whole name of the file is used.
fn labels(ids: &[FileId], items: &[Option<Item>]) -> Vec<Option<String>> {
    let items: Vec<&Item> = ids.iter().filter_map(|id| items.get(*id)?.as_ref()).collect();
    let mut labels: Vec<Option<String>> = items
        .iter()
        .map(|item| item.guess.version.clone().or(item.guess.edition.clone()))
        .collect();
    let with_extension = |item: &Item, label: &Option<String>| {
        let name = item.media.name();
        let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_uppercase());
        let parts: Vec<&str> =
            [label, &extension].into_iter().flatten().map(String::as_str).collect();
        parts.join(" ")
    };
    for is_last in [false, true] {
        let mut counts: HashMap<Option<String>, usize> = HashMap::new();
        for label in &labels {
            *counts.entry(label.clone()).or_default() += 1;
        }
        for (label, item) in labels.iter_mut().zip(&items) {
            if counts.get(label).is_some_and(|count| *count > 1) {
                let name = if is_last {
                    item.media.name().into_owned()
                } else {
                    with_extension(item, label)
                };
                *label = text::title(&name);
            }
        }
    }
    labels
}
