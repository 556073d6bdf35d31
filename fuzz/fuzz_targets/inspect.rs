//! `ginflix_media::inspect` and `cover`: any content is inspected, with little work.

use ginflix_api::movie::{MAX_NAMES, MAX_POSTER_BYTES};
use ginflix_media::source::Budget;
use ginflix_media::{cover, inspect};

/// Little, so that a loop without end is found.
const BUDGET: Budget = Budget { bytes: 4 << 20, reads: 20_000 };

/// Inspects a content.
pub fn run(content: &[u8]) {
    let found = inspect(&content, BUDGET).expect("memory can be read");
    assert!(found.tracks.len() <= 256 && found.chapters.len() <= 1_000);
    let tags = &found.tags;
    assert!([&tags.genres, &tags.directors, &tags.cast].iter().all(|names| names.len() <= MAX_NAMES));
    let cover = cover::read(&content, BUDGET).expect("memory can be read");
    assert!(cover.is_none_or(|cover| cover.bytes.len() as u64 <= MAX_POSTER_BYTES));
    if let Some(seconds) = found.duration_seconds {
        assert!(seconds > 0.0 && seconds.is_finite());
    }
}
