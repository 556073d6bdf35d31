//! The catalogue of movies: its rules, independent of the database behind it.
//!
//! # Layout
//! - [`Catalog`]: the rules, implemented in `movies`, `collections`, `imports`, `search`, `media`, `subtitles`,
//!   `watching` and `replicas`; the modules [`validation`], `import_rules`, `import_places`, `watch_rules`, [`query`], [`cursor`] and [`poster`]
//!   contain the rules that need no database
//! - [`fuzzy`]: suggestions for misspelt search words; [`search_words`]: words that may be years
//! - [`home`] and `featured`: what the home page shows
//! - [`normalize`]: search words and sort keys of a text, the same for all backends
//! - [`backup_schema`]: the tables and columns that a backup contains
//! - [`store`]: the traits of a backend, implemented by [`sqlite`] and [`postgres`];
//!   [`open`] chooses one
//! - [`list_sql`]: the SQL of movie lists for both databases; `rows`, `records`, `import_records`, `collection_records`,
//!   `watch_records` and `columns` convert the rows of both
//! - [`cache`]: recent results, which are served while the database is unavailable
//! - `registry`: the interface of the catalogue to uploads
//! - `migration_error`: messages of failed migrations

pub mod backup_schema;
pub mod cache;
pub mod cursor;
pub mod fuzzy;
pub mod home;
pub mod list_sql;
pub mod normalize;
pub mod open;
pub mod poster;
pub mod postgres;
pub mod query;
pub mod search_words;
pub mod sqlite;
pub mod store;
pub mod validation;

mod collection_records;
mod collections;
mod columns;
mod featured;
mod import_places;
mod import_records;
mod import_rules;
mod imports;
mod media;
mod migration_error;
mod movies;
mod records;
mod registry;
mod replicas;
mod rows;
mod search;
mod subtitles;
mod watch_records;
mod watch_rules;
mod watching;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

pub use self::featured::Featured;
pub use self::replicas::playability_of;

use self::cache::{CacheKey, Cacheable, ReadCache, Staleness};
use self::store::{CatalogStore, StoreError};
use crate::error::AppError;

type Result<T> = std::result::Result<T, AppError>;

/// The catalogue. Clones are cheap, and share the backend and the cache.
#[derive(Clone)]
pub struct Catalog {
    store: Arc<dyn CatalogStore>,
    cache: Arc<ReadCache>,
    staleness: Staleness,
}

impl Catalog {
    /// Creates a catalogue over this backend, with an empty cache.
    pub fn new(store: Arc<dyn CatalogStore>) -> Self {
        Self { store, cache: Arc::default(), staleness: Staleness::default() }
    }

    /// Waits until the database is available, for as long as that takes.
    ///
    /// # Errors
    /// The database will not become available by waiting.
    pub async fn connect(&self) -> store::Result<()> {
        self.store.connect().await
    }

    /// Closes the database: an SQLite file after the calls in progress, a connection to PostgreSQL
    /// at the end of its call. Later calls fail.
    pub async fn close(&self) {
        self.store.close().await;
    }

    /// Returns a handle to the same catalogue that records the age of each cached result it
    /// returns in `staleness`.
    pub fn with_staleness(&self, staleness: &Staleness) -> Self {
        Self { staleness: staleness.clone(), ..self.clone() }
    }

    /// Returns the age of the oldest cached result that this handle has returned because the
    /// database was unavailable; `None` if every result came from the database.
    pub fn cache_age(&self) -> Option<Duration> {
        self.staleness.age()
    }

    /// Returns the time at which the database became unavailable; `None` while it is available.
    pub fn unavailable_since(&self) -> Option<Timestamp> {
        self.store.unavailable_since()
    }

    /// Returns the result of `read` and caches it; while the database is unavailable, returns
    /// the cached result.
    async fn read<T: Cacheable>(
        &self,
        key: CacheKey,
        read: impl Future<Output = store::Result<T>>,
    ) -> store::Result<T> {
        match read.await {
            Ok(value) => {
                // A busy list is read many times a second: cloning it for each read would cost more
                // than a cached result that is a second older.
                if self.cache.needs_refresh(&key) {
                    self.cache.insert(key, value.clone());
                }
                Ok(value)
            }
            Err(StoreError::Unavailable(why)) => {
                let (value, age) = self.cache.get(&key).ok_or(StoreError::Unavailable(why))?;
                self.staleness.record(age);
                Ok(value)
            }
            Err(StoreError::NotFound) => {
                self.cache.remove(&key);
                Err(StoreError::NotFound)
            }
            Err(error) => Err(error),
        }
    }

    /// Returns the backend, for modules with rules of their own, such as accounts and views.
    pub fn store(&self) -> Arc<dyn CatalogStore> {
        self.store.clone()
    }
}
