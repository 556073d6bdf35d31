//! `ginflix_subtitles`: whatever a file has, it is read or refused, and what is written of it is read again as the same cues.
#![no_main]

use ginflix_subtitles::{Cue, TrackConverter, TrackFormat, cue, read, webvtt};
use libfuzzer_sys::fuzz_target;

const FORMATS: [TrackFormat; 7] = [
    TrackFormat::Tx3g,
    TrackFormat::Wvtt,
    TrackFormat::SubRip,
    TrackFormat::Ssa,
    TrackFormat::Ass,
    TrackFormat::MatroskaWebVtt,
    TrackFormat::WebmWebVtt,
];

fuzz_target!(|content: &[u8]| {
    if let Ok(found) = read(content, None) {
        check(&found.cues);
    }
    let (configuration, sample) = content.split_at(content.len() / 3);
    for format in FORMATS {
        if let Ok(cues) = TrackConverter::new(format, configuration).cues(1_000, 9_000, sample) {
            check(&cue::merge(cues));
        }
    }
});

/// Writes cues and reads them.
fn check(cues: &[Cue]) {
    assert!(cues.is_sorted_by_key(|cue| cue.start_ms));
    assert!(cues.iter().all(|cue| cue.start_ms < cue.end_ms && !cue.text.is_empty()));
    if cues.is_empty() {
        return;
    }
    let document = webvtt::document(cues, 0);
    let again = read(document.as_bytes(), None).expect("what was written is read");
    assert_eq!(again.cues, cues, "{document}");
    assert_eq!(again.problems, []);
    for cue in cues {
        let segment = webvtt::segment(cues, cue.start_ms..cue.start_ms + 1, 0);
        let found = read(segment.as_bytes(), None).expect("a cue is shown there");
        assert!(found.cues.contains(cue), "{segment}");
    }
}
