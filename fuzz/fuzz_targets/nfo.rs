//! `ginflix_import::nfo`: whatever an NFO file has, it is read within its limits or refused.
#![no_main]

use ginflix_api::movie::{MAX_DESCRIPTION_CHARS, MAX_NAMES, MAX_TITLE_CHARS, YEARS};
use ginflix_import::nfo;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|content: &[u8]| {
    let Ok(Some(nfo)) = nfo::read(content) else { return };
    for title in
        [&nfo.title, &nfo.original_title, &nfo.sort_title, &nfo.series].into_iter().flatten()
    {
        assert!((1..=MAX_TITLE_CHARS).contains(&title.chars().count()));
        assert!(!title.contains(char::is_control));
    }
    assert!(nfo.description.is_none_or(|text| text.chars().count() <= MAX_DESCRIPTION_CHARS));
    assert!(nfo.year.is_none_or(|year| YEARS.contains(&year)));
    for names in [&nfo.genres, &nfo.directors, &nfo.cast] {
        assert!(names.len() <= MAX_NAMES);
    }
});
