//! Movies, genres and posters in PostgreSQL.

use async_trait::async_trait;
use deadpool_postgres::{Client, Transaction};
use ginflix_api::movie::{Movie, MovieId};
use jiff::Timestamp;

use super::query::{SqlValue, execute, fetch_all, fetch_one};
use super::search::search_vector;
use super::{PostgresStore, search};
use crate::catalog::list_sql::{MOVIE_COLUMNS, MOVIE_TABLES, YEARS};
use crate::catalog::store::{
    ListedMovie, MovieFilter, MovieRecord, MovieStore, Poster, Result, StoreError,
};
use crate::catalog::{fuzzy, normalize};

#[async_trait]
impl MovieStore for PostgresStore {
    async fn insert_movie(&self, movie: &MovieRecord) -> Result<()> {
        self.in_transaction(async |db| insert(db, movie).await).await
    }

    async fn movie(&self, id: MovieId) -> Result<Movie> {
        let sql = format!("SELECT {MOVIE_COLUMNS} FROM {MOVIE_TABLES} WHERE m.id = $1");
        self.with_client(async |db| fetch_one(db, &sql, &[&id.0]).await).await
    }

    async fn movies(&self, filter: &MovieFilter) -> Result<Vec<ListedMovie>> {
        self.with_client(async |db| search::movies(db, filter).await).await
    }

    async fn movie_lists(&self, filters: &[MovieFilter]) -> Result<Vec<Vec<ListedMovie>>> {
        let read = async |db: &Client| {
            let mut lists = Vec::with_capacity(filters.len());
            for filter in filters {
                lists.push(search::movies(db, filter).await?);
            }
            Ok(lists)
        };
        self.with_client(read).await
    }

    async fn similar_words(&self, word: &str) -> Result<Vec<String>> {
        self.with_client(async |db| search::similar_words(db, word).await).await
    }

    async fn count_movies(&self) -> Result<u64> {
        self.with_client(async |db| fetch_one(db, "SELECT count(*) FROM movies", &[]).await).await
    }

    async fn update_movie(&self, movie: &MovieRecord) -> Result<()> {
        self.in_transaction(async |db| update(db, movie).await).await
    }

    async fn delete_movie(&self, id: MovieId, version: Option<u64>) -> Result<()> {
        let delete = async |db: &Transaction<'_>| {
            require_version(db, id, version).await?;
            execute(db, "DELETE FROM movies WHERE id = $1", &[&id.0]).await.map(drop)
        };
        self.in_transaction(delete).await
    }

    async fn genres(&self) -> Result<Vec<(String, u64)>> {
        let sql = "SELECT min(genre), count(*) FROM movie_genres \
            GROUP BY genre_key ORDER BY genre_key";
        self.with_client(async |db| fetch_all(db, sql, &[]).await).await
    }

    async fn years(&self) -> Result<Vec<u16>> {
        self.with_client(async |db| fetch_all(db, YEARS, &[]).await).await
    }

    async fn set_poster(&self, id: MovieId, poster: Option<&Poster>, at: Timestamp) -> Result<()> {
        self.in_transaction(async |db| set_poster(db, id, poster, at).await).await
    }

    async fn poster(&self, id: MovieId) -> Result<Poster> {
        let sql = "SELECT content_type, bytes, sha256 FROM posters WHERE movie_id = $1";
        self.with_client(async |db| fetch_one(db, sql, &[&id.0]).await).await
    }
}

/// Inserts a movie whose media file is recorded.
pub async fn insert(db: &Transaction<'_>, movie: &MovieRecord) -> Result<()> {
    require_media(db, movie).await?;
    let insert = "INSERT INTO movies (id, title, title_key, description, year, genres, directors, \
        actors, media, version, updated_at, search, series, season, episode, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::text::tsvector, $13, $14, $15, $16)";
    write(db, insert, movie).await?;
    // A deleted movie leaves its totals: inserted again with its id, it has its views again.
    let total = "INSERT INTO view_totals (movie_id, title) VALUES ($1, $2) \
        ON CONFLICT (movie_id) DO UPDATE SET title = excluded.title";
    execute(db, total, &[&movie.id.0, &movie.title]).await?;
    insert_genres(db, movie).await?;
    insert_words(db, movie).await
}

/// Replaces a movie by its next version.
pub async fn update(db: &Transaction<'_>, movie: &MovieRecord) -> Result<()> {
    let stored_media = require_version(db, movie.id, Some(movie.version - 1)).await?;
    // A movie may keep a media file that has been removed, because a removal can be forced.
    if stored_media != movie.media.as_str() {
        require_media(db, movie).await?;
    }
    let update = "UPDATE movies SET title = $2, title_key = $3, description = $4, year = $5, \
        genres = $6, directors = $7, actors = $8, media = $9, version = $10, updated_at = $11, \
        search = $12::text::tsvector, series = $13, season = $14, episode = $15 WHERE id = $1";
    write(db, update, movie).await?;
    let total = "UPDATE view_totals SET title = $2 WHERE movie_id = $1 AND title <> $2";
    execute(db, total, &[&movie.id.0, &movie.title]).await?;
    execute(db, "DELETE FROM movie_genres WHERE movie_id = $1", &[&movie.id.0]).await?;
    insert_genres(db, movie).await?;
    insert_words(db, movie).await
}

/// Runs a statement with the fields of a movie as parameters. An update has one parameter fewer,
/// because `created_at` does not change.
async fn write(db: &Transaction<'_>, sql: &str, movie: &MovieRecord) -> Result<()> {
    let statement = db.prepare_cached(sql).await?;
    let (series, season, episode) = movie.episode_columns();
    let values: [SqlValue<'_>; 16] = [
        &movie.id.0,
        &movie.title,
        &normalize::sort_key(&movie.title),
        &movie.description,
        &movie.year.map(i32::from),
        &movie.genres,
        &movie.directors,
        &movie.cast,
        &movie.media.as_str(),
        &(movie.version as i64),
        &movie.updated_at,
        &search_vector(movie),
        &series,
        &season,
        &episode,
        &movie.created_at,
    ];
    db.execute(&statement, &values[..statement.params().len()]).await?;
    Ok(())
}

/// Sets or deletes the poster of a movie.
pub async fn set_poster(
    db: &Transaction<'_>,
    id: MovieId,
    poster: Option<&Poster>,
    at: Timestamp,
) -> Result<()> {
    require_version(db, id, None).await?;
    let changed = match poster {
        Some(poster) => {
            let sql = "INSERT INTO posters (movie_id, sha256, content_type, bytes) \
                VALUES ($1, $2, $3, $4) ON CONFLICT (movie_id) DO UPDATE SET \
                sha256 = excluded.sha256, content_type = excluded.content_type, \
                bytes = excluded.bytes WHERE posters.sha256 <> excluded.sha256";
            let values: [SqlValue<'_>; 4] =
                [&id.0, &poster.sha256, &poster.content_type, &poster.bytes];
            execute(db, sql, &values).await?
        }
        None => execute(db, "DELETE FROM posters WHERE movie_id = $1", &[&id.0]).await?,
    };
    if changed > 0 {
        let sql = "UPDATE movies SET version = version + 1, updated_at = $2 WHERE id = $1";
        execute(db, sql, &[&id.0, &at]).await?;
    }
    Ok(())
}

/// Returns the media file of a movie, if it has the required version. Locks the movie until the
/// end of the transaction.
async fn require_version(
    db: &Transaction<'_>,
    id: MovieId,
    version: Option<u64>,
) -> Result<String> {
    let sql = "SELECT media, version FROM movies WHERE id = $1 FOR UPDATE";
    let row = db.query_opt(&db.prepare_cached(sql).await?, &[&id.0]).await?;
    let row = row.ok_or(StoreError::NotFound)?;
    match version {
        Some(required) if required as i64 != row.try_get::<_, i64>(1)? => Err(StoreError::Stale),
        _ => Ok(row.try_get(0)?),
    }
}

/// Requires that the media file of a movie is recorded. Locks its row until the end of the
/// transaction, so that it is not deleted.
async fn require_media(db: &Transaction<'_>, movie: &MovieRecord) -> Result<()> {
    let sql = "SELECT FROM media WHERE name = $1 FOR SHARE";
    let found = db.query_opt(&db.prepare_cached(sql).await?, &[&movie.media.as_str()]).await?;
    found.map(drop).ok_or(StoreError::NoMedia)
}

/// Inserts the words of a movie, sorted, so that two transactions cannot deadlock.
async fn insert_words(db: &Transaction<'_>, movie: &MovieRecord) -> Result<()> {
    let sql = "INSERT INTO movie_words SELECT word FROM unnest($1::text[]) AS words (word) \
        WHERE NOT EXISTS (SELECT FROM movie_words k WHERE k.word = words.word) \
        ORDER BY word COLLATE \"C\" ON CONFLICT DO NOTHING";
    execute(db, sql, &[&fuzzy::correctable_words(movie)]).await.map(drop)
}

async fn insert_genres(db: &Transaction<'_>, movie: &MovieRecord) -> Result<()> {
    let keys: Vec<String> = movie.genres.iter().map(|genre| normalize::sort_key(genre)).collect();
    let sql = "INSERT INTO movie_genres (genre_key, movie_id, genre) \
        SELECT key, $1, genre FROM unnest($2::text[], $3::text[]) AS genres (key, genre) \
        ON CONFLICT DO NOTHING";
    execute(db, sql, &[&movie.id.0, &keys, &movie.genres]).await.map(drop)
}
