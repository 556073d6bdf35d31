//! Streamers and their replicas in SQLite.

use async_trait::async_trait;
use ginflix_api::media::{Media, MediaName};
use rusqlite::{Connection, params};

use super::query::{execute, fetch_all, fetch_one, fetch_optional, micros};
use super::{SqliteStore, media};
use crate::catalog::columns::{enum_to_text, to_json};
use crate::catalog::records::{DESIRED_MEDIA_COLUMNS, REPLICA_COLUMNS};
use crate::catalog::store::{
    DesiredMedia, ReplicaRecord, ReplicaStore, Result, StoreError, Streamer, StreamerRecord,
};

#[async_trait]
impl ReplicaStore for SqliteStore {
    async fn put_media_at(&self, media: &Media, streamer: &str, replace: bool) -> Result<()> {
        let (media, streamer) = (media.clone(), streamer.to_owned());
        let put = move |db: &Connection| {
            let recorded = recorded(db, &media.name)?;
            if !replace && recorded.as_ref().is_some_and(|(sha256, _)| !media.has_sha256(sha256)) {
                return Err(StoreError::Conflict("other content has this name"));
            }
            media::put(db, &media)?;
            let check_round = recorded.map_or(0, |(_, round)| round);
            write(db, &ReplicaRecord::whole(&media, &streamer, check_round))
        };
        self.pool.write(put).await
    }

    async fn media_revision(&self) -> Result<u64> {
        self.pool.read(|db| fetch_one(db, "SELECT revision FROM media_revision", [])).await
    }

    async fn desired_media(
        &self,
        after: Option<&MediaName>,
        limit: u32,
    ) -> Result<Vec<DesiredMedia>> {
        let after = after.map_or("", MediaName::as_str).to_owned();
        let sql = format!(
            "SELECT {DESIRED_MEDIA_COLUMNS} FROM media WHERE name > ?1 AND library IS NULL \
             ORDER BY name LIMIT ?2"
        );
        self.pool.read(move |db| fetch_all(db, &sql, params![after, limit])).await
    }

    async fn media_totals(&self) -> Result<(u64, u64)> {
        let sql = "SELECT count(*), coalesce(sum(size_bytes), 0) FROM media WHERE library IS NULL";
        self.pool.read(|db| fetch_one(db, sql, [])).await
    }

    async fn request_verification(&self, name: Option<&MediaName>) -> Result<u64> {
        let name = name.map(|name| name.as_str().to_owned());
        let request = move |db: &Connection| {
            let sql = "UPDATE media SET check_round = check_round + 1 \
                 WHERE (?1 IS NULL OR name = ?1) AND library IS NULL";
            let requested = execute(db, sql, [name])?;
            media::increment_revision(db)?;
            Ok(requested as u64)
        };
        self.pool.write(request).await
    }

    async fn put_streamer(&self, streamer: &StreamerRecord) -> Result<()> {
        let streamer = streamer.clone();
        let put = move |db: &Connection| {
            let values = params![
                streamer.name,
                streamer.address,
                streamer.version,
                streamer.used_bytes as i64,
                streamer.free_bytes as i64,
                micros(streamer.seen_at),
                to_json(&streamer.problems)?,
            ];
            let sql = "INSERT OR REPLACE INTO streamers (name, address, version, used_bytes, \
                free_bytes, seen_at, problems) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            execute(db, sql, values).map(drop)
        };
        self.pool.write(put).await
    }

    async fn streamers(&self) -> Result<Vec<Streamer>> {
        let sql = "SELECT s.name, s.address, s.version, s.used_bytes, s.free_bytes, s.seen_at, \
            s.problems, count(m.name), coalesce(sum(m.size_bytes), 0) FROM streamers s \
            LEFT JOIN replicas r ON r.streamer = s.name AND r.state = 'whole' \
            LEFT JOIN media m ON m.name = r.media AND m.sha256 = r.sha256 \
            GROUP BY s.name ORDER BY s.name";
        self.pool.read(|db| fetch_all(db, sql, [])).await
    }

    async fn put_replica(&self, replica: &ReplicaRecord) -> Result<bool> {
        let replica = replica.clone();
        let put = move |db: &Connection| match recorded(db, &replica.media)? {
            Some((sha256, _)) if sha256 == replica.sha256 => write(db, &replica).map(|()| true),
            _ => Ok(false),
        };
        self.pool.write(put).await
    }

    async fn delete_replica(&self, name: &MediaName, streamer: &str) -> Result<bool> {
        let (name, streamer) = (name.clone(), streamer.to_owned());
        let delete = move |db: &Connection| {
            if recorded(db, &name)?.is_some() {
                return Ok(false);
            }
            let sql = "DELETE FROM replicas WHERE media = ?1 AND streamer = ?2";
            execute(db, sql, params![name.as_str(), streamer])?;
            Ok(true)
        };
        self.pool.write(delete).await
    }

    async fn replicas_at(&self, streamer: &str) -> Result<Vec<ReplicaRecord>> {
        let streamer = streamer.to_owned();
        let sql =
            format!("SELECT {REPLICA_COLUMNS} FROM replicas WHERE streamer = ?1 ORDER BY media");
        self.pool.read(move |db| fetch_all(db, &sql, [streamer])).await
    }

    async fn replicas_of(&self, names: &[MediaName]) -> Result<Vec<(ReplicaRecord, bool)>> {
        let names = names.to_vec();
        let find = move |db: &Connection| {
            let sql = "SELECT r.media, r.streamer, r.sha256, r.state, r.problem, r.check_round, \
                r.verified_at, r.check_round >= m.check_round \
                FROM replicas r JOIN media m ON m.name = r.media WHERE r.media = ?1";
            let mut found: Vec<(ReplicaRecord, bool)> = Vec::new();
            for name in &names {
                found.extend(fetch_all(db, sql, [name.as_str()])?);
            }
            found.sort_by(|(a, _), (b, _)| (&a.media, &a.streamer).cmp(&(&b.media, &b.streamer)));
            Ok(found)
        };
        self.pool.read(find).await
    }
}

fn write(db: &Connection, replica: &ReplicaRecord) -> Result<()> {
    let sql = format!(
        "INSERT OR REPLACE INTO replicas ({REPLICA_COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
    );
    let values = params![
        replica.media.as_str(),
        replica.streamer,
        replica.sha256,
        enum_to_text(&replica.state)?,
        replica.problem,
        replica.check_round as i64,
        replica.verified_at.map(micros),
    ];
    execute(db, &sql, values).map(drop)
}

/// Returns the SHA-256 and the check round of a recorded file.
fn recorded(db: &Connection, name: &MediaName) -> Result<Option<(String, u64)>> {
    fetch_optional(db, "SELECT sha256, check_round FROM media WHERE name = ?1", [name.as_str()])
}
