//! Streamers and their replicas in PostgreSQL.

use async_trait::async_trait;
use deadpool_postgres::Transaction;
use ginflix_api::media::{Media, MediaName};

use super::query::{SqlValue, execute, fetch_all, fetch_one, fetch_optional};
use super::{PostgresStore, media};
use crate::catalog::columns::{enum_to_text, to_json};
use crate::catalog::records::{DESIRED_MEDIA_COLUMNS, REPLICA_COLUMNS};
use crate::catalog::store::{
    DesiredMedia, ReplicaRecord, ReplicaStore, Result, StoreError, Streamer, StreamerRecord,
};

#[async_trait]
impl ReplicaStore for PostgresStore {
    async fn put_media_at(&self, media: &Media, streamer: &str, replace: bool) -> Result<()> {
        let put = async |db: &Transaction<'_>| {
            // There may be no row of the file to lock yet, so this one keeps two uploads with the
            // same name apart.
            execute(db, "SELECT FROM media_revision FOR UPDATE", &[]).await?;
            let recorded = lock_media(db, &media.name).await?;
            if !replace && recorded.as_ref().is_some_and(|(sha256, _)| !media.has_sha256(sha256)) {
                return Err(StoreError::Conflict("other content has this name"));
            }
            media::put(db, media).await?;
            let check_round = recorded.map_or(0, |(_, round)| round);
            write(db, &ReplicaRecord::whole(media, streamer, check_round)).await
        };
        self.in_transaction(put).await
    }

    async fn media_revision(&self) -> Result<u64> {
        self.with_client(async |db| fetch_one(db, "SELECT revision FROM media_revision", &[]).await)
            .await
    }

    async fn desired_media(
        &self,
        after: Option<&MediaName>,
        limit: u32,
    ) -> Result<Vec<DesiredMedia>> {
        let (after, limit) = (after.map_or("", MediaName::as_str), i64::from(limit));
        let sql = format!(
            "SELECT {DESIRED_MEDIA_COLUMNS} FROM media WHERE name > $1 AND library IS NULL \
             ORDER BY name LIMIT $2"
        );
        self.with_client(async |db| fetch_all(db, &sql, &[&after, &limit]).await).await
    }

    async fn media_totals(&self) -> Result<(u64, u64)> {
        let sql = "SELECT count(*), coalesce(sum(size_bytes), 0)::BIGINT FROM media WHERE library IS NULL";
        self.with_client(async |db| fetch_one(db, sql, &[]).await).await
    }

    async fn request_verification(&self, name: Option<&MediaName>) -> Result<u64> {
        let name = name.map(MediaName::as_str);
        let request = async |db: &Transaction<'_>| {
            let sql = "UPDATE media SET check_round = check_round + 1 \
                WHERE ($1::TEXT IS NULL OR name = $1) AND library IS NULL";
            let requested = execute(db, sql, &[&name]).await?;
            media::increment_revision(db).await?;
            Ok(requested)
        };
        self.in_transaction(request).await
    }

    async fn put_streamer(&self, streamer: &StreamerRecord) -> Result<()> {
        let sql = "INSERT INTO streamers \
            (name, address, version, used_bytes, free_bytes, seen_at, problems) \
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (name) DO UPDATE SET \
            address = excluded.address, version = excluded.version, \
            used_bytes = excluded.used_bytes, free_bytes = excluded.free_bytes, \
            seen_at = excluded.seen_at, problems = excluded.problems";
        let values: [SqlValue<'_>; 7] = [
            &streamer.name,
            &streamer.address,
            &streamer.version,
            &(streamer.used_bytes as i64),
            &(streamer.free_bytes as i64),
            &streamer.seen_at,
            &to_json(&streamer.problems)?,
        ];
        self.with_client(async |db| execute(db, sql, &values).await.map(drop)).await
    }

    async fn streamers(&self) -> Result<Vec<Streamer>> {
        let sql = "SELECT s.name, s.address, s.version, s.used_bytes, s.free_bytes, s.seen_at, \
            s.problems, count(m.name), coalesce(sum(m.size_bytes), 0)::BIGINT FROM streamers s \
            LEFT JOIN replicas r ON r.streamer = s.name AND r.state = 'whole' \
            LEFT JOIN media m ON m.name = r.media AND m.sha256 = r.sha256 \
            GROUP BY s.name ORDER BY s.name";
        self.with_client(async |db| fetch_all(db, sql, &[]).await).await
    }

    async fn put_replica(&self, replica: &ReplicaRecord) -> Result<bool> {
        let put = async |db: &Transaction<'_>| match lock_media(db, &replica.media).await? {
            Some((sha256, _)) if sha256 == replica.sha256 => {
                write(db, replica).await.map(|()| true)
            }
            _ => Ok(false),
        };
        self.in_transaction(put).await
    }

    async fn delete_replica(&self, name: &MediaName, streamer: &str) -> Result<bool> {
        let delete = async |db: &Transaction<'_>| {
            if lock_media(db, name).await?.is_some() {
                return Ok(false);
            }
            let sql = "DELETE FROM replicas WHERE media = $1 AND streamer = $2";
            execute(db, sql, &[&name.as_str(), &streamer]).await?;
            Ok(true)
        };
        self.in_transaction(delete).await
    }

    async fn replicas_at(&self, streamer: &str) -> Result<Vec<ReplicaRecord>> {
        let sql =
            format!("SELECT {REPLICA_COLUMNS} FROM replicas WHERE streamer = $1 ORDER BY media");
        self.with_client(async |db| fetch_all(db, &sql, &[&streamer]).await).await
    }

    async fn replicas_of(&self, names: &[MediaName]) -> Result<Vec<(ReplicaRecord, bool)>> {
        let sql = "SELECT r.media, r.streamer, r.sha256, r.state, r.problem, r.check_round, \
            r.verified_at, r.check_round >= m.check_round \
            FROM replicas r JOIN media m ON m.name = r.media \
            WHERE r.media = ANY($1) ORDER BY r.media, r.streamer";
        let names: Vec<&str> = names.iter().map(MediaName::as_str).collect();
        self.with_client(async |db| fetch_all(db, sql, &[&names]).await).await
    }
}

async fn write(db: &Transaction<'_>, replica: &ReplicaRecord) -> Result<()> {
    let sql = format!(
        "INSERT INTO replicas ({REPLICA_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (media, streamer) DO UPDATE SET sha256 = excluded.sha256, \
         state = excluded.state, problem = excluded.problem, \
         check_round = excluded.check_round, verified_at = excluded.verified_at"
    );
    let values: [SqlValue<'_>; 7] = [
        &replica.media.as_str(),
        &replica.streamer,
        &replica.sha256,
        &enum_to_text(&replica.state)?,
        &replica.problem,
        &(replica.check_round as i64),
        &replica.verified_at,
    ];
    execute(db, &sql, &values).await.map(drop)
}

/// Returns the SHA-256 and the check round of a recorded file. Locks its row until the end of the
/// transaction.
async fn lock_media(db: &Transaction<'_>, name: &MediaName) -> Result<Option<(String, u64)>> {
    let sql = "SELECT sha256, check_round FROM media WHERE name = $1 FOR UPDATE";
    fetch_optional(db, sql, &[&name.as_str()]).await
}
