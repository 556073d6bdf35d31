//! Recent playbacks in memory, so that reports can be evaluated while the database is not
//! available.

use quick_cache::Weighter;
use quick_cache::unsync::Cache;
use uuid::Uuid;

use crate::catalog::store::PlaybackRecord;

/// Memory for the cache: enough for some 25,000 playbacks of one range.
const CACHE_BYTES: u64 = 8 << 20;
/// Memory for a playback without ranges, including that of the cache itself.
const PLAYBACK_BYTES: u64 = 300;
/// Memory for a range of a playback.
const RANGE_BYTES: u64 = 16;
/// Entries that the cache is expected to have; it grows beyond that.
const EXPECTED_ENTRIES: usize = 1024;

/// A cache of the playbacks that were started or reported last, by their ID.
pub struct RecentPlaybacks(Cache<Uuid, PlaybackRecord, PlaybackWeighter>);

#[derive(Clone)]
struct PlaybackWeighter;

impl Weighter<Uuid, PlaybackRecord> for PlaybackWeighter {
    fn weight(&self, _: &Uuid, playback: &PlaybackRecord) -> u64 {
        PLAYBACK_BYTES + playback.played.capacity() as u64 * RANGE_BYTES
    }
}

impl Default for RecentPlaybacks {
    fn default() -> Self {
        Self(Cache::with_weighter(EXPECTED_ENTRIES, CACHE_BYTES, PlaybackWeighter))
    }
}

impl RecentPlaybacks {
    /// Returns the last known state of a playback.
    pub fn get(&mut self, id: &Uuid) -> Option<PlaybackRecord> {
        self.0.get(id).cloned()
    }

    /// Stores the current state of a playback.
    pub fn insert(&mut self, playback: &PlaybackRecord) {
        self.0.insert(playback.id, playback.clone());
    }
}
