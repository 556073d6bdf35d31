//! What streamers sent, and the judgement of playbacks by it, in SQLite.

use std::collections::BTreeSet;

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::SqliteStore;
use super::playbacks::{add_view, write as write_playback};
use super::query::{execute, fetch_all, fetch_one, fetch_optional, micros};
use crate::catalog::records::{EVIDENCE_COLUMNS, PLAYBACK_COLUMNS};
use crate::catalog::store::{
    ClientHash, Delivered, EvidenceRow, EvidenceStore, JudgementBatch, Judgements, LIMIT_PERIOD,
    PlaybackRecord, Result, StreamerCoverage,
};

#[async_trait]
impl EvidenceStore for SqliteStore {
    async fn client_key(&self, candidate: &[u8]) -> Result<Vec<u8>> {
        let candidate = candidate.to_vec();
        let choose = move |db: &Connection| {
            execute(db, "INSERT OR IGNORE INTO client_key (row, key) VALUES (1, ?1)", [candidate])?;
            fetch_one(db, "SELECT key FROM client_key", [])
        };
        match self.pool.read(|db| fetch_optional(db, "SELECT key FROM client_key", [])).await? {
            Some(key) => Ok(key),
            None => self.pool.write(choose).await,
        }
    }

    async fn put_evidence(
        &self,
        streamer: &str,
        delivered: &[Delivered],
        coverage: Option<&StreamerCoverage>,
    ) -> Result<()> {
        let (streamer, delivered) = (streamer.to_owned(), delivered.to_vec());
        let coverage = coverage.cloned();
        let put = move |db: &Connection| {
            delivered.iter().try_for_each(|row| put_row(db, &streamer, row))?;
            coverage.iter().try_for_each(|coverage| put_coverage(db, coverage))
        };
        self.pool.write(put).await
    }

    async fn delete_coverage(&self, streamer: &str) -> Result<()> {
        let streamer = streamer.to_owned();
        let sql = "DELETE FROM evidence_coverage WHERE streamer = ?1";
        self.pool.write(move |db| execute(db, sql, [streamer]).map(drop)).await
    }

    async fn coverage(&self) -> Result<Vec<StreamerCoverage>> {
        let sql = "SELECT streamer, covers_from, covers_until FROM evidence_coverage";
        self.pool.read(|db| fetch_all(db, sql, [])).await
    }

    async fn latest_awaiting(&self) -> Result<Option<Timestamp>> {
        let sql = "SELECT max(eligible_at) FROM playbacks WHERE reason = 'awaiting_evidence'";
        self.pool.read(|db| fetch_one(db, sql, [])).await
    }

    async fn judge(&self, judgements: &Judgements) -> Result<usize> {
        let judgements = judgements.clone();
        self.pool.write(move |db| judge(db, &judgements)).await
    }

    async fn delete_old_evidence(&self, evidence: Timestamp, clients: Timestamp) -> Result<()> {
        let (evidence, clients) = (micros(evidence), micros(clients));
        let is_any = "SELECT EXISTS (SELECT 1 FROM evidence WHERE bucket < ?1) \
            OR EXISTS (SELECT 1 FROM evidence_coverage WHERE covers_until < ?1) \
            OR EXISTS (SELECT 1 FROM playbacks WHERE client IS NOT NULL AND started_at < ?2)";
        let find = move |db: &Connection| fetch_one(db, is_any, params![evidence, clients]);
        if !self.pool.read::<bool>(find).await? {
            return Ok(());
        }
        let delete = move |db: &Connection| {
            execute(db, "DELETE FROM evidence WHERE bucket < ?1", [evidence])?;
            execute(db, "DELETE FROM evidence_coverage WHERE covers_until < ?1", [evidence])?;
            let forget = "UPDATE playbacks SET client = NULL \
                WHERE client IS NOT NULL AND started_at < ?1";
            execute(db, forget, [clients]).map(drop)
        };
        self.pool.write(delete).await
    }
}

fn put_row(db: &Connection, streamer: &str, row: &Delivered) -> Result<()> {
    let sql = "INSERT INTO evidence \
        (client, media, bucket, streamer, bytes, responses, revalidations) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (client, media, bucket, streamer) \
        DO UPDATE SET bytes = excluded.bytes, responses = excluded.responses, \
        revalidations = excluded.revalidations";
    let values = params![
        row.client.0,
        row.media,
        micros(row.bucket),
        streamer,
        row.sent.bytes as i64,
        row.sent.responses as i64,
        row.sent.revalidations as i64,
    ];
    execute(db, sql, values).map(drop)
}

fn put_coverage(db: &Connection, coverage: &StreamerCoverage) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO evidence_coverage (streamer, covers_from, covers_until) \
        VALUES (?1, ?2, ?3)";
    let values = params![coverage.streamer, micros(coverage.from), micros(coverage.until)];
    execute(db, sql, values).map(drop)
}

fn judge(db: &Connection, judgements: &Judgements) -> Result<usize> {
    let sql = format!(
        "SELECT {PLAYBACK_COLUMNS} FROM playbacks WHERE reason = 'awaiting_evidence' \
         AND eligible_at <= ?1 ORDER BY eligible_at, id LIMIT ?2"
    );
    let values = params![micros(judgements.eligible_until), judgements.limit];
    let playbacks: Vec<PlaybackRecord> = fetch_all(db, &sql, values)?;
    let Some(first) = playbacks.first() else { return Ok(0) };
    let limited = limited_views(db, &playbacks, first.eligible_at.unwrap_or(first.started_at))?;
    let evidence = evidence_of(db, &playbacks)?;
    let coverage = judgements.coverage.clone();
    let mut batch = JudgementBatch { playbacks, evidence: evidence.clone(), limited, coverage };
    (judgements.rule)(&mut batch);
    for playback in &batch.playbacks {
        write_playback(db, "REPLACE", playback)?;
        if let Some(at) = playback.counted_at {
            add_view(db, playback.movie_id, at)?;
        }
    }
    let changed = batch.evidence.iter().zip(&evidence).filter(|(after, before)| after != before);
    changed.map(|(after, _)| after).try_for_each(|row| write_spent(db, row))?;
    Ok(batch.playbacks.len())
}

/// Returns the views of the clients of these playbacks that counted within limits since an hour
/// before `first`.
fn limited_views(
    db: &Connection,
    playbacks: &[PlaybackRecord],
    first: Timestamp,
) -> Result<Vec<(ClientHash, Timestamp)>> {
    let since = micros(first.checked_sub(LIMIT_PERIOD).unwrap_or(first));
    let sql = "SELECT client, counted_at FROM playbacks \
        WHERE basis IN ('revalidated', 'unverified') AND client IS ?1 AND counted_at > ?2";
    let clients: BTreeSet<Option<Uuid>> =
        playbacks.iter().map(|playback| playback.client.map(|client| client.0)).collect();
    let mut views = Vec::new();
    for client in clients {
        let found: Vec<(ClientHash, Timestamp)> = fetch_all(db, sql, params![client, since])?;
        views.extend(found);
    }
    Ok(views)
}

/// Returns the evidence of these playbacks, oldest first.
fn evidence_of(db: &Connection, playbacks: &[PlaybackRecord]) -> Result<Vec<EvidenceRow>> {
    let keys: BTreeSet<(ClientHash, &str)> =
        playbacks.iter().filter_map(|p| Some((p.client?, p.media_text()))).collect();
    let sql = format!("SELECT {EVIDENCE_COLUMNS} FROM evidence WHERE client = ?1 AND media = ?2");
    let mut rows = Vec::new();
    for (client, media) in keys {
        rows.extend(fetch_all::<EvidenceRow>(db, &sql, params![client.0, media])?);
    }
    rows.sort_by_key(|row| row.delivered.bucket);
    Ok(rows)
}

fn write_spent(db: &Connection, row: &EvidenceRow) -> Result<()> {
    let sql = "UPDATE evidence SET spent_bytes = ?5, spent_responses = ?6, \
        spent_revalidations = ?7 \
        WHERE client = ?1 AND media = ?2 AND bucket = ?3 AND streamer = ?4";
    let values = params![
        row.delivered.client.0,
        row.delivered.media,
        micros(row.delivered.bucket),
        row.streamer,
        row.spent.bytes as i64,
        row.spent.responses as i64,
        row.spent.revalidations as i64,
    ];
    execute(db, sql, values).map(drop)
}
