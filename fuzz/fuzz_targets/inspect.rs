//! `ginflix_media::inspect`: any content is inspected, with little work.

use ginflix_media::inspect;
use ginflix_media::source::Budget;

/// Little, so that a loop without end is found.
const BUDGET: Budget = Budget { bytes: 4 << 20, reads: 20_000 };

/// Inspects a content.
pub fn run(content: &[u8]) {
    let found = inspect(&content, BUDGET).expect("memory can be read");
    assert!(found.tracks.len() <= 256 && found.chapters.len() <= 1_000);
    if let Some(seconds) = found.duration_seconds {
        assert!(seconds > 0.0 && seconds.is_finite());
    }
}
