//! What was read lately, to show while the database is away.

use std::any::Any;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ginflix_api::media::{Media, MediaName};
use ginflix_api::movie::{Movie, MovieId};
use quick_cache::Weighter;
use quick_cache::unsync;

use super::store::{MovieFilter, Poster};

/// About so many bytes are kept.
const MAX_BYTES: u64 = 16 << 20;
/// What is younger is good enough.
const YOUNG: Duration = Duration::from_secs(1);
/// What an entry takes beside its value, bytes.
const ENTRY_BYTES: u64 = 200;

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Key {
    /// One movie.
    Movie(MovieId),
    /// A list of movies; the filter as text.
    Movies(String),
    /// How many movies there are.
    Count,
    /// Genres in use.
    Genres,
    /// Years of movies.
    Years,
    /// A movie's poster.
    Poster(MovieId),
    /// Facts of a file.
    Media(MediaName),
    /// A list of files: after this name, so many.
    MediaList(Option<MediaName>, u32),
}

impl Key {
    /// That of a list of movies.
    pub fn movies(filter: &MovieFilter) -> Self {
        Self::Movies(format!("{filter:?}"))
    }

    fn bytes(&self) -> u64 {
        match self {
            Self::Movies(filter) => filter.len() as u64,
            _ => 0,
        }
    }
}

/// What can be kept: how many bytes it takes, about.
pub trait Keep: Clone + Send + Sync + 'static {
    /// Those behind its pointers too.
    fn bytes(&self) -> u64;
}

#[derive(Clone)]
struct Kept {
    value: Arc<dyn Any + Send + Sync>,
    bytes: u64,
    at: Instant,
}

#[derive(Clone)]
struct Bytes;

impl Weighter<Key, Kept> for Bytes {
    fn weight(&self, _: &Key, kept: &Kept) -> u64 {
        kept.bytes
    }
}

/// Values by what was asked for; the least used go first.
pub struct Cache(Mutex<unsync::Cache<Key, Kept, Bytes>>);

impl Default for Cache {
    fn default() -> Self {
        // Room is made as it fills.
        Self(Mutex::new(unsync::Cache::with_weighter(1024, MAX_BYTES, Bytes)))
    }
}

impl Cache {
    /// Whether nothing was kept for it just now.
    pub fn wants(&self, key: &Key) -> bool {
        self.lock().peek(key).is_none_or(|kept| kept.at.elapsed() >= YOUNG)
    }

    /// Keeps a value.
    pub fn keep<T: Keep>(&self, key: Key, value: T) {
        let bytes = ENTRY_BYTES + key.bytes() + value.bytes();
        let kept = Kept { value: Arc::new(value), bytes, at: Instant::now() };
        self.lock().insert(key, kept);
    }

    /// What was kept, and how long ago.
    pub fn get<T: Keep>(&self, key: &Key) -> Option<(T, Duration)> {
        let kept = self.lock().get(key).cloned()?;
        Some((kept.value.downcast_ref::<T>()?.clone(), kept.at.elapsed()))
    }

    /// Keeps it no more.
    pub fn forget(&self, key: &Key) {
        self.lock().remove(key);
    }

    fn lock(&self) -> MutexGuard<'_, unsync::Cache<Key, Kept, Bytes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How old the oldest part of an answer is, where the database did not give it.
#[derive(Debug, Clone, Default)]
pub struct Staleness(Arc<AtomicU64>);

impl Staleness {
    /// Something this old is part of the answer.
    pub fn note(&self, age: Duration) {
        self.0.fetch_max(age.as_secs() + 1, Ordering::Relaxed);
    }

    /// `None` where everything is as the database has it.
    pub fn age(&self) -> Option<Duration> {
        self.0.load(Ordering::Relaxed).checked_sub(1).map(Duration::from_secs)
    }
}

fn text(texts: &[String]) -> usize {
    texts.iter().map(|text| size_of::<String>() + text.len()).sum()
}

impl Keep for Arc<Movie> {
    fn bytes(&self) -> u64 {
        let texts = [&self.title, &self.description, &self.stream_path];
        let texts: usize = texts.iter().map(|text| text.len()).sum();
        let lists = text(&self.genres) + text(&self.directors) + text(&self.cast);
        (size_of::<Movie>() + texts + lists) as u64
    }
}

/// A list of movies, which are shared with the entries of their own.
#[derive(Clone)]
pub struct KeptMovies {
    /// In order.
    pub items: Vec<Arc<Movie>>,
    /// Where it goes on.
    pub next_cursor: Option<String>,
}

impl Keep for KeptMovies {
    fn bytes(&self) -> u64 {
        self.items.iter().map(|movie| 8 + movie.bytes()).sum()
    }
}

impl Keep for Vec<(String, u64)> {
    fn bytes(&self) -> u64 {
        self.iter().map(|(genre, _)| 32 + genre.len() as u64).sum()
    }
}

impl Keep for Vec<u16> {
    fn bytes(&self) -> u64 {
        2 * self.len() as u64
    }
}

impl Keep for u64 {
    fn bytes(&self) -> u64 {
        8
    }
}

impl Keep for Poster {
    fn bytes(&self) -> u64 {
        (size_of::<Self>() + self.bytes.len() + self.sha256.len()) as u64
    }
}

impl Keep for Media {
    fn bytes(&self) -> u64 {
        (size_of::<Self>() + self.sha256.len() + 2 * self.stream_path.len()) as u64
    }
}

impl Keep for Vec<Media> {
    fn bytes(&self) -> u64 {
        self.iter().map(Keep::bytes).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_bounded_by_bytes() {
        let cache = Cache::default();
        let poster = |n: u64| Poster {
            content_type: "image/png".to_owned(),
            bytes: vec![n as u8; 1 << 20],
            sha256: n.to_string(),
        };
        let ids: Vec<_> = (0..64).map(|_| MovieId::new()).collect();
        for (n, id) in (0..).zip(&ids) {
            cache.keep(Key::Poster(*id), poster(n));
        }
        let kept = ids.iter().filter(|id| cache.get::<Poster>(&Key::Poster(**id)).is_some());
        assert!((8..=16).contains(&kept.count()));
        assert!(cache.lock().weight() <= MAX_BYTES);
    }

    #[test]
    fn the_oldest_part_makes_the_age() {
        let staleness = Staleness::default();
        assert_eq!(staleness.age(), None);
        staleness.note(Duration::from_millis(1));
        assert_eq!(staleness.age(), Some(Duration::ZERO));
        staleness.note(Duration::from_secs(7));
        staleness.note(Duration::from_secs(3));
        assert_eq!(staleness.age(), Some(Duration::from_secs(7)));
    }
}
