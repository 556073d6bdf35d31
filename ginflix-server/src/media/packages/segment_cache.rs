//! The segments that were requested last, ready to be sent to the next viewers of the same movie.
//!
//! A segment of audio has hundreds of short ranges of the media file, each of which is a read. Together they take more time
//! than all other work on the request.

use std::sync::Arc;

use ginflix_hls::resource::Resource;
use parking_lot::Mutex;
use quick_cache::Weighter;
use quick_cache::unsync::Cache;

use super::content::PackagedContent;
use crate::delivery::segments::{Segment, bytes_in_memory};
use crate::memory;

/// The memory of the cache, and the part of the memory of this process that it takes at most.
const CACHE_BYTES: u64 = 16 << 20;
const MEMORY_DIVISOR: u64 = 32;
/// The memory of an entry without its segments.
const ENTRY_BYTES: u64 = 300;
/// The number of entries that the cache is expected to have; it grows beyond that.
const EXPECTED_ENTRIES: usize = 64;

/// The content of segments, by their paths. These name the content of the media file, so no entry is ever outdated. Clones
/// are the same cache.
#[derive(Debug, Clone)]
pub struct SegmentCache(Arc<Mutex<Cache<Resource, Arc<PackagedContent>, ContentWeighter>>>);

impl Default for SegmentCache {
    /// Creates an empty cache.
    fn default() -> Self {
        Self::with_capacity(CACHE_BYTES.min(memory::available_bytes() / MEMORY_DIVISOR))
    }
}

impl SegmentCache {
    /// Creates an empty cache of so many bytes.
    pub fn with_capacity(bytes: u64) -> Self {
        let cache = Cache::with_weighter(EXPECTED_ENTRIES, bytes, ContentWeighter);
        Self(Arc::new(Mutex::new(cache)))
    }

    /// Returns the content of a segment.
    pub fn get(&self, segment: &Resource) -> Option<Arc<PackagedContent>> {
        self.0.lock().get(segment).cloned()
    }

    /// Adds the content of a segment. Removes others that were not requested for longer.
    pub fn insert(&self, segment: Resource, content: Arc<PackagedContent>) {
        self.0.lock().insert(segment, content);
    }
}

/// Estimates the memory of an entry.
#[derive(Debug, Clone)]
struct ContentWeighter;

impl Weighter<Resource, Arc<PackagedContent>> for ContentWeighter {
    fn weight(&self, _: &Resource, content: &Arc<PackagedContent>) -> u64 {
        let segments = size_of_val::<[Segment]>(&content.segments) as u64;
        ENTRY_BYTES + segments + bytes_in_memory(&content.segments)
    }
}

#[cfg(test)]
mod tests {
    use ginflix_hls::rendition::RenditionKind;
    use ginflix_hls::resource::{RenditionName, Revision};
    use smallvec::smallvec;

    use super::*;
    use crate::delivery::response::CachePolicy;

    fn resource(number: u32) -> Resource {
        let name = RenditionName { kind: RenditionKind::Audio, number: 0 };
        Resource::Segment(name, Revision::new("1a2b3c4d").unwrap(), number)
    }

    fn content(bytes: usize) -> Arc<PackagedContent> {
        Arc::new(PackagedContent {
            segments: smallvec![Segment::Bytes(vec![0; bytes].into())],
            etag: String::new(),
            content_type: "audio/mp4",
            cache: CachePolicy::Immutable,
        })
    }

    #[test]
    fn the_memory_of_the_cache_is_bounded() {
        let cache = SegmentCache::with_capacity(100_000);
        for number in 0..100 {
            cache.insert(resource(number), content(10_000));
        }
        let cached = (0..100).filter(|number| cache.get(&resource(*number)).is_some()).count();
        assert!((5..10).contains(&cached), "{cached}");
        // A segment that is larger than the cache is made for each request.
        cache.insert(resource(100), content(200_000));
        assert!(cache.get(&resource(100)).is_none());
    }
}
