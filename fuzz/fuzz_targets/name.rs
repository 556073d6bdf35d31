//! `ginflix_import::name`: whatever the names of a file and its folders are, there is a title, and the libraries that read them do not panic.
#![no_main]

use ginflix_api::movie::{MAX_TITLE_CHARS, YEARS};
use ginflix_import::name;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|path: &[u8]| {
    let path = String::from_utf8_lossy(path);
    let mut names = path.rsplit('/');
    let file = names.next().unwrap_or_default();
    let parents: Vec<&str> = names.collect();
    let guess = name::guess(file, &parents);
    let title = guess.display_title();
    assert!((1..=MAX_TITLE_CHARS).contains(&title.chars().count()), "{title:?}");
    assert!(!title.contains(char::is_control), "{title:?}");
    assert!(guess.year.is_none_or(|year| YEARS.contains(&year)));
    assert!(guess.episodes.is_none_or(|episodes| episodes.first <= episodes.last));
});
