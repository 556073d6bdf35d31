//! What was imported for media files, in PostgreSQL.

use async_trait::async_trait;
use deadpool_postgres::Transaction;
use ginflix_api::media::MediaName;
use ginflix_api::movie::{MovieId, NewMovie};
use jiff::Timestamp;
use uuid::Uuid;

use super::PostgresStore;
use super::import_places;
use super::movies::{insert, set_poster, update};
use super::query::{execute, fetch_one, fetch_optional};
use crate::catalog::columns::to_json;
use crate::catalog::import_records::{IMPORT_COLUMNS, IS_PLACED};
use crate::catalog::store::{
    EpisodePlace, ImportRecord, ImportStore, MovieWrite, Placed, Poster, PosterImport, Result,
    StoreError, poster_import,
};

#[async_trait]
impl ImportStore for PostgresStore {
    async fn import_of(&self, media: &MediaName) -> Result<Option<ImportRecord>> {
        let sql = format!("SELECT {IMPORT_COLUMNS} FROM imports WHERE media = $1");
        self.with_client(async |db| fetch_optional(db, &sql, &[&media.as_str()]).await).await
    }

    async fn import_movie(
        &self,
        movie: MovieId,
        details: &NewMovie,
        write: Option<MovieWrite<'_>>,
        place: Option<&EpisodePlace>,
        at: Timestamp,
    ) -> Result<Placed> {
        let json = to_json(details)?;
        let import = async |db: &Transaction<'_>| {
            require_media(db, &details.media).await?;
            match write {
                Some(MovieWrite::Insert(record)) => insert(db, record).await?,
                Some(MovieWrite::Update(record)) => update(db, record).await?,
                None => {}
            }
            let sql = "INSERT INTO imports (media, movie_id, details) VALUES ($1, $2, $3) \
                ON CONFLICT (media) DO UPDATE SET details = excluded.details, \
                poster_sha256 = CASE WHEN imports.movie_id IS NOT DISTINCT FROM excluded.movie_id \
                THEN imports.poster_sha256 END, movie_id = excluded.movie_id";
            execute(db, sql, &[&details.media.as_str(), &movie.0, &json]).await?;
            match place {
                Some(place) => import_places::place(db, movie, place, at).await,
                None => Ok(Placed::default()),
            }
        };
        self.in_transaction(import).await
    }

    async fn is_placed(&self, movie: MovieId) -> Result<bool> {
        self.with_client(async |db| fetch_one(db, IS_PLACED, &[&movie.0]).await).await
    }

    async fn import_collection(&self, id: Uuid, movies: &[MovieId], at: Timestamp) -> Result<u64> {
        self.in_transaction(async |db| import_places::put_all(db, id, movies, at).await).await
    }

    async fn import_poster(
        &self,
        media: &MediaName,
        poster: &Poster,
        at: Timestamp,
    ) -> Result<PosterImport> {
        let import = async |db: &Transaction<'_>| {
            let sql = format!("SELECT {IMPORT_COLUMNS} FROM imports WHERE media = $1 FOR UPDATE");
            let record: Option<ImportRecord> = fetch_optional(db, &sql, &[&media.as_str()]).await?;
            let record = record.ok_or(StoreError::NotFound)?;
            let movie = record.movie.ok_or(StoreError::NotFound)?;
            // The lock keeps the poster as it is until the end of the transaction.
            let lock = "SELECT FROM movies WHERE id = $1 FOR UPDATE";
            if execute(db, lock, &[&movie.0]).await? == 0 {
                return Ok(PosterImport::NoMovie);
            }
            let sql = "SELECT sha256 FROM posters WHERE movie_id = $1";
            let current: Option<String> = fetch_optional(db, sql, &[&movie.0]).await?;
            let imported = record.poster_sha256.as_deref();
            let outcome = poster_import(current.as_deref(), imported, &poster.sha256);
            if matches!(outcome, PosterImport::Added | PosterImport::Updated) {
                set_poster(db, movie, Some(poster), at).await?;
            }
            if outcome != PosterImport::Kept {
                let sql = "UPDATE imports SET poster_sha256 = $2 WHERE media = $1";
                execute(db, sql, &[&media.as_str(), &poster.sha256]).await?;
            }
            Ok(outcome)
        };
        self.in_transaction(import).await
    }

    async fn import_subtitles(&self, media: &MediaName, sha256: Vec<String>) -> Result<()> {
        let import = async |db: &Transaction<'_>| {
            require_media(db, media).await?;
            let sql = "INSERT INTO imports (media, subtitles) VALUES ($1, $2) \
                ON CONFLICT (media) DO UPDATE SET subtitles = ARRAY(\
                SELECT unnest(imports.subtitles) EXCEPT SELECT unnest(excluded.subtitles)) \
                || excluded.subtitles";
            execute(db, sql, &[&media.as_str(), &sha256]).await.map(drop)
        };
        self.in_transaction(import).await
    }
}

/// Requires that a media file is recorded. Locks its row until the end of the transaction.
async fn require_media(db: &Transaction<'_>, media: &MediaName) -> Result<()> {
    let sql = "SELECT FROM media WHERE name = $1 FOR SHARE";
    match execute(db, sql, &[&media.as_str()]).await? {
        0 => Err(StoreError::NoMedia),
        _ => Ok(()),
    }
}
