//! Movies, genres and posters in SQLite.

use ginflix_api::movie::{Movie, MovieId};
use ginflix_api::paths;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::values::{micros, time};
use crate::catalog::columns::{from_json, media_name, to_json};
use crate::catalog::listing::{COLUMNS, TABLES, YEARS};
use crate::catalog::store::{MovieRecord, Poster, Result, StoreError};
use crate::catalog::{fold, spelling};

/// A row of [`COLUMNS`].
pub fn from_row(row: &Row<'_>) -> Result<Movie> {
    let id = MovieId(row.get("id")?);
    let media = media_name(row.get("media")?)?;
    let poster: Option<String> = row.get("sha256")?;
    Ok(Movie {
        id,
        title: row.get("title")?,
        description: row.get("description")?,
        year: row.get("year")?,
        genres: from_json(row.get("genres")?)?,
        directors: from_json(row.get("directors")?)?,
        cast: from_json(row.get("actors")?)?,
        stream_path: paths::stream(&media),
        media,
        content_type: row.get("content_type")?,
        size_bytes: row.get::<_, Option<i64>>("size_bytes")?.map(|n| n as u64),
        duration_seconds: row.get("duration_seconds")?,
        poster_path: poster.map(|sha256| paths::poster_version(id, &sha256)),
        views: row.get::<_, i64>("views")? as u64,
        version: row.get::<_, i64>("version")? as u64,
        created_at: time(row.get("created_at")?)?,
        updated_at: time(row.get("updated_at")?)?,
    })
}

/// Adds a movie.
pub fn insert(db: &Connection, movie: &MovieRecord) -> Result<()> {
    require_media(db, movie)?;
    write_new(db, movie)
}

/// Writes a movie that is not there, whether its media is or not.
pub fn write_new(db: &Connection, movie: &MovieRecord) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO movies (id, title, title_key, description, year, genres, directors, actors, \
         media, version, created_at, updated_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?
    .execute(params![
        movie.id.0,
        movie.title,
        fold::sort_key(&movie.title),
        movie.description,
        movie.year,
        to_json(&movie.genres)?,
        to_json(&movie.directors)?,
        to_json(&movie.cast)?,
        movie.media.as_str(),
        movie.version as i64,
        micros(movie.created_at),
        micros(movie.updated_at),
    ])?;
    let row = db.last_insert_rowid();
    // A movie that was removed and is registered again finds its views.
    db.prepare_cached(
        "INSERT INTO view_totals (movie_id, title) VALUES (?1, ?2) \
         ON CONFLICT (movie_id) DO UPDATE SET title = excluded.title",
    )?
    .execute(params![movie.id.0, movie.title])?;
    insert_genres(db, movie)?;
    insert_words(db, row, movie)
}

/// Writes a movie over its last version.
pub fn update(db: &Connection, movie: &MovieRecord) -> Result<()> {
    let (row, stored_media) = require_version(db, movie.id, Some(movie.version - 1))?;
    if stored_media != movie.media.as_str() {
        require_media(db, movie)?;
    }
    db.prepare_cached(
        "UPDATE movies SET title = ?2, title_key = ?3, description = ?4, year = ?5, genres = ?6, \
         directors = ?7, actors = ?8, media = ?9, version = ?10, updated_at = ?11 WHERE row = ?1",
    )?
    .execute(params![
        row,
        movie.title,
        fold::sort_key(&movie.title),
        movie.description,
        movie.year,
        to_json(&movie.genres)?,
        to_json(&movie.directors)?,
        to_json(&movie.cast)?,
        movie.media.as_str(),
        movie.version as i64,
        micros(movie.updated_at),
    ])?;
    db.prepare_cached("UPDATE view_totals SET title = ?2 WHERE movie_id = ?1")?
        .execute(params![movie.id.0, movie.title])?;
    db.prepare_cached("DELETE FROM movie_genres WHERE movie_id = ?1")?.execute([movie.id.0])?;
    insert_genres(db, movie)?;
    delete_words(db, row)?;
    insert_words(db, row, movie)
}

/// Removes a movie; genres and poster go with it, views stay.
pub fn delete(db: &Connection, id: MovieId, version: Option<u64>) -> Result<()> {
    let (row, _) = require_version(db, id, version)?;
    delete_words(db, row)?;
    db.prepare_cached("DELETE FROM movies WHERE row = ?1")?.execute([row])?;
    Ok(())
}

/// One movie.
pub fn get(db: &Connection, id: MovieId) -> Result<Movie> {
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE m.id = ?1");
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query([id.0])?;
    from_row(rows.next()?.ok_or(StoreError::NotFound)?)
}

/// How many there are.
pub fn count(db: &Connection) -> Result<u64> {
    let count: i64 =
        db.prepare_cached("SELECT count(*) FROM movies")?.query_row([], |row| row.get(0))?;
    Ok(count as u64)
}

/// Genres by name, however they are spelt one entry each.
pub fn genres(db: &Connection) -> Result<Vec<(String, u64)>> {
    let mut statement = db.prepare_cached(
        "SELECT min(genre), count(*) FROM movie_genres GROUP BY genre_key ORDER BY genre_key",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Years of movies.
pub fn years(db: &Connection) -> Result<Vec<u16>> {
    let mut statement = db.prepare_cached(YEARS)?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Sets or removes a poster.
pub fn set_poster(db: &Connection, id: MovieId, poster: Option<&Poster>, at: i64) -> Result<()> {
    require_version(db, id, None)?;
    let changed = match poster {
        Some(poster) => db
            .prepare_cached(
                "INSERT INTO posters (movie_id, sha256, content_type, bytes) \
                 VALUES (?1, ?2, ?3, ?4) ON CONFLICT (movie_id) DO UPDATE SET \
                 sha256 = excluded.sha256, content_type = excluded.content_type, \
                 bytes = excluded.bytes WHERE sha256 <> excluded.sha256",
            )?
            .execute(params![id.0, poster.sha256, poster.content_type, poster.bytes])?,
        None => db.prepare_cached("DELETE FROM posters WHERE movie_id = ?1")?.execute([id.0])?,
    };
    if changed > 0 {
        db.prepare_cached(
            "UPDATE movies SET version = version + 1, updated_at = ?2 WHERE id = ?1",
        )?
        .execute(params![id.0, at])?;
    }
    Ok(())
}

/// A poster.
pub fn poster(db: &Connection, id: MovieId) -> Result<Poster> {
    let mut statement =
        db.prepare_cached("SELECT content_type, bytes, sha256 FROM posters WHERE movie_id = ?1")?;
    Ok(statement.query_row([id.0], |row| {
        Ok(Poster { content_type: row.get(0)?, bytes: row.get(1)?, sha256: row.get(2)? })
    })?)
}

/// Row id and media of a movie that has that version, if one is asked for.
fn require_version(db: &Connection, id: MovieId, version: Option<u64>) -> Result<(i64, String)> {
    let found = db
        .prepare_cached("SELECT row, media, version FROM movies WHERE id = ?1")?
        .query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?)))
        .optional()?;
    let (row, media, stored) = found.ok_or(StoreError::NotFound)?;
    match version {
        Some(asked) if asked as i64 != stored => Err(StoreError::Stale),
        _ => Ok((row, media)),
    }
}

fn require_media(db: &Connection, movie: &MovieRecord) -> Result<()> {
    let known =
        db.prepare_cached("SELECT 1 FROM media WHERE name = ?1")?.exists([movie.media.as_str()])?;
    if known { Ok(()) } else { Err(StoreError::NoMedia) }
}

fn insert_genres(db: &Connection, movie: &MovieRecord) -> Result<()> {
    let mut insert = db.prepare_cached(
        "INSERT OR IGNORE INTO movie_genres (genre_key, movie_id, genre) VALUES (?1, ?2, ?3)",
    )?;
    for genre in &movie.genres {
        insert.execute(params![fold::sort_key(genre), movie.id.0, genre])?;
    }
    Ok(())
}

fn insert_words(db: &Connection, row: i64, movie: &MovieRecord) -> Result<()> {
    let folded = |text: &str| fold::words(text).join(" ");
    db.prepare_cached(
        "INSERT INTO movie_search (rowid, title, people, genres, description) \
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        row,
        folded(&movie.title),
        folded(&[movie.directors.join(" "), movie.cast.join(" ")].join(" ")),
        folded(&movie.genres.join(" ")),
        folded(&movie.description),
    ])?;
    for word in spelling::of(movie) {
        let known = "INSERT OR IGNORE INTO movie_words (word) VALUES (?1)";
        if db.prepare_cached(known)?.execute([&word])? > 0 {
            db.prepare_cached("INSERT INTO movie_grams (rowid, word) VALUES (?1, ?2)")?
                .execute(params![db.last_insert_rowid(), format!(" {word} ")])?;
        }
    }
    Ok(())
}

fn delete_words(db: &Connection, row: i64) -> Result<()> {
    db.prepare_cached("DELETE FROM movie_search WHERE rowid = ?1")?.execute([row])?;
    Ok(())
}
