//! Playbacks as they stood lately, so that reports can be judged while the
//! database is away.

use quick_cache::Weighter;
use quick_cache::unsync::Cache;
use uuid::Uuid;

use crate::catalog::store::PlaybackRecord;

/// About so many bytes of them are kept: some 25,000 playbacks of one stretch.
const MAX_BYTES: u64 = 8 << 20;
/// A playback without its stretches, and what the cache needs for it.
const PLAYBACK_BYTES: u64 = 300;
const STRETCH_BYTES: u64 = 16;

/// Those that were started or reported on last.
pub struct Known(Cache<Uuid, PlaybackRecord, Bytes>);

#[derive(Clone)]
struct Bytes;

impl Weighter<Uuid, PlaybackRecord> for Bytes {
    fn weight(&self, _: &Uuid, playback: &PlaybackRecord) -> u64 {
        PLAYBACK_BYTES + playback.played.capacity() as u64 * STRETCH_BYTES
    }
}

impl Default for Known {
    fn default() -> Self {
        // Room is made as it fills.
        let about = 1024;
        Self(Cache::with_weighter(about, MAX_BYTES, Bytes))
    }
}

impl Known {
    /// How a playback stands, if it is known here.
    pub fn get(&mut self, id: &Uuid) -> Option<PlaybackRecord> {
        self.0.get(id).cloned()
    }

    /// How a playback stands now.
    pub fn remember(&mut self, playback: &PlaybackRecord) {
        self.0.insert(playback.id, playback.clone());
    }
}
