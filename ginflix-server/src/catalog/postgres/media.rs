//! Metadata of media files in PostgreSQL.

use async_trait::async_trait;
use deadpool_postgres::Transaction;
use ginflix_api::inspection::Inspection;
use ginflix_api::media::{Media, MediaName};

use super::PostgresStore;
use super::query::{SqlValue, execute, fetch_all, fetch_one};
use crate::catalog::columns::to_json;
use crate::catalog::records::{KEEP_FILE_NAME, MEDIA_COLUMNS, MEDIA_ROW};
use crate::catalog::store::{MediaStore, Result, StoreError};

#[async_trait]
impl MediaStore for PostgresStore {
    async fn put_media(&self, media: &Media) -> Result<()> {
        self.in_transaction(async |db| put(db, media).await).await
    }

    async fn put_inspection(
        &self,
        name: &MediaName,
        sha256: &str,
        inspection: &Inspection,
    ) -> Result<()> {
        let (json, seconds) = (to_json(inspection)?, inspection.duration_seconds);
        let put = async |db: &Transaction<'_>| {
            let sql = "UPDATE media SET inspection = $3, \
                duration_seconds = coalesce($4, duration_seconds) WHERE name = $1 AND sha256 = $2";
            execute(db, sql, &[&name.as_str(), &sha256, &json, &seconds]).await?;
            increment_revision(db).await
        };
        self.in_transaction(put).await
    }

    async fn media(&self, name: &MediaName) -> Result<Media> {
        let sql = format!("SELECT {MEDIA_ROW} FROM media WHERE name = $1");
        self.with_client(async |db| fetch_one(db, &sql, &[&name.as_str()]).await).await
    }

    async fn media_list(&self, after: Option<&MediaName>, limit: u32) -> Result<Vec<Media>> {
        // No name is empty, so all names come after the empty text.
        let (after, limit) = (after.map_or("", MediaName::as_str), i64::from(limit));
        let sql = format!("SELECT {MEDIA_ROW} FROM media WHERE name > $1 ORDER BY name LIMIT $2");
        self.with_client(async |db| fetch_all(db, &sql, &[&after, &limit]).await).await
    }

    async fn delete_media(&self, name: &MediaName, force: bool) -> Result<()> {
        let name = name.as_str();
        let delete = async |db: &Transaction<'_>| {
            // The row is locked before movies are looked up, so that none is added at the same time.
            execute(db, "SELECT FROM media WHERE name = $1 FOR UPDATE", &[&name]).await?;
            let in_use = "SELECT EXISTS (SELECT FROM movies WHERE media = $1)";
            if fetch_one(db, in_use, &[&name]).await? && !force {
                return Err(StoreError::Conflict("a movie plays this media"));
            }
            execute(db, "DELETE FROM media WHERE name = $1", &[&name]).await?;
            increment_revision(db).await
        };
        self.in_transaction(delete).await
    }
}

/// Records a file, or its new content.
pub async fn put(db: &Transaction<'_>, media: &Media) -> Result<()> {
    let sql = format!(
        "INSERT INTO media ({MEDIA_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (name) DO UPDATE SET size_bytes = excluded.size_bytes, \
         {KEEP_FILE_NAME}, sha256 = excluded.sha256, content_type = excluded.content_type, \
         duration_seconds = excluded.duration_seconds, created_at = excluded.created_at, \
         inspection = excluded.inspection, library = NULL, library_path = NULL, \
         library_state = NULL, missing_since = NULL"
    );
    let inspection = media.inspection.as_ref().map(to_json).transpose()?;
    let values: [SqlValue<'_>; 8] = [
        &media.name.as_str(),
        &(media.size_bytes as i64),
        &media.sha256,
        &media.content_type,
        &media.duration_seconds,
        &media.created_at,
        &media.file_name,
        &inspection,
    ];
    execute(db, &sql, &values).await?;
    increment_revision(db).await
}

/// Increments the revision of the recorded files, which tells streamers to read the list again.
pub async fn increment_revision(db: &Transaction<'_>) -> Result<()> {
    execute(db, "UPDATE media_revision SET revision = revision + 1", &[]).await.map(drop)
}
