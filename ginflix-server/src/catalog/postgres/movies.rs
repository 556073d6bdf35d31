//! Movies, genres and posters in PostgreSQL.

use deadpool_postgres::{Client, Transaction};
use ginflix_api::movie::{Movie, MovieId};
use ginflix_api::paths;
use jiff::Timestamp;
use tokio_postgres::Row;

use super::search::search_vector;
use crate::catalog::columns::media_name;
use crate::catalog::listing::{COLUMNS, TABLES, YEARS};
use crate::catalog::store::{MovieRecord, Poster, Result, StoreError};
use crate::catalog::{fold, spelling};

/// A row of [`COLUMNS`].
pub fn from_row(row: &Row) -> Result<Movie> {
    let id = MovieId(row.try_get("id")?);
    let media = media_name(row.try_get("media")?)?;
    let poster: Option<String> = row.try_get("sha256")?;
    Ok(Movie {
        id,
        title: row.try_get("title")?,
        description: row.try_get("description")?,
        year: row.try_get::<_, Option<i32>>("year")?.map(|year| year as u16),
        genres: row.try_get("genres")?,
        directors: row.try_get("directors")?,
        cast: row.try_get("actors")?,
        stream_path: paths::stream(&media),
        media,
        content_type: row.try_get("content_type")?,
        size_bytes: row.try_get::<_, Option<i64>>("size_bytes")?.map(|n| n as u64),
        duration_seconds: row.try_get("duration_seconds")?,
        poster_path: poster.map(|sha256| paths::poster_version(id, &sha256)),
        views: row.try_get::<_, i64>("views")? as u64,
        version: row.try_get::<_, i64>("version")? as u64,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
    })
}

/// Adds a movie.
pub async fn insert(db: &Transaction<'_>, movie: &MovieRecord) -> Result<()> {
    require_media(db, movie).await?;
    let insert = "INSERT INTO movies (id, title, title_key, description, year, genres, directors, \
        actors, media, version, created_at, updated_at, search) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::text::tsvector)";
    db.execute(
        &db.prepare_cached(insert).await?,
        &[
            &movie.id.0,
            &movie.title,
            &fold::sort_key(&movie.title),
            &movie.description,
            &movie.year.map(i32::from),
            &movie.genres,
            &movie.directors,
            &movie.cast,
            &movie.media.as_str(),
            &(movie.version as i64),
            &movie.created_at,
            &movie.updated_at,
            &search_vector(movie),
        ],
    )
    .await?;
    // A movie that was removed and is registered again finds its views.
    let total = "INSERT INTO view_totals (movie_id, title) VALUES ($1, $2) \
        ON CONFLICT (movie_id) DO UPDATE SET title = excluded.title";
    db.execute(&db.prepare_cached(total).await?, &[&movie.id.0, &movie.title]).await?;
    insert_genres(db, movie).await?;
    insert_words(db, movie).await
}

/// Writes a movie over its last version.
pub async fn update(db: &Transaction<'_>, movie: &MovieRecord) -> Result<()> {
    let stored_media = require_version(db, movie.id, Some(movie.version - 1)).await?;
    if stored_media != movie.media.as_str() {
        require_media(db, movie).await?;
    }
    let update = "UPDATE movies SET title = $2, title_key = $3, description = $4, year = $5, \
        genres = $6, directors = $7, actors = $8, media = $9, version = $10, updated_at = $11, \
        search = $12::text::tsvector WHERE id = $1";
    db.execute(
        &db.prepare_cached(update).await?,
        &[
            &movie.id.0,
            &movie.title,
            &fold::sort_key(&movie.title),
            &movie.description,
            &movie.year.map(i32::from),
            &movie.genres,
            &movie.directors,
            &movie.cast,
            &movie.media.as_str(),
            &(movie.version as i64),
            &movie.updated_at,
            &search_vector(movie),
        ],
    )
    .await?;
    let total = "UPDATE view_totals SET title = $2 WHERE movie_id = $1 AND title <> $2";
    db.execute(&db.prepare_cached(total).await?, &[&movie.id.0, &movie.title]).await?;
    let clear = "DELETE FROM movie_genres WHERE movie_id = $1";
    db.execute(&db.prepare_cached(clear).await?, &[&movie.id.0]).await?;
    insert_genres(db, movie).await?;
    insert_words(db, movie).await
}

/// Removes a movie; genres and poster go with it, views stay.
pub async fn delete(db: &Transaction<'_>, id: MovieId, version: Option<u64>) -> Result<()> {
    require_version(db, id, version).await?;
    db.execute(&db.prepare_cached("DELETE FROM movies WHERE id = $1").await?, &[&id.0]).await?;
    Ok(())
}

/// One movie.
pub async fn get(db: &Client, id: MovieId) -> Result<Movie> {
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE m.id = $1");
    let row = db.query_opt(&db.prepare_cached(&sql).await?, &[&id.0]).await?;
    from_row(&row.ok_or(StoreError::NotFound)?)
}

/// How many there are.
pub async fn count(db: &Client) -> Result<u64> {
    let row = db.query_one(&db.prepare_cached("SELECT count(*) FROM movies").await?, &[]).await?;
    Ok(row.try_get::<_, i64>(0)? as u64)
}

/// Genres by name, however they are spelt one entry each.
pub async fn genres(db: &Client) -> Result<Vec<(String, u64)>> {
    let sql = "SELECT min(genre), count(*) FROM movie_genres GROUP BY genre_key ORDER BY genre_key";
    let rows = db.query(&db.prepare_cached(sql).await?, &[]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get::<_, i64>(1)? as u64))).collect()
}

/// Years of movies.
pub async fn years(db: &Client) -> Result<Vec<u16>> {
    let rows = db.query(&db.prepare_cached(YEARS).await?, &[]).await?;
    rows.iter().map(|row| Ok(row.try_get::<_, i32>(0)? as u16)).collect()
}

/// Sets or removes a poster.
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
            let statement = db.prepare_cached(sql).await?;
            let values: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
                [&id.0, &poster.sha256, &poster.content_type, &poster.bytes];
            db.execute(&statement, &values).await?
        }
        None => {
            let sql = "DELETE FROM posters WHERE movie_id = $1";
            db.execute(&db.prepare_cached(sql).await?, &[&id.0]).await?
        }
    };
    if changed > 0 {
        let sql = "UPDATE movies SET version = version + 1, updated_at = $2 WHERE id = $1";
        db.execute(&db.prepare_cached(sql).await?, &[&id.0, &at]).await?;
    }
    Ok(())
}

/// A poster.
pub async fn poster(db: &Client, id: MovieId) -> Result<Poster> {
    let sql = "SELECT content_type, bytes, sha256 FROM posters WHERE movie_id = $1";
    let row = db.query_opt(&db.prepare_cached(sql).await?, &[&id.0]).await?;
    let row = row.ok_or(StoreError::NotFound)?;
    Ok(Poster { content_type: row.try_get(0)?, bytes: row.try_get(1)?, sha256: row.try_get(2)? })
}

/// Media of a movie that has that version, if one is asked for. Nobody else
/// changes the movie until the transaction ends.
async fn require_version(
    db: &Transaction<'_>,
    id: MovieId,
    version: Option<u64>,
) -> Result<String> {
    let sql = "SELECT media, version FROM movies WHERE id = $1 FOR UPDATE";
    let row = db.query_opt(&db.prepare_cached(sql).await?, &[&id.0]).await?;
    let row = row.ok_or(StoreError::NotFound)?;
    match version {
        Some(asked) if asked as i64 != row.try_get::<_, i64>(1)? => Err(StoreError::Stale),
        _ => Ok(row.try_get(0)?),
    }
}

/// Nobody removes the media until the transaction ends.
async fn require_media(db: &Transaction<'_>, movie: &MovieRecord) -> Result<()> {
    let sql = "SELECT FROM media WHERE name = $1 FOR SHARE";
    let found = db.query_opt(&db.prepare_cached(sql).await?, &[&movie.media.as_str()]).await?;
    found.map(drop).ok_or(StoreError::NoMedia)
}

/// In the order of the words, so that two transactions wait for each other and
/// never for ever.
async fn insert_words(db: &Transaction<'_>, movie: &MovieRecord) -> Result<()> {
    let sql = "INSERT INTO movie_words SELECT word FROM unnest($1::text[]) AS words (word) \
        WHERE NOT EXISTS (SELECT FROM movie_words k WHERE k.word = words.word) \
        ORDER BY word COLLATE \"C\" ON CONFLICT DO NOTHING";
    db.execute(&db.prepare_cached(sql).await?, &[&spelling::of(movie)]).await?;
    Ok(())
}

async fn insert_genres(db: &Transaction<'_>, movie: &MovieRecord) -> Result<()> {
    let keys: Vec<String> = movie.genres.iter().map(|genre| fold::sort_key(genre)).collect();
    let sql = "INSERT INTO movie_genres (genre_key, movie_id, genre) \
        SELECT key, $1, genre FROM unnest($2::text[], $3::text[]) AS genres (key, genre) \
        ON CONFLICT DO NOTHING";
    db.execute(&db.prepare_cached(sql).await?, &[&movie.id.0, &keys, &movie.genres]).await?;
    Ok(())
}
