//! Facts of files in PostgreSQL.

use async_trait::async_trait;
use deadpool_postgres::Transaction;
use ginflix_api::media::{Media, MediaName};

use super::PostgresStore;
use super::query::{Value, all, execute, one};
use crate::catalog::records::MEDIA;
use crate::catalog::store::{MediaStore, Result, StoreError};

#[async_trait]
impl MediaStore for PostgresStore {
    async fn put_media(&self, media: &Media) -> Result<()> {
        self.in_transaction(async |db| put(db, media).await).await
    }

    async fn media(&self, name: &MediaName) -> Result<Media> {
        let sql = format!("SELECT {MEDIA} FROM media WHERE name = $1");
        self.with_client(async |db| one(db, &sql, &[&name.as_str()]).await).await
    }

    async fn media_list(&self, after: Option<&MediaName>, limit: u32) -> Result<Vec<Media>> {
        // No name is empty, so all come after that.
        let (after, limit) = (after.map_or("", MediaName::as_str), i64::from(limit));
        let sql = format!("SELECT {MEDIA} FROM media WHERE name > $1 ORDER BY name LIMIT $2");
        self.with_client(async |db| all(db, &sql, &[&after, &limit]).await).await
    }

    async fn delete_media(&self, name: &MediaName, force: bool) -> Result<()> {
        let name = name.as_str();
        let delete = async |db: &Transaction<'_>| {
            // Locked before movies are looked at, so that none is added meanwhile.
            execute(db, "SELECT FROM media WHERE name = $1 FOR UPDATE", &[&name]).await?;
            let used = "SELECT EXISTS (SELECT FROM movies WHERE media = $1)";
            if one(db, used, &[&name]).await? && !force {
                return Err(StoreError::Conflict("a movie plays this media"));
            }
            execute(db, "DELETE FROM media WHERE name = $1", &[&name]).await?;
            revise(db).await
        };
        self.in_transaction(delete).await
    }
}

/// Records a file, or its new content.
pub async fn put(db: &Transaction<'_>, media: &Media) -> Result<()> {
    let sql = format!(
        "INSERT INTO media ({MEDIA}) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (name) DO UPDATE SET size_bytes = excluded.size_bytes, \
         sha256 = excluded.sha256, content_type = excluded.content_type, \
         duration_seconds = excluded.duration_seconds, created_at = excluded.created_at"
    );
    let values: [Value<'_>; 6] = [
        &media.name.as_str(),
        &(media.size_bytes as i64),
        &media.sha256,
        &media.content_type,
        &media.duration_seconds,
        &media.created_at,
    ];
    execute(db, &sql, &values).await?;
    revise(db).await
}

/// Notes that what streamers should have has changed.
pub async fn revise(db: &Transaction<'_>) -> Result<()> {
    execute(db, "UPDATE media_revision SET revision = revision + 1", &[]).await.map(drop)
}
