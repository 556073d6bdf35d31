//! Facts of files in PostgreSQL.

use deadpool_postgres::{Client, Transaction};
use ginflix_api::media::{Media, MediaName};
use ginflix_api::paths;
use tokio_postgres::Row;

use crate::catalog::columns::media_name;
use crate::catalog::store::{Result, StoreError, Wanted};

const COLUMNS: &str = "name, size_bytes, sha256, content_type, duration_seconds, created_at";

fn from_row(row: &Row) -> Result<Media> {
    let name = media_name(row.try_get(0)?)?;
    Ok(Media {
        stream_path: paths::stream(&name),
        name,
        size_bytes: row.try_get::<_, i64>(1)? as u64,
        sha256: row.try_get(2)?,
        content_type: row.try_get(3)?,
        duration_seconds: row.try_get(4)?,
        created_at: row.try_get(5)?,
    })
}

/// Records a file, or its new content.
pub async fn put(db: &Transaction<'_>, media: &Media) -> Result<()> {
    let sql = format!(
        "INSERT INTO media ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (name) DO UPDATE SET size_bytes = excluded.size_bytes, \
         sha256 = excluded.sha256, content_type = excluded.content_type, \
         duration_seconds = excluded.duration_seconds, created_at = excluded.created_at"
    );
    db.execute(
        &db.prepare_cached(&sql).await?,
        &[
            &media.name.as_str(),
            &(media.size_bytes as i64),
            &media.sha256,
            &media.content_type,
            &media.duration_seconds,
            &media.created_at,
        ],
    )
    .await?;
    revise(db).await
}

/// Says that what there should be has changed.
pub async fn revise(db: &Transaction<'_>) -> Result<()> {
    let sql = "UPDATE media_revision SET revision = revision + 1";
    db.execute(&db.prepare_cached(sql).await?, &[]).await?;
    Ok(())
}

/// Grows with every change of what there should be.
pub async fn revision(db: &Client) -> Result<u64> {
    let sql = "SELECT revision FROM media_revision";
    Ok(db.query_one(&db.prepare_cached(sql).await?, &[]).await?.try_get::<_, i64>(0)? as u64)
}

/// What there should be, by name, after `after`.
pub async fn wanted(db: &Client, after: Option<&MediaName>, limit: u32) -> Result<Vec<Wanted>> {
    let sql =
        format!("SELECT {COLUMNS}, check_round FROM media WHERE name > $1 ORDER BY name LIMIT $2");
    let after = after.map_or("", MediaName::as_str);
    let rows = db.query(&db.prepare_cached(&sql).await?, &[&after, &i64::from(limit)]).await?;
    let wanted = rows.iter().map(|row| {
        Ok(Wanted { media: from_row(row)?, check_round: row.try_get::<_, i64>(6)? as u64 })
    });
    wanted.collect()
}

/// How many files there should be, and their bytes.
pub async fn totals(db: &Client) -> Result<(u64, u64)> {
    let sql = "SELECT count(*), coalesce(sum(size_bytes), 0)::BIGINT FROM media";
    let row = db.query_one(&db.prepare_cached(sql).await?, &[]).await?;
    Ok((row.try_get::<_, i64>(0)? as u64, row.try_get::<_, i64>(1)? as u64))
}

/// Asks for a check of one file or all.
pub async fn ask_check(db: &Transaction<'_>, name: Option<&MediaName>) -> Result<u64> {
    let sql = "UPDATE media SET check_round = check_round + 1 WHERE $1::TEXT IS NULL OR name = $1";
    let name = name.map(MediaName::as_str);
    let asked = db.execute(&db.prepare_cached(sql).await?, &[&name]).await?;
    revise(db).await?;
    Ok(asked)
}

/// Facts of a file.
pub async fn get(db: &Client, name: &MediaName) -> Result<Media> {
    let sql = format!("SELECT {COLUMNS} FROM media WHERE name = $1");
    let row = db.query_opt(&db.prepare_cached(&sql).await?, &[&name.as_str()]).await?;
    from_row(&row.ok_or(StoreError::NotFound)?)
}

/// Files by name, after `after`.
pub async fn list(db: &Client, after: Option<&MediaName>, limit: u32) -> Result<Vec<Media>> {
    let sql = format!("SELECT {COLUMNS} FROM media WHERE name > $1 ORDER BY name LIMIT $2");
    // No name is empty, so all come after that.
    let after = after.map_or("", MediaName::as_str);
    let rows = db.query(&db.prepare_cached(&sql).await?, &[&after, &i64::from(limit)]).await?;
    rows.iter().map(from_row).collect()
}

/// Forgets a file. Its row is locked before movies are looked at, so that none
/// is added meanwhile.
pub async fn delete(db: &Transaction<'_>, name: &MediaName, force: bool) -> Result<()> {
    let lock = "SELECT FROM media WHERE name = $1 FOR UPDATE";
    db.query_opt(&db.prepare_cached(lock).await?, &[&name.as_str()]).await?;
    let used = "SELECT EXISTS (SELECT FROM movies WHERE media = $1)";
    let used = db.query_one(&db.prepare_cached(used).await?, &[&name.as_str()]).await?;
    if used.try_get(0)? && !force {
        return Err(StoreError::Conflict("a movie plays this media"));
    }
    let delete = "DELETE FROM media WHERE name = $1";
    db.execute(&db.prepare_cached(delete).await?, &[&name.as_str()]).await?;
    revise(db).await
}
