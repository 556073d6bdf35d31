//! What movies are: the rules of the catalogue over any backend.
//!
//! # Layout
//! - [`Catalog`]: the rules, in `movies`, `search`, `media` and `replicas`; [`fields`],
//!   [`query`], [`cursor`], [`picture`] are those that need no database
//! - [`spelling`]: words that were meant
//! - [`carried`]: what a backup carries
//! - [`fold`]: words and sort keys, the same for all backends
//! - [`store`]: what a backend does; [`sqlite`] and [`postgres`] do it;
//!   [`open`] picks one; [`listing`] is SQL that both take, and `rows`, `columns`
//!   and `records` read the rows of both
//! - [`cache`]: what was read lately, for while the database is away

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
    /// The rules over this backend.
    pub fn new(store: Arc<dyn CatalogStore>) -> Self {
        Self { store, cache: Arc::default(), staleness: Staleness::default() }
    }

    /// Finishes what has begun and closes the database; whatever is asked later fails.
    pub async fn close(&self) {
        self.store.close().await;
    }

    /// The same catalogue, that notes here what it has to give from memory.
    pub fn noting(&self, staleness: &Staleness) -> Self {
        Self { staleness: staleness.clone(), ..self.clone() }
    }

    /// How old the oldest is that this catalogue gave from memory, as the
    /// database is away; `None` where it gave nothing from there.
    pub fn age(&self) -> Option<Duration> {
        self.staleness.age()
    }

    /// Since when the database has not answered; `None` where it does.
    pub fn away_since(&self) -> Option<Timestamp> {
        self.store.away_since()
    }

    /// What the database says, or while it is away what it said lately.
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

    /// The backend, for playbacks and accounts, which have rules of their own.
    pub fn store(&self) -> Arc<dyn CatalogStore> {
        self.store.clone()
    }
}
