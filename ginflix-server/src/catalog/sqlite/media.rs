//! Facts of files in SQLite.

use ginflix_api::media::{Media, MediaName};
use ginflix_api::paths;
use rusqlite::{Connection, Row, params};

use super::values::{micros, time};
use crate::catalog::columns::media_name;
use crate::catalog::store::{Result, StoreError};

const COLUMNS: &str = "name, size_bytes, sha256, content_type, duration_seconds, created_at";

fn from_row(row: &Row<'_>) -> Result<Media> {
    let name = media_name(row.get(0)?)?;
    Ok(Media {
        stream_path: paths::stream(&name),
        name,
        size_bytes: row.get::<_, i64>(1)? as u64,
        sha256: row.get(2)?,
        content_type: row.get(3)?,
        duration_seconds: row.get(4)?,
        created_at: time(row.get(5)?)?,
    })
}

/// Records a file, or its new content.
pub fn put(db: &Connection, media: &Media) -> Result<()> {
    let sql = format!("INSERT OR REPLACE INTO media ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    db.prepare_cached(&sql)?.execute(params![
        media.name.as_str(),
        media.size_bytes as i64,
        media.sha256,
        media.content_type,
        media.duration_seconds,
        micros(media.created_at),
    ])?;
    Ok(())
}

/// Facts of a file.
pub fn get(db: &Connection, name: &MediaName) -> Result<Media> {
    let mut statement =
        db.prepare_cached(&format!("SELECT {COLUMNS} FROM media WHERE name = ?1"))?;
    let mut rows = statement.query([name.as_str()])?;
    from_row(rows.next()?.ok_or(StoreError::NotFound)?)
}

/// Files by name, after `after`.
pub fn list(db: &Connection, after: Option<&MediaName>, limit: u32) -> Result<Vec<Media>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM media WHERE name > ?1 ORDER BY name LIMIT ?2"
    ))?;
    // No name is empty, so all come after that.
    let mut rows = statement.query(params![after.map_or("", MediaName::as_str), limit])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(from_row(row)?);
    }
    Ok(all)
}

/// Forgets a file.
pub fn delete(db: &Connection, name: &MediaName, force: bool) -> Result<()> {
    let used =
        db.prepare_cached("SELECT 1 FROM movies WHERE media = ?1")?.exists([name.as_str()])?;
    if used && !force {
        return Err(StoreError::Conflict("a movie plays this media"));
    }
    db.prepare_cached("DELETE FROM media WHERE name = ?1")?.execute([name.as_str()])?;
    Ok(())
}
