//! Collections in SQLite.

use async_trait::async_trait;
use ginflix_api::collection::{
    Collection, CollectionContents, CollectionOfMovie, MAX_COLLECTION_POSITION, MAX_COLLECTIONS,
    MAX_COLLECTIONS_OF_MOVIE,
};
use ginflix_api::movie::MovieId;
use jiff::Timestamp;
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::SqliteStore;
use super::query::{execute, fetch_all, fetch_one, fetch_optional, micros};
use crate::catalog::collection_records::{COLLECTION_OF_MOVIE_ROWS, COLLECTION_ROWS};
use crate::catalog::import_records::{FORGET_EMPTY_SEASON, FORGET_EMPTY_SERIES};
use crate::catalog::list_sql::{MOVIE_COLUMNS, MOVIE_TABLES};
use crate::catalog::normalize;
use crate::catalog::store::{
    COLLECTIONS_TOO_DEEP, CollectionRecord, CollectionStore, Result, StoreError,
    TOO_MANY_COLLECTIONS,
};

#[async_trait]
impl CollectionStore for SqliteStore {
    async fn collections(&self) -> Result<Vec<Collection>> {
        let sql = format!("SELECT {COLLECTION_ROWS} ORDER BY c.title_key, c.id");
        self.pool.read(move |db| fetch_all(db, &sql, [])).await
    }

    async fn collection(&self, id: Uuid) -> Result<Collection> {
        self.pool.read(move |db| find(db, id)).await
    }

    async fn collection_contents(&self, id: Uuid) -> Result<CollectionContents> {
        self.pool.read(move |db| contents(db, id)).await
    }

    async fn insert_collection(&self, collection: &CollectionRecord) -> Result<()> {
        let collection = collection.clone();
        self.pool.write(move |db| insert(db, &collection)).await
    }

    async fn update_collection(&self, collection: &CollectionRecord) -> Result<()> {
        let collection = collection.clone();
        self.pool.write(move |db| update(db, &collection)).await
    }

    async fn delete_collection(&self, id: Uuid, version: Option<u64>) -> Result<()> {
        let delete = move |db: &Connection| {
            require_version(db, id, version)?;
            execute(db, FORGET_EMPTY_SERIES, [id])?;
            execute(db, FORGET_EMPTY_SEASON, [id])?;
            execute(db, "DELETE FROM collections WHERE id = ?1", [id]).map(drop)
        };
        self.pool.write(delete).await
    }

    async fn set_collection_movies(
        &self,
        id: Uuid,
        movies: &[MovieId],
        version: Option<u64>,
        at: Timestamp,
    ) -> Result<()> {
        let movies = movies.to_vec();
        self.pool.write(move |db| set_movies(db, id, &movies, version, at)).await
    }

    async fn collections_of_movie(&self, id: MovieId) -> Result<Vec<CollectionOfMovie>> {
        let sql = format!(
            "SELECT {COLLECTION_OF_MOVIE_ROWS} WHERE m.movie_id = ?1 \
             ORDER BY c.title_key, c.id LIMIT {MAX_COLLECTIONS_OF_MOVIE}"
        );
        self.pool.read(move |db| fetch_all(db, &sql, [id.0])).await
    }
}

fn find(db: &Connection, id: Uuid) -> Result<Collection> {
    fetch_one(db, &format!("SELECT {COLLECTION_ROWS} WHERE c.id = ?1"), [id])
}

fn contents(db: &Connection, id: Uuid) -> Result<CollectionContents> {
    let collection = find(db, id)?;
    let sql = format!(
        "SELECT {COLLECTION_ROWS} WHERE c.parent = ?1 ORDER BY c.position, c.title_key, c.id"
    );
    let collections = fetch_all(db, &sql, [id])?;
    let sql = format!(
        "SELECT {MOVIE_COLUMNS} FROM {MOVIE_TABLES} JOIN collection_movies l ON l.movie_id = m.id \
         WHERE l.collection = ?1 ORDER BY l.position"
    );
    let movies = fetch_all(db, &sql, [id])?;
    Ok(CollectionContents { collection, collections, movies })
}

/// Inserts a collection.
pub fn insert(db: &Connection, new: &CollectionRecord) -> Result<()> {
    let count: u64 = fetch_one(db, "SELECT count(*) FROM collections", [])?;
    if count >= MAX_COLLECTIONS as u64 {
        return Err(StoreError::Conflict(TOO_MANY_COLLECTIONS));
    }
    let position = place(db, new)?;
    let sql = "INSERT INTO collections (id, title, title_key, description, parent, position, version, \
        updated_at, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let values = params![
        new.id,
        new.title,
        normalize::sort_key(&new.title),
        new.description,
        new.parent,
        position,
        new.version as i64,
        micros(new.updated_at),
        micros(new.created_at),
    ];
    execute(db, sql, values).map(drop)
}

fn update(db: &Connection, new: &CollectionRecord) -> Result<()> {
    require_version(db, new.id, Some(new.version - 1))?;
    let position = place(db, new)?;
    let sql = "UPDATE collections SET title = ?2, title_key = ?3, description = ?4, parent = ?5, \
        position = ?6, version = ?7, updated_at = ?8 WHERE id = ?1";
    let values = params![
        new.id,
        new.title,
        normalize::sort_key(&new.title),
        new.description,
        new.parent,
        position,
        new.version as i64,
        micros(new.updated_at),
    ];
    execute(db, sql, values).map(drop)
}

/// Checks that a collection may be part of its parent, and returns its position there.
fn place(db: &Connection, collection: &CollectionRecord) -> Result<u32> {
    let Some(parent) = collection.parent else { return Ok(collection.position.unwrap_or(0)) };
    let sql = "SELECT parent IS NOT NULL FROM collections WHERE id = ?1";
    let is_part: Option<bool> = fetch_optional(db, sql, [parent])?;
    let has_parts = "SELECT 1 FROM collections WHERE parent = ?1 LIMIT 1";
    let is_too_deep = is_part.ok_or(StoreError::NoParent)?
        || parent == collection.id
        || db.prepare_cached(has_parts)?.exists([collection.id])?;
    if is_too_deep {
        return Err(StoreError::Conflict(COLLECTIONS_TOO_DEEP));
    }
    if let Some(position) = collection.position {
        return Ok(position);
    }
    let sql =
        "SELECT coalesce(max(position) + 1, 0) FROM collections WHERE parent = ?1 AND id <> ?2";
    let next: u64 = fetch_one(db, sql, params![parent, collection.id])?;
    Ok(u32::try_from(next).unwrap_or(u32::MAX).min(MAX_COLLECTION_POSITION))
}

/// Replaces the movies of a collection, which gets a new version.
pub fn set_movies(
    db: &Connection,
    id: Uuid,
    movies: &[MovieId],
    version: Option<u64>,
    at: Timestamp,
) -> Result<()> {
    require_version(db, id, version)?;
    execute(db, "DELETE FROM collection_movies WHERE collection = ?1", [id])?;
    let mut is_known = db.prepare_cached("SELECT 1 FROM movies WHERE id = ?1")?;
    let mut insert = db.prepare_cached(
        "INSERT INTO collection_movies (collection, position, movie_id) VALUES (?1, ?2, ?3)",
    )?;
    for (position, movie) in movies.iter().enumerate() {
        if !is_known.exists([movie.0])? {
            return Err(StoreError::NoMovie(*movie));
        }
        insert.execute(params![id, position as i64, movie.0])?;
    }
    let sql = "UPDATE collections SET version = version + 1, updated_at = ?2 WHERE id = ?1";
    execute(db, sql, params![id, micros(at)]).map(drop)
}

/// Requires that a collection exists, and has this version if one is given.
pub fn require_version(db: &Connection, id: Uuid, version: Option<u64>) -> Result<()> {
    let stored: u64 = fetch_one(db, "SELECT version FROM collections WHERE id = ?1", [id])?;
    match version {
        Some(required) if required != stored => Err(StoreError::Stale),
        _ => Ok(()),
    }
}
