//! Libraries in SQLite.

use std::os::unix::ffi::OsStrExt;

use async_trait::async_trait;
use ginflix_api::media::{Media, MediaName};
use ginflix_api::movie::MovieId;
use jiff::Timestamp;
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::SqliteStore;
use super::media::increment_revision;
use super::movies::delete;
use super::query::{execute, fetch_all, fetch_optional, micros};
use crate::catalog::columns::to_json;
use crate::catalog::import_records::{LIBRARY_COLUMNS, LIBRARY_FILE_COLUMNS};
use crate::catalog::store::{
    LIBRARY_NAME_TAKEN, LibraryFile, LibraryRecord, LibraryStore, Result, StoreError,
};

#[async_trait]
impl LibraryStore for SqliteStore {
    async fn libraries(&self) -> Result<Vec<LibraryRecord>> {
        let sql = format!("SELECT {LIBRARY_COLUMNS} FROM libraries ORDER BY path");
        self.pool.read(move |db| fetch_all(db, &sql, [])).await
    }

    async fn insert_library(&self, library: &LibraryRecord) -> Result<()> {
        let library = library.clone();
        let insert = move |db: &Connection| {
            let sql = format!("INSERT INTO libraries ({LIBRARY_COLUMNS}) VALUES (?1, ?2, ?3)");
            let values = params![library.id, library.path, micros(library.created_at)];
            execute(db, &sql, values).map(drop)
        };
        self.pool.write(insert).await
    }

    async fn delete_library(&self, id: Uuid) -> Result<u64> {
        let delete = move |db: &Connection| {
            let sql =
                "SELECT m.id FROM movies m JOIN media f ON f.name = m.media WHERE f.library = ?1";
            let movies: Vec<MovieId> = fetch_all(db, sql, [id])?;
            for movie in &movies {
                delete(db, *movie, None)?;
            }
            execute(db, "DELETE FROM media WHERE library = ?1", [id])?;
            if execute(db, "DELETE FROM libraries WHERE id = ?1", [id])? == 0 {
                return Err(StoreError::NotFound);
            }
            increment_revision(db)?;
            Ok(movies.len() as u64)
        };
        self.pool.write(delete).await
    }

    async fn library_files(&self) -> Result<Vec<LibraryFile>> {
        let sql = format!(
            "SELECT {LIBRARY_FILE_COLUMNS} FROM media WHERE library IS NOT NULL ORDER BY name"
        );
        self.pool.read(move |db| fetch_all(db, &sql, [])).await
    }

    async fn put_library_file(&self, file: &LibraryFile, media: &Media) -> Result<()> {
        let (file, media) = (file.clone(), media.clone());
        self.pool.write(move |db| put(db, &file, &media)).await
    }

    async fn set_missing(&self, names: &[MediaName], since: Option<Timestamp>) -> Result<()> {
        let names = names.to_vec();
        let set = move |db: &Connection| {
            let sql = "UPDATE media SET missing_since = ?2 WHERE name = ?1 AND library IS NOT NULL";
            for name in &names {
                execute(db, sql, params![name.as_str(), since.map(micros)])?;
            }
            Ok(())
        };
        self.pool.write(set).await
    }
}

fn put(db: &Connection, file: &LibraryFile, media: &Media) -> Result<()> {
    let found: Option<bool> = fetch_optional(
        db,
        "SELECT library IS NOT NULL FROM media WHERE name = ?1",
        [file.name.as_str()],
    )?;
    if found == Some(false) {
        return Err(StoreError::Conflict(LIBRARY_NAME_TAKEN));
    }
    let known = "SELECT 1 FROM libraries WHERE id = ?1";
    if !db.prepare_cached(known)?.exists([file.library])? {
        return Err(StoreError::NotFound);
    }
    let sql = "INSERT INTO media (name, size_bytes, sha256, content_type, duration_seconds, \
        created_at, file_name, inspection, library, library_path, library_state, missing_since) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) \
        ON CONFLICT (name) DO UPDATE SET size_bytes = excluded.size_bytes, \
        sha256 = excluded.sha256, content_type = excluded.content_type, \
        duration_seconds = excluded.duration_seconds, file_name = excluded.file_name, \
        inspection = excluded.inspection, library = excluded.library, \
        library_path = excluded.library_path, library_state = excluded.library_state, \
        missing_since = excluded.missing_since";
    let values = params![
        file.name.as_str(),
        media.size_bytes as i64,
        file.samples_sha256,
        media.content_type,
        media.duration_seconds,
        micros(media.created_at),
        media.file_name,
        media.inspection.as_ref().map(to_json).transpose()?,
        file.library,
        file.path.as_os_str().as_bytes(),
        file.state,
        file.missing_since.map(micros),
    ];
    execute(db, sql, values)?;
    increment_revision(db)
}
