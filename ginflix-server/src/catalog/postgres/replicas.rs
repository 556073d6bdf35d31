//! Streamers and their copies of files in PostgreSQL.

use async_trait::async_trait;
use deadpool_postgres::Transaction;
use ginflix_api::media::{Media, MediaName};

use super::query::{Value, all, execute, one, optional};
use super::{PostgresStore, media};
use crate::catalog::columns::to_word;
use crate::catalog::records::{MEDIA, REPLICA};
use crate::catalog::store::{
    DesiredMedia, ReplicaRecord, ReplicaStore, Result, StoreError, Streamer, StreamerRecord,
};

#[async_trait]
impl ReplicaStore for PostgresStore {
    async fn put_media_at(&self, media: &Media, streamer: &str, replace: bool) -> Result<()> {
        let put = async |db: &Transaction<'_>| {
            // Two that add the same name wait for each other here.
            execute(db, "SELECT FROM media_revision FOR UPDATE", &[]).await?;
            let held = hold(db, &media.name).await?;
            if !replace && held.as_ref().is_some_and(|(sha256, _)| *sha256 != media.sha256) {
                return Err(StoreError::Conflict("there is other content of that name"));
            }
            media::put(db, media).await?;
            let check_round = held.map_or(0, |(_, round)| round);
            write(db, &ReplicaRecord::whole(media, streamer, check_round)).await
        };
        self.in_transaction(put).await
    }

    async fn media_revision(&self) -> Result<u64> {
        self.with_client(async |db| one(db, "SELECT revision FROM media_revision", &[]).await).await
    }

    async fn desired_media(
        &self,
        after: Option<&MediaName>,
        limit: u32,
    ) -> Result<Vec<DesiredMedia>> {
        let (after, limit) = (after.map_or("", MediaName::as_str), i64::from(limit));
        let sql = format!(
            "SELECT {MEDIA}, check_round FROM media WHERE name > $1 ORDER BY name LIMIT $2"
        );
        self.with_client(async |db| all(db, &sql, &[&after, &limit]).await).await
    }

    async fn media_totals(&self) -> Result<(u64, u64)> {
        let sql = "SELECT count(*), coalesce(sum(size_bytes), 0)::BIGINT FROM media";
        self.with_client(async |db| one(db, sql, &[]).await).await
    }

    async fn request_verification(&self, name: Option<&MediaName>) -> Result<u64> {
        let name = name.map(MediaName::as_str);
        let ask = async |db: &Transaction<'_>| {
            let sql = "UPDATE media SET check_round = check_round + 1 \
                WHERE $1::TEXT IS NULL OR name = $1";
            let asked = execute(db, sql, &[&name]).await?;
            media::revise(db).await?;
            Ok(asked)
        };
        self.in_transaction(ask).await
    }

    async fn put_streamer(&self, streamer: &StreamerRecord) -> Result<()> {
        let sql = "INSERT INTO streamers (name, address, version, used_bytes, free_bytes, seen_at) \
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO UPDATE SET \
            address = excluded.address, version = excluded.version, \
            used_bytes = excluded.used_bytes, free_bytes = excluded.free_bytes, \
            seen_at = excluded.seen_at";
        let values: [Value<'_>; 6] = [
            &streamer.name,
            &streamer.address,
            &streamer.version,
            &(streamer.used_bytes as i64),
            &(streamer.free_bytes as i64),
            &streamer.seen_at,
        ];
        self.with_client(async |db| execute(db, sql, &values).await.map(drop)).await
    }

    async fn streamers(&self) -> Result<Vec<Streamer>> {
        let sql = "SELECT s.name, s.address, s.version, s.used_bytes, s.free_bytes, s.seen_at, \
            count(m.name), coalesce(sum(m.size_bytes), 0)::BIGINT FROM streamers s \
            LEFT JOIN replicas r ON r.streamer = s.name AND r.state = 'whole' \
            LEFT JOIN media m ON m.name = r.media AND m.sha256 = r.sha256 \
            GROUP BY s.name ORDER BY s.name";
        self.with_client(async |db| all(db, sql, &[]).await).await
    }

    async fn put_replica(&self, replica: &ReplicaRecord) -> Result<bool> {
        let put = async |db: &Transaction<'_>| match hold(db, &replica.media).await? {
            Some((sha256, _)) if sha256 == replica.sha256 => {
                write(db, replica).await.map(|()| true)
            }
            _ => Ok(false),
        };
        self.in_transaction(put).await
    }

    async fn delete_replica(&self, name: &MediaName, streamer: &str) -> Result<bool> {
        let delete = async |db: &Transaction<'_>| {
            if hold(db, name).await?.is_some() {
                return Ok(false);
            }
            let sql = "DELETE FROM replicas WHERE media = $1 AND streamer = $2";
            execute(db, sql, &[&name.as_str(), &streamer]).await?;
            Ok(true)
        };
        self.in_transaction(delete).await
    }

    async fn replicas_at(&self, streamer: &str) -> Result<Vec<ReplicaRecord>> {
        let sql = format!("SELECT {REPLICA} FROM replicas WHERE streamer = $1 ORDER BY media");
        self.with_client(async |db| all(db, &sql, &[&streamer]).await).await
    }

    async fn replicas_of(&self, names: &[MediaName]) -> Result<Vec<(ReplicaRecord, bool)>> {
        let sql = "SELECT r.media, r.streamer, r.sha256, r.state, r.problem, r.check_round, \
            r.verified_at, r.check_round >= m.check_round \
            FROM replicas r JOIN media m ON m.name = r.media \
            WHERE r.media = ANY($1) ORDER BY r.media, r.streamer";
        let names: Vec<&str> = names.iter().map(MediaName::as_str).collect();
        self.with_client(async |db| all(db, sql, &[&names]).await).await
    }
}

async fn write(db: &Transaction<'_>, replica: &ReplicaRecord) -> Result<()> {
    let sql = format!(
        "INSERT INTO replicas ({REPLICA}) VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (media, streamer) DO UPDATE SET sha256 = excluded.sha256, \
         state = excluded.state, problem = excluded.problem, \
         check_round = excluded.check_round, verified_at = excluded.verified_at"
    );
    let values: [Value<'_>; 7] = [
        &replica.media.as_str(),
        &replica.streamer,
        &replica.sha256,
        &to_word(&replica.state)?,
        &replica.problem,
        &(replica.check_round as i64),
        &replica.verified_at,
    ];
    execute(db, &sql, &values).await.map(drop)
}

/// SHA-256 and check round of a file, whose row then stays as it is until the
/// end of this transaction.
async fn hold(db: &Transaction<'_>, name: &MediaName) -> Result<Option<(String, u64)>> {
    let sql = "SELECT sha256, check_round FROM media WHERE name = $1 FOR UPDATE";
    optional(db, sql, &[&name.as_str()]).await
}
