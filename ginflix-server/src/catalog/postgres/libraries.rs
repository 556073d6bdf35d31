//! Libraries in PostgreSQL.

use std::os::unix::ffi::OsStrExt;

use async_trait::async_trait;
use deadpool_postgres::Transaction;
use ginflix_api::media::{Media, MediaName};
use jiff::Timestamp;
use uuid::Uuid;

use super::PostgresStore;
use super::media::increment_revision;
use super::query::{SqlValue, execute, fetch_all, fetch_optional};
use crate::catalog::columns::to_json;
use crate::catalog::import_records::{LIBRARY_COLUMNS, LIBRARY_FILE_COLUMNS};
use crate::catalog::store::{
    LIBRARY_NAME_TAKEN, LibraryFile, LibraryRecord, LibraryStore, Result, StoreError,
};

#[async_trait]
impl LibraryStore for PostgresStore {
    async fn libraries(&self) -> Result<Vec<LibraryRecord>> {
        let sql = format!("SELECT {LIBRARY_COLUMNS} FROM libraries ORDER BY path");
        self.with_client(async |db| fetch_all(db, &sql, &[]).await).await
    }

    async fn insert_library(&self, library: &LibraryRecord) -> Result<()> {
        let sql = format!("INSERT INTO libraries ({LIBRARY_COLUMNS}) VALUES ($1, $2, $3)");
        let values: [SqlValue<'_>; 3] = [&library.id, &library.path, &library.created_at];
        self.with_client(async |db| execute(db, &sql, &values).await.map(drop)).await
    }

    async fn delete_library(&self, id: Uuid) -> Result<u64> {
        let delete = async |db: &Transaction<'_>| {
            let sql =
                "DELETE FROM movies m USING media f WHERE f.name = m.media AND f.library = $1";
            let movies = execute(db, sql, &[&id]).await?;
            execute(db, "DELETE FROM media WHERE library = $1", &[&id]).await?;
            if execute(db, "DELETE FROM libraries WHERE id = $1", &[&id]).await? == 0 {
                return Err(StoreError::NotFound);
            }
            increment_revision(db).await?;
            Ok(movies)
        };
        self.in_transaction(delete).await
    }

    async fn library_files(&self) -> Result<Vec<LibraryFile>> {
        let sql = format!(
            "SELECT {LIBRARY_FILE_COLUMNS} FROM media WHERE library IS NOT NULL ORDER BY name"
        );
        self.with_client(async |db| fetch_all(db, &sql, &[]).await).await
    }

    async fn put_library_file(&self, file: &LibraryFile, media: &Media) -> Result<()> {
        self.in_transaction(async |db| put(db, file, media).await).await
    }

    async fn set_missing(&self, names: &[MediaName], since: Option<Timestamp>) -> Result<()> {
        let names: Vec<&str> = names.iter().map(MediaName::as_str).collect();
        let sql =
            "UPDATE media SET missing_since = $2 WHERE name = ANY($1) AND library IS NOT NULL";
        self.with_client(async |db| execute(db, sql, &[&names, &since]).await.map(drop)).await
    }
}

async fn put(db: &Transaction<'_>, file: &LibraryFile, media: &Media) -> Result<()> {
    let sql = "SELECT library IS NOT NULL FROM media WHERE name = $1 FOR UPDATE";
    let found: Option<bool> = fetch_optional(db, sql, &[&file.name.as_str()]).await?;
    if found == Some(false) {
        return Err(StoreError::Conflict(LIBRARY_NAME_TAKEN));
    }
    let known = "SELECT FROM libraries WHERE id = $1 FOR SHARE";
    if execute(db, known, &[&file.library]).await? == 0 {
        return Err(StoreError::NotFound);
    }
    let sql = "INSERT INTO media (name, size_bytes, sha256, content_type, duration_seconds, \
        created_at, file_name, inspection, library, library_path, library_state, missing_since) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
        ON CONFLICT (name) DO UPDATE SET size_bytes = excluded.size_bytes, \
        sha256 = excluded.sha256, content_type = excluded.content_type, \
        duration_seconds = excluded.duration_seconds, file_name = excluded.file_name, \
        inspection = excluded.inspection, library = excluded.library, \
        library_path = excluded.library_path, library_state = excluded.library_state, \
        missing_since = excluded.missing_since";
    let inspection = media.inspection.as_ref().map(to_json).transpose()?;
    let values: [SqlValue<'_>; 12] = [
        &file.name.as_str(),
        &(media.size_bytes as i64),
        &file.samples_sha256,
        &media.content_type,
        &media.duration_seconds,
        &media.created_at,
        &media.file_name,
        &inspection,
        &file.library,
        &file.path.as_os_str().as_bytes(),
        &file.state,
        &file.missing_since,
    ];
    execute(db, sql, &values).await?;
    increment_revision(db).await
}
