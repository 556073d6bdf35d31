//! Streamers and their copies of files in SQLite.

use ginflix_api::media::{Media, MediaName};
use ginflix_api::replica::ReplicaState;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::media;
use super::values::{micros, time};
use crate::catalog::columns::{from_word, media_name, to_word};
use crate::catalog::store::{ReplicaRecord, Result, StoreError, Streamer, StreamerRecord};

const COLUMNS: &str = "media, streamer, sha256, state, problem, check_round, verified_at";

fn from_row(row: &Row<'_>) -> Result<ReplicaRecord> {
    Ok(ReplicaRecord {
        media: media_name(row.get(0)?)?,
        streamer: row.get(1)?,
        sha256: row.get(2)?,
        state: from_word(row.get(3)?)?,
        problem: row.get(4)?,
        check_round: row.get::<_, i64>(5)? as u64,
        verified_at: row.get::<_, Option<i64>>(6)?.map(time).transpose()?,
    })
}

fn write(db: &Connection, replica: &ReplicaRecord) -> Result<()> {
    let sql =
        format!("INSERT OR REPLACE INTO replicas ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    db.prepare_cached(&sql)?.execute(params![
        replica.media.as_str(),
        replica.streamer,
        replica.sha256,
        to_word(&replica.state)?,
        replica.problem,
        replica.check_round as i64,
        replica.verified_at.map(micros),
    ])?;
    Ok(())
}

/// SHA-256 and round of a file.
fn recorded(db: &Connection, name: &MediaName) -> Result<Option<(String, i64)>> {
    let mut statement =
        db.prepare_cached("SELECT sha256, check_round FROM media WHERE name = ?1")?;
    let row = statement.query_row([name.as_str()], |row| Ok((row.get(0)?, row.get(1)?)));
    Ok(row.optional()?)
}

/// Records a file, and that this streamer has it whole.
pub fn put_media(db: &Connection, media: &Media, streamer: &str, replace: bool) -> Result<()> {
    let recorded = recorded(db, &media.name)?;
    if !replace && recorded.as_ref().is_some_and(|(sha256, _)| *sha256 != media.sha256) {
        return Err(StoreError::Conflict("there is other content of that name"));
    }
    media::put(db, media)?;
    let replica = ReplicaRecord {
        media: media.name.clone(),
        streamer: streamer.to_owned(),
        sha256: media.sha256.clone(),
        state: ReplicaState::Whole,
        problem: None,
        check_round: recorded.map_or(0, |(_, round)| round as u64),
        verified_at: Some(media.created_at),
    };
    write(db, &replica)
}

/// Records a copy of a file that is (still) recorded with that SHA-256.
pub fn put(db: &Connection, replica: &ReplicaRecord) -> Result<bool> {
    match recorded(db, &replica.media)? {
        Some((sha256, _)) if sha256 == replica.sha256 => {
            write(db, replica)?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// Forgets a copy of a file that is not recorded any more.
pub fn delete(db: &Connection, name: &MediaName, streamer: &str) -> Result<bool> {
    if recorded(db, name)?.is_some() {
        return Ok(false);
    }
    db.prepare_cached("DELETE FROM replicas WHERE media = ?1 AND streamer = ?2")?
        .execute(params![name.as_str(), streamer])?;
    Ok(true)
}

/// All copies of a streamer.
pub fn at(db: &Connection, streamer: &str) -> Result<Vec<ReplicaRecord>> {
    let sql = format!("SELECT {COLUMNS} FROM replicas WHERE streamer = ?1 ORDER BY media");
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query([streamer])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(from_row(row)?);
    }
    Ok(all)
}

/// All copies of these files, and whether each was checked since that was
/// last asked for.
pub fn of(db: &Connection, names: &[MediaName]) -> Result<Vec<(ReplicaRecord, bool)>> {
    let mut statement = db.prepare_cached(
        "SELECT r.media, r.streamer, r.sha256, r.state, r.problem, r.check_round, \
         r.verified_at, r.check_round >= m.check_round \
         FROM replicas r JOIN media m ON m.name = r.media \
         WHERE r.media = ?1 ORDER BY r.streamer",
    )?;
    let mut all = Vec::new();
    for name in names {
        let mut rows = statement.query([name.as_str()])?;
        while let Some(row) = rows.next()? {
            all.push((from_row(row)?, row.get(7)?));
        }
    }
    all.sort_by(|(a, _), (b, _)| (&a.media, &a.streamer).cmp(&(&b.media, &b.streamer)));
    Ok(all)
}

/// Records a sign of life.
pub fn put_streamer(db: &Connection, streamer: &StreamerRecord) -> Result<()> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO streamers (name, address, version, used_bytes, free_bytes, \
         seen_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        streamer.name,
        streamer.address,
        streamer.version,
        streamer.used_bytes as i64,
        streamer.free_bytes as i64,
        micros(streamer.seen_at),
    ])?;
    Ok(())
}

/// All streamers, and what each has of what there should be.
pub fn streamers(db: &Connection) -> Result<Vec<Streamer>> {
    let mut statement = db.prepare_cached(
        "SELECT s.name, s.address, s.version, s.used_bytes, s.free_bytes, s.seen_at, \
         count(m.name), coalesce(sum(m.size_bytes), 0) FROM streamers s \
         LEFT JOIN replicas r ON r.streamer = s.name AND r.state = 'whole' \
         LEFT JOIN media m ON m.name = r.media AND m.sha256 = r.sha256 \
         GROUP BY s.name ORDER BY s.name",
    )?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(Streamer {
            record: StreamerRecord {
                name: row.get(0)?,
                address: row.get(1)?,
                version: row.get(2)?,
                used_bytes: row.get::<_, i64>(3)? as u64,
                free_bytes: row.get::<_, i64>(4)? as u64,
                seen_at: time(row.get(5)?)?,
            },
            media: row.get::<_, i64>(6)? as u64,
            media_bytes: row.get::<_, i64>(7)? as u64,
        });
    }
    Ok(all)
}
