//! Subtitles in PostgreSQL.

use async_trait::async_trait;
use deadpool_postgres::Transaction;
use ginflix_api::media::MediaName;
use ginflix_api::subtitles::{MAX_SUBTITLES, Subtitles};
use uuid::Uuid;

use super::PostgresStore;
use super::media::increment_revision;
use super::query::{SqlValue, execute, fetch_all, fetch_one};
use crate::catalog::records::SUBTITLES_COLUMNS;
use crate::catalog::store::{
    Result, SUBTITLES_LIMIT_BYTES, StoreError, SubtitlesStore, TOO_MANY_SUBTITLES,
};

#[async_trait]
impl SubtitlesStore for PostgresStore {
    async fn put_subtitles(&self, subtitles: &Subtitles, document: &str) -> Result<Subtitles> {
        self.in_transaction(async |db| put(db, subtitles, document).await).await
    }

    async fn subtitles(&self, media: &MediaName) -> Result<Vec<Subtitles>> {
        let sql = format!("SELECT {SUBTITLES_COLUMNS} FROM subtitles WHERE media = $1 ORDER BY id");
        self.with_client(async |db| fetch_all(db, &sql, &[&media.as_str()]).await).await
    }

    async fn all_subtitles(&self) -> Result<Vec<Subtitles>> {
        let sql = format!("SELECT {SUBTITLES_COLUMNS} FROM subtitles ORDER BY media, id");
        self.with_client(async |db| fetch_all(db, &sql, &[]).await).await
    }

    async fn subtitles_document(&self, media: &MediaName, id: Uuid) -> Result<String> {
        let sql = "SELECT document FROM subtitles WHERE id = $1 AND media = $2";
        self.with_client(async |db| fetch_one(db, sql, &[&id, &media.as_str()]).await).await
    }

    async fn update_subtitles(&self, subtitles: &Subtitles) -> Result<()> {
        self.in_transaction(async |db| update(db, subtitles).await).await
    }

    async fn delete_subtitles(&self, media: &MediaName, id: Uuid) -> Result<()> {
        let delete = async |db: &Transaction<'_>| {
            let sql = "DELETE FROM subtitles WHERE id = $1 AND media = $2";
            if execute(db, sql, &[&id, &media.as_str()]).await? == 0 {
                return Err(StoreError::NotFound);
            }
            increment_revision(db).await
        };
        self.in_transaction(delete).await
    }
}

async fn put(db: &Transaction<'_>, subtitles: &Subtitles, document: &str) -> Result<Subtitles> {
    let media = subtitles.media.as_str();
    // The lock keeps two requests apart, so that both cannot pass the limit or be the default.
    if execute(db, "SELECT FROM media WHERE name = $1 FOR UPDATE", &[&media]).await? == 0 {
        return Err(StoreError::NoMedia);
    }
    let sql = format!(
        "INSERT INTO subtitles ({SUBTITLES_COLUMNS}, document) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
         ON CONFLICT (media, language, title, is_forced, is_hearing_impaired) \
         DO UPDATE SET is_default = excluded.is_default, file_name = excluded.file_name, \
         cues = excluded.cues, sha256 = excluded.sha256, created_at = excluded.created_at, \
         document = excluded.document RETURNING {SUBTITLES_COLUMNS}"
    );
    let values: [SqlValue<'_>; 12] = [
        &subtitles.id,
        &media,
        &subtitles.language.as_deref().unwrap_or_default(),
        &subtitles.title.as_deref().unwrap_or_default(),
        &subtitles.default,
        &subtitles.forced,
        &subtitles.hearing_impaired,
        &subtitles.file_name,
        &(subtitles.cues as i64),
        &subtitles.sha256,
        &subtitles.created_at,
        &document,
    ];
    let stored: Subtitles = fetch_one(db, &sql, &values).await?;
    let sql = "SELECT count(*), coalesce(sum(octet_length(document)), 0)::BIGINT \
        FROM subtitles WHERE media = $1";
    let (count, bytes): (u64, u64) = fetch_one(db, sql, &[&media]).await?;
    if count > MAX_SUBTITLES as u64 || bytes > SUBTITLES_LIMIT_BYTES {
        return Err(StoreError::Conflict(TOO_MANY_SUBTITLES));
    }
    unset_other_defaults(db, &stored).await?;
    increment_revision(db).await?;
    Ok(stored)
}

async fn update(db: &Transaction<'_>, subtitles: &Subtitles) -> Result<()> {
    let sql = "UPDATE subtitles SET language = $3, title = $4, is_default = $5, is_forced = $6, \
        is_hearing_impaired = $7 WHERE id = $1 AND media = $2";
    let values: [SqlValue<'_>; 7] = [
        &subtitles.id,
        &subtitles.media.as_str(),
        &subtitles.language.as_deref().unwrap_or_default(),
        &subtitles.title.as_deref().unwrap_or_default(),
        &subtitles.default,
        &subtitles.forced,
        &subtitles.hearing_impaired,
    ];
    if execute(db, sql, &values).await? == 0 {
        return Err(StoreError::NotFound);
    }
    unset_other_defaults(db, subtitles).await?;
    increment_revision(db).await
}

/// Makes these subtitles the only default of their media file, if they are one.
async fn unset_other_defaults(db: &Transaction<'_>, subtitles: &Subtitles) -> Result<()> {
    if !subtitles.default {
        return Ok(());
    }
    let sql = "UPDATE subtitles SET is_default = FALSE WHERE media = $1 AND id <> $2";
    execute(db, sql, &[&subtitles.media.as_str(), &subtitles.id]).await.map(drop)
}
