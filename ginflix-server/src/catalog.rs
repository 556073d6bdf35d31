//! The catalogue of movies: its rules, over any database backend.
//!
//! # Layout
//! - [`Catalog`]: the rules, in `movies`, `search`, `media` and `replicas`; [`fields`],
//!   [`query`], [`cursor`], [`picture`] are those that need no database
//! - [`spelling`]: corrections of misspelt words of a search
//! - [`carried`]: what a backup carries
//! - [`fold`]: words and sort keys, the same for all backends
//! - [`store`]: the traits of a backend, which [`sqlite`] and [`postgres`] implement;
//!   [`open`] picks one
//! - [`listing`]: SQL of lists for both databases; `rows`, `records` and `columns`
//!   read the rows of both
//! - [`cache`]: recent answers, for when the database does not answer
//! - `register`: the catalogue as uploads see it

pub mod cache;
pub mod carried;
pub mod cursor;
pub mod fields;
pub mod fold;
pub mod listing;
pub mod open;
pub mod picture;
pub mod postgres;
pub mod query;
pub mod spelling;
pub mod sqlite;
pub mod store;

mod columns;
mod media;
mod movies;
mod records;
mod register;
mod replicas;
mod rows;
mod search;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use self::cache::{Cache, Keep, Key, Staleness};
use self::store::{CatalogStore, StoreError};
use crate::error::AppError;

type Result<T> = std::result::Result<T, AppError>;

/// The catalogue: cheap to clone.
#[derive(Clone)]
pub struct Catalog {
    store: Arc<dyn CatalogStore>,
    cache: Arc<Cache>,
    staleness: Staleness,
}

impl Catalog {
    /// A catalogue in this backend.
    pub fn new(store: Arc<dyn CatalogStore>) -> Self {
        Self { store, cache: Arc::default(), staleness: Staleness::default() }
    }

    /// Finishes what has begun and closes the database; later calls fail.
    pub async fn close(&self) {
        self.store.close().await;
    }

    /// The same catalogue, which notes the age of each cached answer in `staleness`.
    pub fn with_staleness(&self, staleness: &Staleness) -> Self {
        Self { staleness: staleness.clone(), ..self.clone() }
    }

    /// The age of the oldest cached answer that this catalogue gave, as the
    /// database did not answer; `None` where there was none.
    pub fn cache_age(&self) -> Option<Duration> {
        self.staleness.age()
    }

    /// Since when the database has not answered; `None` where it does.
    pub fn unavailable_since(&self) -> Option<Timestamp> {
        self.store.unavailable_since()
    }

    /// The answer of the database or, while it is away, the cached one.
    async fn read<T: Keep>(
        &self,
        key: Key,
        read: impl Future<Output = store::Result<T>>,
    ) -> store::Result<T> {
        match read.await {
            Ok(value) => {
                if self.cache.wants(&key) {
                    self.cache.keep(key, value.clone());
                }
                Ok(value)
            }
            Err(StoreError::Unavailable(why)) => {
                let (value, age) = self.cache.get(&key).ok_or(StoreError::Unavailable(why))?;
                self.staleness.note(age);
                Ok(value)
            }
            Err(StoreError::NotFound) => {
                self.cache.forget(&key);
                Err(StoreError::NotFound)
            }
            Err(error) => Err(error),
        }
    }

    /// The backend, for subjects with rules outside the catalogue, such as accounts.
    pub fn store(&self) -> Arc<dyn CatalogStore> {
        self.store.clone()
    }
}
