//! Collections in PostgreSQL.

use async_trait::async_trait;
use deadpool_postgres::Transaction;
use ginflix_api::collection::{
    Collection, CollectionContents, CollectionOfMovie, MAX_COLLECTION_POSITION, MAX_COLLECTIONS,
    MAX_COLLECTIONS_OF_MOVIE,
};
use ginflix_api::movie::MovieId;
use jiff::Timestamp;
use uuid::Uuid;

use super::PostgresStore;
use super::query::{SqlValue, execute, fetch_all, fetch_one, fetch_optional};
use crate::catalog::collection_records::{COLLECTION_OF_MOVIE_ROWS, COLLECTION_ROWS};
use crate::catalog::import_records::{FORGET_EMPTY_SEASON, FORGET_EMPTY_SERIES};
use crate::catalog::list_sql::{MOVIE_COLUMNS, MOVIE_TABLES};
use crate::catalog::normalize;
use crate::catalog::store::{
    COLLECTIONS_TOO_DEEP, CollectionRecord, CollectionStore, Result, StoreError,
    TOO_MANY_COLLECTIONS,
};

/// Makes other changes of collections wait, so that what was checked stays true: their number, and who is part of whom.
pub const LOCK: &str = "LOCK TABLE collections IN SHARE ROW EXCLUSIVE MODE";

#[async_trait]
impl CollectionStore for PostgresStore {
    async fn collections(&self) -> Result<Vec<Collection>> {
        let sql = format!("SELECT {COLLECTION_ROWS} ORDER BY c.title_key, c.id");
        self.with_client(async |db| fetch_all(db, &sql, &[]).await).await
    }

    async fn collection(&self, id: Uuid) -> Result<Collection> {
        let sql = format!("SELECT {COLLECTION_ROWS} WHERE c.id = $1");
        self.with_client(async |db| fetch_one(db, &sql, &[&id]).await).await
    }

    async fn collection_contents(&self, id: Uuid) -> Result<CollectionContents> {
        self.on_snapshot(async |db| contents(db, id).await).await
    }

    async fn insert_collection(&self, collection: &CollectionRecord) -> Result<()> {
        self.in_transaction(async |db| insert(db, collection).await).await
    }

    async fn update_collection(&self, collection: &CollectionRecord) -> Result<()> {
        self.in_transaction(async |db| update(db, collection).await).await
    }

    async fn delete_collection(&self, id: Uuid, version: Option<u64>) -> Result<()> {
        let delete = async |db: &Transaction<'_>| {
            db.batch_execute(LOCK).await?;
            require_version(db, id, version).await?;
            execute(db, FORGET_EMPTY_SERIES, &[&id]).await?;
            execute(db, FORGET_EMPTY_SEASON, &[&id]).await?;
            execute(db, "DELETE FROM collections WHERE id = $1", &[&id]).await.map(drop)
        };
        self.in_transaction(delete).await
    }

    async fn set_collection_movies(
        &self,
        id: Uuid,
        movies: &[MovieId],
        version: Option<u64>,
        at: Timestamp,
    ) -> Result<()> {
        self.in_transaction(async |db| set_movies(db, id, movies, version, at).await).await
    }

    async fn collections_of_movie(&self, id: MovieId) -> Result<Vec<CollectionOfMovie>> {
        let sql = format!(
            "SELECT {COLLECTION_OF_MOVIE_ROWS} WHERE m.movie_id = $1 \
             ORDER BY c.title_key, c.id LIMIT {MAX_COLLECTIONS_OF_MOVIE}"
        );
        self.with_client(async |db| fetch_all(db, &sql, &[&id.0]).await).await
    }
}

async fn contents(db: &Transaction<'_>, id: Uuid) -> Result<CollectionContents> {
    let sql = format!("SELECT {COLLECTION_ROWS} WHERE c.id = $1");
    let collection = fetch_one(db, &sql, &[&id]).await?;
    let sql = format!(
        "SELECT {COLLECTION_ROWS} WHERE c.parent = $1 ORDER BY c.position, c.title_key, c.id"
    );
    let collections = fetch_all(db, &sql, &[&id]).await?;
    let sql = format!(
        "SELECT {MOVIE_COLUMNS} FROM {MOVIE_TABLES} JOIN collection_movies l ON l.movie_id = m.id \
         WHERE l.collection = $1 ORDER BY l.position"
    );
    let movies = fetch_all(db, &sql, &[&id]).await?;
    Ok(CollectionContents { collection, collections, movies })
}

/// Inserts a collection.
pub async fn insert(db: &Transaction<'_>, new: &CollectionRecord) -> Result<()> {
    db.batch_execute(LOCK).await?;
    let count: u64 = fetch_one(db, "SELECT count(*) FROM collections", &[]).await?;
    if count >= MAX_COLLECTIONS as u64 {
        return Err(StoreError::Conflict(TOO_MANY_COLLECTIONS));
    }
    let position = place(db, new).await?;
    let sql = "INSERT INTO collections (id, title, title_key, description, parent, position, version, \
        updated_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values: [SqlValue<'_>; 9] = [
        &new.id,
        &new.title,
        &normalize::sort_key(&new.title),
        &new.description,
        &new.parent,
        &position,
        &(new.version as i64),
        &new.updated_at,
        &new.created_at,
    ];
    execute(db, sql, &values).await.map(drop)
}

async fn update(db: &Transaction<'_>, new: &CollectionRecord) -> Result<()> {
    db.batch_execute(LOCK).await?;
    require_version(db, new.id, Some(new.version - 1)).await?;
    let position = place(db, new).await?;
    let sql = "UPDATE collections SET title = $2, title_key = $3, description = $4, parent = $5, \
        position = $6, version = $7, updated_at = $8 WHERE id = $1";
    let values: [SqlValue<'_>; 8] = [
        &new.id,
        &new.title,
        &normalize::sort_key(&new.title),
        &new.description,
        &new.parent,
        &position,
        &(new.version as i64),
        &new.updated_at,
    ];
    execute(db, sql, &values).await.map(drop)
}

/// Checks that a collection may be part of its parent, and returns its position there.
async fn place(db: &Transaction<'_>, collection: &CollectionRecord) -> Result<i32> {
    let given = collection.position.map(|position| position as i32);
    let Some(parent) = collection.parent else { return Ok(given.unwrap_or(0)) };
    let sql = "SELECT parent IS NOT NULL FROM collections WHERE id = $1";
    let is_part: Option<bool> = fetch_optional(db, sql, &[&parent]).await?;
    let sql = "SELECT EXISTS (SELECT FROM collections WHERE parent = $1)";
    let has_parts: bool = fetch_one(db, sql, &[&collection.id]).await?;
    if is_part.ok_or(StoreError::NoParent)? || parent == collection.id || has_parts {
        return Err(StoreError::Conflict(COLLECTIONS_TOO_DEEP));
    }
    if let Some(position) = given {
        return Ok(position);
    }
    let sql = "SELECT CAST(coalesce(max(position) + 1, 0) AS BIGINT) FROM collections \
        WHERE parent = $1 AND id <> $2";
    let next: u64 = fetch_one(db, sql, &[&parent, &collection.id]).await?;
    Ok(next.min(MAX_COLLECTION_POSITION.into()) as i32)
}

/// Replaces the movies of a collection, which gets a new version.
pub async fn set_movies(
    db: &Transaction<'_>,
    id: Uuid,
    movies: &[MovieId],
    version: Option<u64>,
    at: Timestamp,
) -> Result<()> {
    // As all changes of collections, it locks the table before the rows.
    db.batch_execute("LOCK TABLE collections IN ROW EXCLUSIVE MODE").await?;
    require_version(db, id, version).await?;
    let movies: Vec<Uuid> = movies.iter().map(|movie| movie.0).collect();
    // The locks keep the movies until the end of the transaction. They are taken in one order, so that two lists with
    // the same movies do not deadlock.
    let lock = "SELECT FROM movies WHERE id = ANY($1) ORDER BY id FOR KEY SHARE";
    execute(db, lock, &[&movies]).await?;
    let unknown = "SELECT given.id FROM unnest($1::uuid[]) WITH ORDINALITY AS given (id, n) \
        WHERE NOT EXISTS (SELECT FROM movies m WHERE m.id = given.id) ORDER BY n LIMIT 1";
    if let Some(movie) = fetch_optional(db, unknown, &[&movies]).await? {
        return Err(StoreError::NoMovie(movie));
    }
    execute(db, "DELETE FROM collection_movies WHERE collection = $1", &[&id]).await?;
    let insert = "INSERT INTO collection_movies (collection, position, movie_id) \
        SELECT $1, CAST(n - 1 AS INTEGER), given.id \
        FROM unnest($2::uuid[]) WITH ORDINALITY AS given (id, n)";
    execute(db, insert, &[&id, &movies]).await?;
    let sql = "UPDATE collections SET version = version + 1, updated_at = $2 WHERE id = $1";
    execute(db, sql, &[&id, &at]).await.map(drop)
}

/// Requires that a collection exists, and has this version if one is given. Locks it until the end of the transaction.
pub async fn require_version(db: &Transaction<'_>, id: Uuid, version: Option<u64>) -> Result<()> {
    let sql = "SELECT version FROM collections WHERE id = $1 FOR UPDATE";
    let stored: u64 = fetch_one(db, sql, &[&id]).await?;
    match version {
        Some(required) if required != stored => Err(StoreError::Stale),
        _ => Ok(()),
    }
}
