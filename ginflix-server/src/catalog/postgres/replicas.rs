//! Streamers and their copies of files in PostgreSQL.

use deadpool_postgres::{Client, Transaction};
use ginflix_api::media::{Media, MediaName};
use ginflix_api::replica::ReplicaState;
use tokio_postgres::Row;

use super::media;
use crate::catalog::columns::{from_word, media_name, to_word};
use crate::catalog::store::{ReplicaRecord, Result, StoreError, Streamer, StreamerRecord};

const COLUMNS: &str = "media, streamer, sha256, state, problem, check_round, verified_at";

fn from_row(row: &Row) -> Result<ReplicaRecord> {
    Ok(ReplicaRecord {
        media: media_name(row.try_get(0)?)?,
        streamer: row.try_get(1)?,
        sha256: row.try_get(2)?,
        state: from_word(row.try_get(3)?)?,
        problem: row.try_get(4)?,
        check_round: row.try_get::<_, i64>(5)? as u64,
        verified_at: row.try_get(6)?,
    })
}

async fn write(db: &Transaction<'_>, replica: &ReplicaRecord) -> Result<()> {
    let sql = format!(
        "INSERT INTO replicas ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (media, streamer) DO UPDATE SET sha256 = excluded.sha256, \
         state = excluded.state, problem = excluded.problem, \
         check_round = excluded.check_round, verified_at = excluded.verified_at"
    );
    db.execute(
        &db.prepare_cached(&sql).await?,
        &[
            &replica.media.as_str(),
            &replica.streamer,
            &replica.sha256,
            &to_word(&replica.state)?,
            &replica.problem,
            &(replica.check_round as i64),
            &replica.verified_at,
        ],
    )
    .await?;
    Ok(())
}

/// SHA-256 and round of a file, whose row then stays as it is until the end of
/// this transaction.
async fn hold(db: &Transaction<'_>, name: &MediaName) -> Result<Option<(String, i64)>> {
    let sql = "SELECT sha256, check_round FROM media WHERE name = $1 FOR UPDATE";
    let row = db.query_opt(&db.prepare_cached(sql).await?, &[&name.as_str()]).await?;
    row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).transpose()
}

/// Records a file, and that this streamer has it whole.
pub async fn put_media(
    db: &Transaction<'_>,
    media: &Media,
    streamer: &str,
    replace: bool,
) -> Result<()> {
    // Two that add the same name wait for each other here.
    let turn = "SELECT FROM media_revision FOR UPDATE";
    db.query_one(&db.prepare_cached(turn).await?, &[]).await?;
    let held = hold(db, &media.name).await?;
    if !replace && held.as_ref().is_some_and(|(sha256, _)| *sha256 != media.sha256) {
        return Err(StoreError::Conflict("there is other content of that name"));
    }
    media::put(db, media).await?;
    let replica = ReplicaRecord {
        media: media.name.clone(),
        streamer: streamer.to_owned(),
        sha256: media.sha256.clone(),
        state: ReplicaState::Whole,
        problem: None,
        check_round: held.map_or(0, |(_, round)| round as u64),
        verified_at: Some(media.created_at),
    };
    write(db, &replica).await
}

/// Records a copy of a file that is (still) recorded with that SHA-256.
pub async fn put(db: &Transaction<'_>, replica: &ReplicaRecord) -> Result<bool> {
    match hold(db, &replica.media).await? {
        Some((sha256, _)) if sha256 == replica.sha256 => {
            write(db, replica).await?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// Forgets a copy of a file that is not recorded any more.
pub async fn delete(db: &Transaction<'_>, name: &MediaName, streamer: &str) -> Result<bool> {
    if hold(db, name).await?.is_some() {
        return Ok(false);
    }
    let sql = "DELETE FROM replicas WHERE media = $1 AND streamer = $2";
    db.execute(&db.prepare_cached(sql).await?, &[&name.as_str(), &streamer]).await?;
    Ok(true)
}

/// All copies of a streamer.
pub async fn at(db: &Client, streamer: &str) -> Result<Vec<ReplicaRecord>> {
    let sql = format!("SELECT {COLUMNS} FROM replicas WHERE streamer = $1 ORDER BY media");
    let rows = db.query(&db.prepare_cached(&sql).await?, &[&streamer]).await?;
    rows.iter().map(from_row).collect()
}

/// All copies of these files, and whether each was checked since that was
/// last asked for.
pub async fn of(db: &Client, names: &[MediaName]) -> Result<Vec<(ReplicaRecord, bool)>> {
    let sql = "SELECT r.media, r.streamer, r.sha256, r.state, r.problem, r.check_round, \
               r.verified_at, r.check_round >= m.check_round \
               FROM replicas r JOIN media m ON m.name = r.media \
               WHERE r.media = ANY($1) ORDER BY r.media, r.streamer";
    let names: Vec<&str> = names.iter().map(MediaName::as_str).collect();
    let rows = db.query(&db.prepare_cached(sql).await?, &[&names]).await?;
    rows.iter().map(|row| Ok((from_row(row)?, row.try_get(7)?))).collect()
}

/// Records a sign of life.
pub async fn put_streamer(db: &Client, streamer: &StreamerRecord) -> Result<()> {
    let sql = "INSERT INTO streamers (name, address, version, used_bytes, free_bytes, seen_at) \
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO UPDATE SET \
               address = excluded.address, version = excluded.version, \
               used_bytes = excluded.used_bytes, free_bytes = excluded.free_bytes, \
               seen_at = excluded.seen_at";
    db.execute(
        &db.prepare_cached(sql).await?,
        &[
            &streamer.name,
            &streamer.address,
            &streamer.version,
            &(streamer.used_bytes as i64),
            &(streamer.free_bytes as i64),
            &streamer.seen_at,
        ],
    )
    .await?;
    Ok(())
}

/// All streamers, and what each has of what there should be.
pub async fn streamers(db: &Client) -> Result<Vec<Streamer>> {
    let sql = "SELECT s.name, s.address, s.version, s.used_bytes, s.free_bytes, s.seen_at, \
               count(m.name), coalesce(sum(m.size_bytes), 0)::BIGINT FROM streamers s \
               LEFT JOIN replicas r ON r.streamer = s.name AND r.state = 'whole' \
               LEFT JOIN media m ON m.name = r.media AND m.sha256 = r.sha256 \
               GROUP BY s.name ORDER BY s.name";
    let rows = db.query(&db.prepare_cached(sql).await?, &[]).await?;
    let streamers = rows.iter().map(|row| {
        Ok(Streamer {
            record: StreamerRecord {
                name: row.try_get(0)?,
                address: row.try_get(1)?,
                version: row.try_get(2)?,
                used_bytes: row.try_get::<_, i64>(3)? as u64,
                free_bytes: row.try_get::<_, i64>(4)? as u64,
                seen_at: row.try_get(5)?,
            },
            media: row.try_get::<_, i64>(6)? as u64,
            media_bytes: row.try_get::<_, i64>(7)? as u64,
        })
    });
    streamers.collect()
}
