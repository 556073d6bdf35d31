//! What streamers sent, and the judgement of playbacks by it, in PostgreSQL.
//!
//! Rows of evidence are locked in the order of their keys, by reports as well as by judgements, so
//! that these cannot deadlock. A judgement passes over playbacks that a report has locked.

use std::collections::BTreeSet;

use async_trait::async_trait;
use deadpool_postgres::Transaction;
use jiff::Timestamp;
use uuid::Uuid;

use super::PostgresStore;
use super::playbacks::{add_views, write as write_playbacks};
use super::query::{SqlValue, execute, fetch_all, fetch_one};
use crate::catalog::records::{EVIDENCE_COLUMNS, PLAYBACK_COLUMNS};
use crate::catalog::store::{
    ClientHash, Delivered, EvidenceRow, EvidenceStore, JudgementBatch, Judgements, LIMIT_PERIOD,
    PlaybackRecord, Result, StreamerCoverage,
};

/// The key of the advisory lock that lets one server judge at a time.
const JUDGE_LOCK: i64 = 0x6769_6e66_6a75_6467;

#[async_trait]
impl EvidenceStore for PostgresStore {
    async fn client_key(&self, candidate: &[u8]) -> Result<Vec<u8>> {
        let insert = "INSERT INTO client_key (row, key) VALUES (1, $1) ON CONFLICT DO NOTHING";
        let choose = async |db: &Transaction<'_>| {
            execute(db, insert, &[&candidate]).await?;
            fetch_one(db, "SELECT key FROM client_key", &[]).await
        };
        self.in_transaction(choose).await
    }

    async fn put_evidence(
        &self,
        streamer: &str,
        delivered: &[Delivered],
        coverage: Option<&StreamerCoverage>,
    ) -> Result<()> {
        let put = async |db: &Transaction<'_>| {
            if !delivered.is_empty() {
                put_rows(db, streamer, delivered).await?;
            }
            let Some(coverage) = coverage else { return Ok(()) };
            let sql = "INSERT INTO evidence_coverage (streamer, covers_from, covers_until) \
                VALUES ($1, $2, $3) ON CONFLICT (streamer) DO UPDATE SET \
                covers_from = excluded.covers_from, covers_until = excluded.covers_until";
            execute(db, sql, &[&streamer, &coverage.from, &coverage.until]).await.map(drop)
        };
        self.in_transaction(put).await
    }

    async fn delete_coverage(&self, streamer: &str) -> Result<()> {
        let sql = "DELETE FROM evidence_coverage WHERE streamer = $1";
        self.with_client(async |db| execute(db, sql, &[&streamer]).await.map(drop)).await
    }

    async fn coverage(&self) -> Result<Vec<StreamerCoverage>> {
        let sql = "SELECT streamer, covers_from, covers_until FROM evidence_coverage";
        self.with_client(async |db| fetch_all(db, sql, &[]).await).await
    }

    async fn latest_awaiting(&self) -> Result<Option<Timestamp>> {
        let sql = "SELECT max(eligible_at) FROM playbacks WHERE reason = 'awaiting_evidence'";
        self.with_client(async |db| fetch_one(db, sql, &[]).await).await
    }

    async fn judge(&self, judgements: &Judgements) -> Result<usize> {
        self.in_transaction(async |db| judge(db, judgements).await).await
    }

    async fn delete_old_evidence(&self, evidence: Timestamp, clients: Timestamp) -> Result<()> {
        let delete = async |db: &Transaction<'_>| {
            // A judgement must not wait for rows that this deletes in another order.
            if !try_lock(db).await? {
                return Ok(());
            }
            execute(db, "DELETE FROM evidence WHERE bucket < $1", &[&evidence]).await?;
            let sql = "DELETE FROM evidence_coverage WHERE covers_until < $1";
            execute(db, sql, &[&evidence]).await?;
            let forget = "UPDATE playbacks SET client = NULL WHERE id IN (SELECT id FROM playbacks \
                WHERE client IS NOT NULL AND started_at < $1 FOR UPDATE SKIP LOCKED)";
            execute(db, forget, &[&clients]).await.map(drop)
        };
        self.in_transaction(delete).await
    }
}

/// Takes the lock of judgements until the end of the transaction, unless another server has it.
async fn try_lock(db: &Transaction<'_>) -> Result<bool> {
    fetch_one(db, "SELECT pg_try_advisory_xact_lock($1)", &[&JUDGE_LOCK]).await
}

async fn put_rows(db: &Transaction<'_>, streamer: &str, delivered: &[Delivered]) -> Result<()> {
    let clients: Vec<Uuid> = delivered.iter().map(|row| row.client.0).collect();
    let media: Vec<&str> = delivered.iter().map(|row| row.media.as_str()).collect();
    let buckets: Vec<Timestamp> = delivered.iter().map(|row| row.bucket).collect();
    let bytes: Vec<i64> = delivered.iter().map(|row| row.sent.bytes as i64).collect();
    let responses: Vec<i64> = delivered.iter().map(|row| row.sent.responses as i64).collect();
    let revalidations: Vec<i64> =
        delivered.iter().map(|row| row.sent.revalidations as i64).collect();
    let sql = "INSERT INTO evidence \
        (client, media, bucket, streamer, bytes, responses, revalidations) \
        SELECT client, media, bucket, $1, bytes, responses, revalidations FROM \
            unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::bigint[], $6::bigint[], \
                $7::bigint[]) AS n (client, media, bucket, bytes, responses, revalidations) \
            ORDER BY client, media COLLATE \"C\", bucket \
        ON CONFLICT (client, media, bucket, streamer) DO UPDATE SET bytes = excluded.bytes, \
        responses = excluded.responses, revalidations = excluded.revalidations";
    let values: [SqlValue<'_>; 7] =
        [&streamer, &clients, &media, &buckets, &bytes, &responses, &revalidations];
    execute(db, sql, &values).await.map(drop)
}

async fn judge(db: &Transaction<'_>, judgements: &Judgements) -> Result<usize> {
    if !try_lock(db).await? {
        return Ok(0);
    }
    let sql = format!(
        "SELECT {PLAYBACK_COLUMNS} FROM playbacks WHERE reason = 'awaiting_evidence' \
         AND eligible_at <= $1 ORDER BY eligible_at, id LIMIT $2 FOR UPDATE SKIP LOCKED"
    );
    let values: [SqlValue<'_>; 2] = [&judgements.eligible_until, &i64::from(judgements.limit)];
    let playbacks: Vec<PlaybackRecord> = fetch_all(db, &sql, &values).await?;
    let Some(first) = playbacks.first() else { return Ok(0) };
    let limited =
        limited_views(db, &playbacks, first.eligible_at.unwrap_or(first.started_at)).await?;
    let evidence = lock_evidence(db, &playbacks).await?;
    let coverage = judgements.coverage.clone();
    let mut batch = JudgementBatch { playbacks, evidence: evidence.clone(), limited, coverage };
    (judgements.rule)(&mut batch);
    write_playbacks(db, batch.playbacks.iter()).await?;
    let counted = batch.playbacks.iter().filter_map(|p| Some((p.movie_id, p.counted_at?)));
    let views: Vec<_> = counted.collect();
    if !views.is_empty() {
        add_views(db, &views).await?;
    }
    let changed = batch.evidence.iter().zip(&evidence).filter(|(after, before)| after != before);
    let changed: Vec<&EvidenceRow> = changed.map(|(after, _)| after).collect();
    if !changed.is_empty() {
        write_spent(db, &changed).await?;
    }
    Ok(batch.playbacks.len())
}

/// Returns the views of the clients of these playbacks that counted within limits since an hour
/// before `first`.
async fn limited_views(
    db: &Transaction<'_>,
    playbacks: &[PlaybackRecord],
    first: Timestamp,
) -> Result<Vec<(ClientHash, Timestamp)>> {
    let since = first.checked_sub(LIMIT_PERIOD).unwrap_or(first);
    let clients: Vec<Uuid> =
        playbacks.iter().filter_map(|playback| Some(playback.client?.0)).collect();
    let sql = "SELECT client, counted_at FROM playbacks \
        WHERE basis IN ('revalidated', 'unverified') AND counted_at > $1 \
        AND (client = ANY($2) OR client IS NULL)";
    fetch_all(db, sql, &[&since, &clients]).await
}

/// Returns the evidence of these playbacks, oldest first. Locks it until the end of the
/// transaction.
async fn lock_evidence(
    db: &Transaction<'_>,
    playbacks: &[PlaybackRecord],
) -> Result<Vec<EvidenceRow>> {
    let keys: BTreeSet<(ClientHash, &str)> =
        playbacks.iter().filter_map(|p| Some((p.client?, p.media_text()))).collect();
    let (clients, media): (Vec<Uuid>, Vec<&str>) =
        keys.into_iter().map(|(client, media)| (client.0, media)).unzip();
    let sql = format!(
        "SELECT {EVIDENCE_COLUMNS} FROM evidence WHERE (client, media) IN \
            (SELECT * FROM unnest($1::uuid[], $2::text[])) \
         ORDER BY client, media, bucket, streamer FOR UPDATE"
    );
    let mut rows: Vec<EvidenceRow> = fetch_all(db, &sql, &[&clients, &media]).await?;
    rows.sort_by_key(|row| row.delivered.bucket);
    Ok(rows)
}

async fn write_spent(db: &Transaction<'_>, rows: &[&EvidenceRow]) -> Result<()> {
    let clients: Vec<Uuid> = rows.iter().map(|row| row.delivered.client.0).collect();
    let media: Vec<&str> = rows.iter().map(|row| row.delivered.media.as_str()).collect();
    let buckets: Vec<Timestamp> = rows.iter().map(|row| row.delivered.bucket).collect();
    let streamers: Vec<&str> = rows.iter().map(|row| row.streamer.as_str()).collect();
    let bytes: Vec<i64> = rows.iter().map(|row| row.spent.bytes as i64).collect();
    let responses: Vec<i64> = rows.iter().map(|row| row.spent.responses as i64).collect();
    let revalidations: Vec<i64> = rows.iter().map(|row| row.spent.revalidations as i64).collect();
    let sql = "UPDATE evidence e SET spent_bytes = n.bytes, spent_responses = n.responses, \
        spent_revalidations = n.revalidations FROM unnest($1::uuid[], $2::text[], \
            $3::timestamptz[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[]) \
            AS n (client, media, bucket, streamer, bytes, responses, revalidations) \
        WHERE e.client = n.client AND e.media = n.media AND e.bucket = n.bucket \
        AND e.streamer = n.streamer";
    let values: [SqlValue<'_>; 7] =
        [&clients, &media, &buckets, &streamers, &bytes, &responses, &revalidations];
    execute(db, sql, &values).await.map(drop)
}
