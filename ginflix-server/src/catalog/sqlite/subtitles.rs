//! Subtitles in SQLite.

use async_trait::async_trait;
use ginflix_api::media::MediaName;
use ginflix_api::subtitles::{MAX_SUBTITLES, Subtitles};
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::SqliteStore;
use super::media::increment_revision;
use super::query::{execute, fetch_all, fetch_one, micros};
use crate::catalog::records::SUBTITLES_COLUMNS;
use crate::catalog::store::{
    Result, SUBTITLES_LIMIT_BYTES, StoreError, SubtitlesStore, TOO_MANY_SUBTITLES,
};

#[async_trait]
impl SubtitlesStore for SqliteStore {
    async fn put_subtitles(&self, subtitles: &Subtitles, document: &str) -> Result<Subtitles> {
        let (subtitles, document) = (subtitles.clone(), document.to_owned());
        self.pool.write(move |db| put(db, &subtitles, &document)).await
    }

    async fn subtitles(&self, media: &MediaName) -> Result<Vec<Subtitles>> {
        let media = media.clone();
        let sql = format!("SELECT {SUBTITLES_COLUMNS} FROM subtitles WHERE media = ?1 ORDER BY id");
        self.pool.read(move |db| fetch_all(db, &sql, [media.as_str()])).await
    }

    async fn all_subtitles(&self) -> Result<Vec<Subtitles>> {
        let sql = format!("SELECT {SUBTITLES_COLUMNS} FROM subtitles ORDER BY media, id");
        self.pool.read(move |db| fetch_all(db, &sql, [])).await
    }

    async fn subtitles_document(&self, media: &MediaName, id: Uuid) -> Result<String> {
        let media = media.clone();
        let sql = "SELECT document FROM subtitles WHERE id = ?1 AND media = ?2";
        self.pool.read(move |db| fetch_one(db, sql, params![id, media.as_str()])).await
    }

    async fn update_subtitles(&self, subtitles: &Subtitles) -> Result<()> {
        let subtitles = subtitles.clone();
        self.pool.write(move |db| update(db, &subtitles)).await
    }

    async fn delete_subtitles(&self, media: &MediaName, id: Uuid) -> Result<()> {
        let media = media.clone();
        let delete = move |db: &Connection| {
            let sql = "DELETE FROM subtitles WHERE id = ?1 AND media = ?2";
            if execute(db, sql, params![id, media.as_str()])? == 0 {
                return Err(StoreError::NotFound);
            }
            increment_revision(db)
        };
        self.pool.write(delete).await
    }
}

fn put(db: &Connection, subtitles: &Subtitles, document: &str) -> Result<Subtitles> {
    let media = subtitles.media.as_str();
    if !fetch_one::<bool>(db, "SELECT EXISTS (SELECT 1 FROM media WHERE name = ?1)", [media])? {
        return Err(StoreError::NoMedia);
    }
    let sql = format!(
        "INSERT INTO subtitles ({SUBTITLES_COLUMNS}, document) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) \
         ON CONFLICT (media, language, title, is_forced, is_hearing_impaired) \
         DO UPDATE SET is_default = excluded.is_default, file_name = excluded.file_name, \
         cues = excluded.cues, sha256 = excluded.sha256, created_at = excluded.created_at, \
         document = excluded.document RETURNING {SUBTITLES_COLUMNS}"
    );
    let values = params![
        subtitles.id,
        media,
        subtitles.language.as_deref().unwrap_or_default(),
        subtitles.title.as_deref().unwrap_or_default(),
        subtitles.default,
        subtitles.forced,
        subtitles.hearing_impaired,
        subtitles.file_name,
        subtitles.cues as i64,
        subtitles.sha256,
        micros(subtitles.created_at),
        document,
    ];
    let stored: Subtitles = fetch_one(db, &sql, values)?;
    let sql = "SELECT count(*), coalesce(sum(length(CAST(document AS BLOB))), 0) \
        FROM subtitles WHERE media = ?1";
    let (count, bytes): (u64, u64) = fetch_one(db, sql, [media])?;
    if count > MAX_SUBTITLES as u64 || bytes > SUBTITLES_LIMIT_BYTES {
        return Err(StoreError::Conflict(TOO_MANY_SUBTITLES));
    }
    unset_other_defaults(db, &stored)?;
    increment_revision(db)?;
    Ok(stored)
}

fn update(db: &Connection, subtitles: &Subtitles) -> Result<()> {
    let sql = "UPDATE subtitles SET language = ?3, title = ?4, is_default = ?5, is_forced = ?6, \
        is_hearing_impaired = ?7 WHERE id = ?1 AND media = ?2";
    let values = params![
        subtitles.id,
        subtitles.media.as_str(),
        subtitles.language.as_deref().unwrap_or_default(),
        subtitles.title.as_deref().unwrap_or_default(),
        subtitles.default,
        subtitles.forced,
        subtitles.hearing_impaired,
    ];
    if execute(db, sql, values)? == 0 {
        return Err(StoreError::NotFound);
    }
    unset_other_defaults(db, subtitles)?;
    increment_revision(db)
}

/// Makes these subtitles the only default of their media file, if they are one.
fn unset_other_defaults(db: &Connection, subtitles: &Subtitles) -> Result<()> {
    if !subtitles.default {
        return Ok(());
    }
    let sql = "UPDATE subtitles SET is_default = 0 WHERE media = ?1 AND id <> ?2";
    execute(db, sql, params![subtitles.media.as_str(), subtitles.id]).map(drop)
}
