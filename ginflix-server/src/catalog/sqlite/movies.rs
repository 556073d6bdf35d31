//! Movies, genres and posters in SQLite.

use async_trait::async_trait;
use ginflix_api::movie::{Movie, MovieId};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, ToSql, params};

use super::SqliteStore;
use super::query::{execute, fetch_all, fetch_one, micros};
use super::search;
use crate::catalog::columns::to_json;
use crate::catalog::list_sql::{MOVIE_COLUMNS, MOVIE_TABLES, YEARS};
use crate::catalog::store::{
    ListedMovie, MovieFilter, MovieRecord, MovieStore, Poster, Result, StoreError,
};
use crate::catalog::{fuzzy, normalize};

#[async_trait]
impl MovieStore for SqliteStore {
    async fn insert_movie(&self, movie: &MovieRecord) -> Result<()> {
        let movie = movie.clone();
        self.pool.write(move |db| insert(db, &movie)).await
    }

    async fn movie(&self, id: MovieId) -> Result<Movie> {
        let sql = format!("SELECT {MOVIE_COLUMNS} FROM {MOVIE_TABLES} WHERE m.id = ?1");
        self.pool.read(move |db| fetch_one(db, &sql, [id.0])).await
    }

    async fn movies(&self, filter: &MovieFilter) -> Result<Vec<ListedMovie>> {
        let filter = filter.clone();
        self.pool.read(move |db| search::movies(db, &filter)).await
    }

    async fn movie_lists(&self, filters: &[MovieFilter]) -> Result<Vec<Vec<ListedMovie>>> {
        let filters = filters.to_vec();
        let read = move |db: &Connection| {
            filters.iter().map(|filter| search::movies(db, filter)).collect()
        };
        self.pool.read(read).await
    }

    async fn similar_words(&self, word: &str) -> Result<Vec<String>> {
        let word = word.to_owned();
        self.pool.read(move |db| search::similar_words(db, &word)).await
    }

    async fn count_movies(&self) -> Result<u64> {
        self.pool.read(|db| fetch_one(db, "SELECT count(*) FROM movies", [])).await
    }

    async fn update_movie(&self, movie: &MovieRecord) -> Result<()> {
        let movie = movie.clone();
        self.pool.write(move |db| update(db, &movie)).await
    }

    async fn delete_movie(&self, id: MovieId, version: Option<u64>) -> Result<()> {
        self.pool.write(move |db| delete(db, id, version)).await
    }

    async fn genres(&self) -> Result<Vec<(String, u64)>> {
        let sql = "SELECT min(genre), count(*) FROM movie_genres \
            GROUP BY genre_key ORDER BY genre_key";
        self.pool.read(|db| fetch_all(db, sql, [])).await
    }

    async fn years(&self) -> Result<Vec<u16>> {
        self.pool.read(|db| fetch_all(db, YEARS, [])).await
    }

    async fn set_poster(&self, id: MovieId, poster: Option<&Poster>, at: Timestamp) -> Result<()> {
        let poster = poster.cloned();
        self.pool.write(move |db| set_poster(db, id, poster.as_ref(), at)).await
    }

    async fn poster(&self, id: MovieId) -> Result<Poster> {
        let sql = "SELECT content_type, bytes, sha256 FROM posters WHERE movie_id = ?1";
        self.pool.read(move |db| fetch_one(db, sql, [id.0])).await
    }
}

/// Inserts a movie whose media file is recorded.
pub fn insert(db: &Connection, movie: &MovieRecord) -> Result<()> {
    require_media(db, movie)?;
    write_new(db, movie)
}

/// Inserts a movie, even if its media file is not recorded.
pub fn write_new(db: &Connection, movie: &MovieRecord) -> Result<()> {
    write(
        db,
        "INSERT INTO movies (id, title, title_key, description, year, genres, directors, actors, \
         media, version, updated_at, series, season, episode, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        movie,
    )?;
    let row = db.last_insert_rowid();
    // A deleted movie leaves its totals: inserted again with its id, it has its views again.
    let total = "INSERT INTO view_totals (movie_id, title) VALUES (?1, ?2) \
        ON CONFLICT (movie_id) DO UPDATE SET title = excluded.title";
    execute(db, total, params![movie.id.0, movie.title])?;
    insert_genres(db, movie)?;
    insert_words(db, row, movie)
}

/// Replaces a movie by its next version.
pub fn update(db: &Connection, movie: &MovieRecord) -> Result<()> {
    let (row, stored_media) = require_version(db, movie.id, Some(movie.version - 1))?;
    // A movie may keep a media file that has been removed, because a removal can be forced.
    if stored_media != movie.media.as_str() {
        require_media(db, movie)?;
    }
    write(
        db,
        "UPDATE movies SET title = ?2, title_key = ?3, description = ?4, year = ?5, genres = ?6, \
         directors = ?7, actors = ?8, media = ?9, version = ?10, updated_at = ?11, series = ?12, \
         season = ?13, episode = ?14 WHERE id = ?1",
        movie,
    )?;
    let total = "UPDATE view_totals SET title = ?2 WHERE movie_id = ?1";
    execute(db, total, params![movie.id.0, movie.title])?;
    execute(db, "DELETE FROM movie_genres WHERE movie_id = ?1", [movie.id.0])?;
    insert_genres(db, movie)?;
    delete_words(db, row)?;
    insert_words(db, row, movie)
}

/// Deletes a movie, if it has the required version.
pub fn delete(db: &Connection, id: MovieId, version: Option<u64>) -> Result<()> {
    let (row, _) = require_version(db, id, version)?;
    delete_words(db, row)?;
    execute(db, "DELETE FROM movies WHERE row = ?1", [row]).map(drop)
}

/// Runs a statement with the fields of a movie as parameters. An update has one parameter fewer,
/// because `created_at` does not change.
fn write(db: &Connection, sql: &str, movie: &MovieRecord) -> Result<()> {
    let mut statement = db.prepare_cached(sql)?;
    let (series, season, episode) = movie.episode_columns();
    let values: [&dyn ToSql; 15] = [
        &movie.id.0,
        &movie.title,
        &normalize::sort_key(&movie.title),
        &movie.description,
        &movie.year,
        &to_json(&movie.genres)?,
        &to_json(&movie.directors)?,
        &to_json(&movie.cast)?,
        &movie.media.as_str(),
        &(movie.version as i64),
        &micros(movie.updated_at),
        &series,
        &season,
        &episode,
        &micros(movie.created_at),
    ];
    let parameters = &values[..statement.parameter_count()];
    statement.execute(parameters)?;
    Ok(())
}

/// Sets or deletes the poster of a movie.
pub fn set_poster(
    db: &Connection,
    id: MovieId,
    poster: Option<&Poster>,
    at: Timestamp,
) -> Result<()> {
    require_version(db, id, None)?;
    let changed = match poster {
        Some(poster) => execute(
            db,
            "INSERT INTO posters (movie_id, sha256, content_type, bytes) \
             VALUES (?1, ?2, ?3, ?4) ON CONFLICT (movie_id) DO UPDATE SET \
             sha256 = excluded.sha256, content_type = excluded.content_type, \
             bytes = excluded.bytes WHERE sha256 <> excluded.sha256",
            params![id.0, poster.sha256, poster.content_type, poster.bytes],
        )?,
        None => execute(db, "DELETE FROM posters WHERE movie_id = ?1", [id.0])?,
    };
    if changed > 0 {
        let sql = "UPDATE movies SET version = version + 1, updated_at = ?2 WHERE id = ?1";
        execute(db, sql, params![id.0, micros(at)])?;
    }
    Ok(())
}

/// Returns the row id and the media file of a movie, if it has the required version.
fn require_version(db: &Connection, id: MovieId, version: Option<u64>) -> Result<(i64, String)> {
    let found = db
        .prepare_cached("SELECT row, media, version FROM movies WHERE id = ?1")?
        .query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?)))
        .optional()?;
    let (row, media, stored) = found.ok_or(StoreError::NotFound)?;
    match version {
        Some(required) if required as i64 != stored => Err(StoreError::Stale),
        _ => Ok((row, media)),
    }
}

fn require_media(db: &Connection, movie: &MovieRecord) -> Result<()> {
    let is_recorded =
        db.prepare_cached("SELECT 1 FROM media WHERE name = ?1")?.exists([movie.media.as_str()])?;
    if is_recorded { Ok(()) } else { Err(StoreError::NoMedia) }
}

fn insert_genres(db: &Connection, movie: &MovieRecord) -> Result<()> {
    let mut insert = db.prepare_cached(
        "INSERT OR IGNORE INTO movie_genres (genre_key, movie_id, genre) VALUES (?1, ?2, ?3)",
    )?;
    for genre in &movie.genres {
        insert.execute(params![normalize::sort_key(genre), movie.id.0, genre])?;
    }
    Ok(())
}

fn insert_words(db: &Connection, row: i64, movie: &MovieRecord) -> Result<()> {
    let normalized = |text: &str| normalize::words(text).join(" ");
    execute(
        db,
        "INSERT INTO movie_search (rowid, title, people, genres, description) \
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            row,
            normalized(&movie.title),
            normalized(&[movie.directors.join(" "), movie.cast.join(" ")].join(" ")),
            normalized(&movie.genres.join(" ")),
            normalized(&movie.description),
        ],
    )?;
    for word in fuzzy::correctable_words(movie) {
        if execute(db, "INSERT OR IGNORE INTO movie_words (word) VALUES (?1)", [&word])? > 0 {
            let trigrams = "INSERT INTO movie_grams (rowid, word) VALUES (?1, ?2)";
            execute(db, trigrams, params![db.last_insert_rowid(), format!(" {word} ")])?;
        }
    }
    Ok(())
}

/// Removes a movie from the full-text index. Its words stay in `movie_words`: a suggestion that is
/// in no movie matches nothing.
fn delete_words(db: &Connection, row: i64) -> Result<()> {
    execute(db, "DELETE FROM movie_search WHERE rowid = ?1", [row]).map(drop)
}
