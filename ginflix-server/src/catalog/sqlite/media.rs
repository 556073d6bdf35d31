//! Facts of files in SQLite.

use ginflix_api::media::{Media, MediaName};
use ginflix_api::paths;
use rusqlite::{Connection, Row, params};

use super::values::{micros, time};
use crate::catalog::columns::media_name;
use crate::catalog::store::{Result, StoreError, Wanted};

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
    let sql = format!(
        "INSERT INTO media ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT (name) DO UPDATE SET size_bytes = excluded.size_bytes, \
         sha256 = excluded.sha256, content_type = excluded.content_type, \
         duration_seconds = excluded.duration_seconds, created_at = excluded.created_at"
    );
    db.prepare_cached(&sql)?.execute(params![
        media.name.as_str(),
        media.size_bytes as i64,
        media.sha256,
        media.content_type,
        media.duration_seconds,
        micros(media.created_at),
    ])?;
    revise(db)
}

/// Says that what there should be has changed.
pub fn revise(db: &Connection) -> Result<()> {
    db.prepare_cached("UPDATE media_revision SET revision = revision + 1")?.execute([])?;
    Ok(())
}

/// Grows with every change of what there should be.
pub fn revision(db: &Connection) -> Result<u64> {
    let mut statement = db.prepare_cached("SELECT revision FROM media_revision")?;
    Ok(statement.query_row([], |row| row.get::<_, i64>(0))? as u64)
}

/// What there should be, by name, after `after`.
pub fn wanted(db: &Connection, after: Option<&MediaName>, limit: u32) -> Result<Vec<Wanted>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS}, check_round FROM media WHERE name > ?1 ORDER BY name LIMIT ?2"
    ))?;
    let mut rows = statement.query(params![after.map_or("", MediaName::as_str), limit])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let check_round = row.get::<_, i64>(6)? as u64;
        all.push(Wanted { media: from_row(row)?, check_round });
    }
    Ok(all)
}

/// How many files there should be, and their bytes.
pub fn totals(db: &Connection) -> Result<(u64, u64)> {
    let sql = "SELECT count(*), coalesce(sum(size_bytes), 0) FROM media";
    let totals = |row: &Row<'_>| Ok((row.get::<_, i64>(0)? as u64, row.get::<_, i64>(1)? as u64));
    Ok(db.prepare_cached(sql)?.query_row([], totals)?)
}

/// Asks for a check of one file or all.
pub fn ask_check(db: &Connection, name: Option<&MediaName>) -> Result<u64> {
    let sql = "UPDATE media SET check_round = check_round + 1 WHERE ?1 IS NULL OR name = ?1";
    let asked = db.prepare_cached(sql)?.execute([name.map(MediaName::as_str)])?;
    revise(db)?;
    Ok(asked as u64)
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
    revise(db)
}
