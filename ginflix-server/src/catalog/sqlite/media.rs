//! Metadata of media files in SQLite.

use async_trait::async_trait;
use ginflix_api::inspection::Inspection;
use ginflix_api::media::{Media, MediaName};
use rusqlite::{Connection, params};

use super::SqliteStore;
use super::query::{execute, fetch_all, fetch_one, micros};
use crate::catalog::columns::to_json;
use crate::catalog::records::{KEEP_FILE_NAME, MEDIA_COLUMNS, MEDIA_ROW};
use crate::catalog::store::{MediaStore, Result, StoreError};

#[async_trait]
impl MediaStore for SqliteStore {
    async fn put_media(&self, media: &Media) -> Result<()> {
        let media = media.clone();
        self.pool.write(move |db| put(db, &media)).await
    }

    async fn put_inspection(
        &self,
        name: &MediaName,
        sha256: &str,
        inspection: &Inspection,
    ) -> Result<()> {
        let (name, sha256) = (name.clone(), sha256.to_owned());
        let (json, seconds) = (to_json(inspection)?, inspection.duration_seconds);
        let put = move |db: &Connection| {
            let sql = "UPDATE media SET inspection = ?3, \
                duration_seconds = coalesce(?4, duration_seconds) WHERE name = ?1 AND sha256 = ?2";
            execute(db, sql, params![name.as_str(), sha256, json, seconds])?;
            increment_revision(db)
        };
        self.pool.write(put).await
    }

    async fn media(&self, name: &MediaName) -> Result<Media> {
        let name = name.clone();
        let sql = format!("SELECT {MEDIA_ROW} FROM media WHERE name = ?1");
        self.pool.read(move |db| fetch_one(db, &sql, [name.as_str()])).await
    }

    async fn media_list(&self, after: Option<&MediaName>, limit: u32) -> Result<Vec<Media>> {
        // No name is empty, so all names come after the empty text.
        let after = after.map_or("", MediaName::as_str).to_owned();
        let sql = format!("SELECT {MEDIA_ROW} FROM media WHERE name > ?1 ORDER BY name LIMIT ?2");
        self.pool.read(move |db| fetch_all(db, &sql, params![after, limit])).await
    }

    async fn delete_media(&self, name: &MediaName, force: bool) -> Result<()> {
        let name = name.clone();
        let delete = move |db: &Connection| {
            let in_use = "SELECT EXISTS (SELECT 1 FROM movies WHERE media = ?1)";
            if fetch_one(db, in_use, [name.as_str()])? && !force {
                return Err(StoreError::Conflict("a movie plays this media"));
            }
            execute(db, "DELETE FROM media WHERE name = ?1", [name.as_str()])?;
            increment_revision(db)
        };
        self.pool.write(delete).await
    }
}

/// Records a file, or its new content.
pub fn put(db: &Connection, media: &Media) -> Result<()> {
    let sql = format!(
        "INSERT INTO media ({MEDIA_COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
         ON CONFLICT (name) DO UPDATE SET size_bytes = excluded.size_bytes, \
         {KEEP_FILE_NAME}, sha256 = excluded.sha256, content_type = excluded.content_type, \
         duration_seconds = excluded.duration_seconds, created_at = excluded.created_at, \
         inspection = excluded.inspection, library = NULL, library_path = NULL, \
         library_state = NULL, missing_since = NULL"
    );
    let values = params![
        media.name.as_str(),
        media.size_bytes as i64,
        media.sha256,
        media.content_type,
        media.duration_seconds,
        micros(media.created_at),
        media.file_name,
        media.inspection.as_ref().map(to_json).transpose()?,
    ];
    execute(db, &sql, values)?;
    increment_revision(db)
}

/// Increments the revision of the recorded files, which tells streamers to read the list again.
pub fn increment_revision(db: &Connection) -> Result<()> {
    execute(db, "UPDATE media_revision SET revision = revision + 1", []).map(drop)
}
