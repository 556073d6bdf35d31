//! What was imported for media files, in SQLite.

use async_trait::async_trait;
use ginflix_api::media::MediaName;
use ginflix_api::movie::{MovieId, NewMovie};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::SqliteStore;
use super::import_places;
use super::movies::{insert, set_poster, update};
use super::query::{execute, fetch_one, fetch_optional};
use crate::catalog::columns::to_json;
use crate::catalog::import_records::{IMPORT_COLUMNS, IS_PLACED};
use crate::catalog::store::{
    EpisodePlace, ImportRecord, ImportStore, MovieRecord, MovieWrite, Placed, Poster, PosterImport,
    Result, StoreError, poster_import,
};

#[async_trait]
impl ImportStore for SqliteStore {
    async fn import_of(&self, media: &MediaName) -> Result<Option<ImportRecord>> {
        let media = media.clone();
        self.pool.read(move |db| find(db, &media)).await
    }

    async fn import_movie(
        &self,
        movie: MovieId,
        details: &NewMovie,
        write: Option<MovieWrite<'_>>,
        place: Option<&EpisodePlace>,
        at: Timestamp,
    ) -> Result<Placed> {
        type Write = fn(&Connection, &MovieRecord) -> Result<()>;
        let write = write.map(|write| match write {
            MovieWrite::Insert(record) => (insert as Write, record.clone()),
            MovieWrite::Update(record) => (update as Write, record.clone()),
        });
        let (details, place) = (details.clone(), place.cloned());
        let import = move |db: &Connection| {
            if let Some((write, record)) = write {
                write(db, &record)?;
            }
            require_media(db, &details.media)?;
            let sql = "INSERT INTO imports (media, movie_id, details) VALUES (?1, ?2, ?3) \
                ON CONFLICT (media) DO UPDATE SET details = excluded.details, \
                poster_sha256 = CASE WHEN imports.movie_id IS excluded.movie_id \
                THEN imports.poster_sha256 END, \
                movie_id = excluded.movie_id";
            let json = to_json(&details)?;
            execute(db, sql, params![details.media.as_str(), movie.0, json])?;
            match place {
                Some(place) => import_places::place(db, movie, &place, at),
                None => Ok(Placed::default()),
            }
        };
        self.pool.write(import).await
    }

    async fn is_placed(&self, movie: MovieId) -> Result<bool> {
        self.pool.read(move |db| fetch_one(db, IS_PLACED, [movie.0])).await
    }

    async fn import_collection(&self, id: Uuid, movies: &[MovieId], at: Timestamp) -> Result<u64> {
        let movies = movies.to_vec();
        self.pool.write(move |db| import_places::put_all(db, id, &movies, at)).await
    }

    async fn import_poster(
        &self,
        media: &MediaName,
        poster: &Poster,
        at: Timestamp,
    ) -> Result<PosterImport> {
        let (media, poster) = (media.clone(), poster.clone());
        let import = move |db: &Connection| {
            let record = find(db, &media)?.ok_or(StoreError::NotFound)?;
            let movie = record.movie.ok_or(StoreError::NotFound)?;
            if !db.prepare_cached("SELECT 1 FROM movies WHERE id = ?1")?.exists([movie.0])? {
                return Ok(PosterImport::NoMovie);
            }
            let current: Option<String> = db
                .prepare_cached("SELECT sha256 FROM posters WHERE movie_id = ?1")?
                .query_row([movie.0], |row| row.get(0))
                .optional()?;
            let imported = record.poster_sha256.as_deref();
            let outcome = poster_import(current.as_deref(), imported, &poster.sha256);
            if matches!(outcome, PosterImport::Added | PosterImport::Updated) {
                set_poster(db, movie, Some(&poster), at)?;
            }
            if outcome != PosterImport::Kept {
                let sql = "UPDATE imports SET poster_sha256 = ?2 WHERE media = ?1";
                execute(db, sql, params![media.as_str(), poster.sha256])?;
            }
            Ok(outcome)
        };
        self.pool.write(import).await
    }

    async fn import_subtitles(&self, media: &MediaName, sha256: Vec<String>) -> Result<()> {
        let media = media.clone();
        let import = move |db: &Connection| {
            require_media(db, &media)?;
            let mut known = find(db, &media)?.map(|record| record.subtitles).unwrap_or_default();
            known.retain(|known| !sha256.contains(known));
            known.extend(sha256);
            let sql = "INSERT INTO imports (media, subtitles) VALUES (?1, ?2) \
                ON CONFLICT (media) DO UPDATE SET subtitles = excluded.subtitles";
            execute(db, sql, params![media.as_str(), to_json(&known)?]).map(drop)
        };
        self.pool.write(import).await
    }
}

fn find(db: &Connection, media: &MediaName) -> Result<Option<ImportRecord>> {
    let sql = format!("SELECT {IMPORT_COLUMNS} FROM imports WHERE media = ?1");
    fetch_optional(db, &sql, [media.as_str()])
}

fn require_media(db: &Connection, media: &MediaName) -> Result<()> {
    let mut find = db.prepare_cached("SELECT 1 FROM media WHERE name = ?1")?;
    if find.exists([media.as_str()])? { Ok(()) } else { Err(StoreError::NoMedia) }
}
