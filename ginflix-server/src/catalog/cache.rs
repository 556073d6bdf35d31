//! Recent results of reads, which are served while the database is unavailable.

use std::any::Any;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ginflix_api::collection::{Collection, CollectionContents, CollectionOfMovie};
use ginflix_api::inspection::Inspection;
use ginflix_api::media::{Media, MediaName};
use ginflix_api::movie::{Movie, MovieId};
use parking_lot::Mutex;
use quick_cache::Weighter;
use quick_cache::unsync;
use uuid::Uuid;

use super::home::HomeRows;
use super::store::MovieFilter;

/// The capacity of the cache, in estimated bytes.
const CACHE_CAPACITY_BYTES: u64 = 16 << 20;
/// The age below which an entry is not replaced by a newer result.
const REFRESH_INTERVAL: Duration = Duration::from_secs(1);
/// The estimated size of an entry without its key and value.
const ENTRY_OVERHEAD_BYTES: u64 = 200;

/// Identifies a read of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CacheKey {
    /// One movie.
    Movie(MovieId),
    /// A list of movies, by its filter in text form.
    Movies(String),
    /// The number of movies.
    Count,
    /// The genres in use.
    Genres,
    /// The years of all movies.
    Years,
    /// The metadata of a media file.
    Media(MediaName),
    /// A list of media files: the name that it starts after, and its limit.
    MediaList(Option<MediaName>, u32),
    /// The most viewed movies of the week.
    Week,
    /// The rows of the home page.
    Home,
    /// All collections.
    Collections,
    /// A collection with what is in it.
    Collection(Uuid),
    /// The collections that a movie is in.
    CollectionsOfMovie(MovieId),
}

impl CacheKey {
    /// Returns the key of a list of movies.
    pub fn movies(filter: &MovieFilter) -> Self {
        Self::Movies(format!("{filter:?}"))
    }

    fn size_bytes(&self) -> u64 {
        match self {
            Self::Movies(filter) => filter.len() as u64,
            _ => 0,
        }
    }
}

/// A result that can be cached.
pub trait Cacheable: Clone + Send + Sync + 'static {
    /// Returns the estimated size in bytes, heap memory included.
    fn size_bytes(&self) -> u64;
}

#[derive(Clone)]
struct CacheEntry {
    value: Arc<dyn Any + Send + Sync>,
    size_bytes: u64,
    read_at: Instant,
}

#[derive(Clone)]
struct EntrySize;

impl Weighter<CacheKey, CacheEntry> for EntrySize {
    fn weight(&self, _: &CacheKey, entry: &CacheEntry) -> u64 {
        entry.size_bytes
    }
}

/// A cache of results, bounded by their size in bytes. It evicts the entries that are used least.
pub struct ReadCache(Mutex<unsync::Cache<CacheKey, CacheEntry, EntrySize>>);

impl Default for ReadCache {
    fn default() -> Self {
        // The number of entries is only an estimate: the cache allocates as it fills.
        Self(Mutex::new(unsync::Cache::with_weighter(1024, CACHE_CAPACITY_BYTES, EntrySize)))
    }
}

impl ReadCache {
    /// Returns whether the entry is missing or older than `REFRESH_INTERVAL`.
    pub fn needs_refresh(&self, key: &CacheKey) -> bool {
        self.0.lock().peek(key).is_none_or(|entry| entry.read_at.elapsed() >= REFRESH_INTERVAL)
    }

    /// Inserts a result that was read just now.
    pub fn insert<T: Cacheable>(&self, key: CacheKey, value: T) {
        let size_bytes = ENTRY_OVERHEAD_BYTES + key.size_bytes() + value.size_bytes();
        let entry = CacheEntry { value: Arc::new(value), size_bytes, read_at: Instant::now() };
        self.0.lock().insert(key, entry);
    }

    /// Returns a cached result and its age.
    pub fn get<T: Cacheable>(&self, key: &CacheKey) -> Option<(T, Duration)> {
        // The value is cloned after the lock is released: a page of movies is large.
        let entry = self.0.lock().get(key).cloned()?;
        Some((entry.value.downcast_ref::<T>()?.clone(), entry.read_at.elapsed()))
    }

    /// Removes an entry.
    pub fn remove(&self, key: &CacheKey) {
        self.0.lock().remove(key);
    }
}

/// The age of the oldest cached result that is part of a response.
#[derive(Debug, Clone, Default)]
pub struct Staleness(Arc<AtomicU64>);

impl Staleness {
    /// Records that a cached result of this age is part of the response.
    pub fn record(&self, age: Duration) {
        // 0 stands for "nothing from the cache", so ages are stored with 1 added.
        self.0.fetch_max(age.as_secs() + 1, Ordering::Relaxed);
    }

    /// Returns the greatest recorded age in whole seconds; `None` if there is none, because
    /// everything came from the database.
    pub fn age(&self) -> Option<Duration> {
        self.0.load(Ordering::Relaxed).checked_sub(1).map(Duration::from_secs)
    }
}

fn list_size_bytes(texts: &[String]) -> usize {
    texts.iter().map(|text| size_of::<String>() + text.len()).sum()
}

fn movie_size_bytes(movie: &Movie) -> u64 {
    let texts = [&movie.title, &movie.description, &movie.stream_path];
    let texts: usize = texts.iter().map(|text| text.len()).sum();
    let lists = list_size_bytes(&movie.genres)
        + list_size_bytes(&movie.directors)
        + list_size_bytes(&movie.cast);
    (size_of::<Movie>() + texts + lists) as u64
}

impl Cacheable for Arc<Movie> {
    fn size_bytes(&self) -> u64 {
        movie_size_bytes(self)
    }
}

fn collection_size_bytes(collection: &Collection) -> u64 {
    let parent = collection.parent_title.as_ref().map_or(0, String::len);
    (size_of::<Collection>() + collection.title.len() + collection.description.len() + parent)
        as u64
}

impl Cacheable for Vec<Collection> {
    fn size_bytes(&self) -> u64 {
        self.iter().map(collection_size_bytes).sum()
    }
}

impl Cacheable for Arc<CollectionContents> {
    fn size_bytes(&self) -> u64 {
        collection_size_bytes(&self.collection)
            + self.collections.iter().map(collection_size_bytes).sum::<u64>()
            + self.movies.iter().map(movie_size_bytes).sum::<u64>()
    }
}

impl Cacheable for Arc<HomeRows> {
    fn size_bytes(&self) -> u64 {
        let of_genres = self.genres.iter().flat_map(|(_, movies)| movies);
        let movies = self.newest.iter().chain(&self.week).chain(of_genres);
        movies.map(movie_size_bytes).sum::<u64>()
            + self.genre_counts.size_bytes()
            + self.collections.size_bytes()
    }
}

impl Cacheable for Vec<CollectionOfMovie> {
    fn size_bytes(&self) -> u64 {
        let texts = |one: &CollectionOfMovie| {
            one.title.len() + one.parent_title.as_ref().map_or(0, String::len)
        };
        self.iter().map(|one| (size_of::<CollectionOfMovie>() + texts(one)) as u64).sum()
    }
}

/// A page of movies. Each movie is shared with its own entry in the cache.
#[derive(Clone)]
pub struct CachedMoviePage {
    /// The movies in order.
    pub items: Vec<Arc<Movie>>,
    /// The cursor of the next page.
    pub next_cursor: Option<String>,
}

impl Cacheable for CachedMoviePage {
    fn size_bytes(&self) -> u64 {
        // A movie that also has an entry of its own is counted twice, which is a safe estimate.
        self.items.iter().map(|movie| 8 + movie.size_bytes()).sum()
    }
}

impl Cacheable for Vec<(String, u64)> {
    fn size_bytes(&self) -> u64 {
        self.iter().map(|(genre, _)| 32 + genre.len() as u64).sum()
    }
}

impl Cacheable for Vec<u16> {
    fn size_bytes(&self) -> u64 {
        2 * self.len() as u64
    }
}

impl Cacheable for u64 {
    fn size_bytes(&self) -> u64 {
        8
    }
}

impl Cacheable for Media {
    fn size_bytes(&self) -> u64 {
        let inspection = self.inspection.as_ref().map_or(0, Inspection::heap_bytes);
        // The name is a little shorter than the path, which contains it.
        let texts = self.sha256.as_ref().map_or(0, String::len) + 2 * self.stream_path.len();
        (size_of::<Self>() + texts + inspection) as u64
    }
}

impl Cacheable for Vec<Media> {
    fn size_bytes(&self) -> u64 {
        self.iter().map(Cacheable::size_bytes).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_is_bounded_by_bytes() {
        let cache = ReadCache::default();
        let keys: Vec<_> = (0..64).map(|n| CacheKey::MediaList(None, n)).collect();
        for key in &keys {
            cache.insert(key.clone(), vec![0_u16; 1 << 19]);
        }
        let cached = keys.iter().filter(|key| cache.get::<Vec<u16>>(key).is_some());
        assert!((8..=16).contains(&cached.count()));
        assert!(cache.0.lock().weight() <= CACHE_CAPACITY_BYTES);
    }

    #[test]
    fn the_greatest_recorded_age_counts() {
        let staleness = Staleness::default();
        assert_eq!(staleness.age(), None);
        staleness.record(Duration::from_millis(1));
        assert_eq!(staleness.age(), Some(Duration::ZERO));
        staleness.record(Duration::from_secs(7));
        staleness.record(Duration::from_secs(3));
        assert_eq!(staleness.age(), Some(Duration::from_secs(7)));
    }
}
