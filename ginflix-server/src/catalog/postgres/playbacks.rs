//! Playbacks in PostgreSQL, and the totals of their views.
//!
//! Rows are locked in the order of their keys, so that two batches of events cannot deadlock.

use std::collections::BTreeMap;

use async_trait::async_trait;
use deadpool_postgres::Transaction;
use ginflix_api::media::MediaName;
use ginflix_api::movie::MovieId;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::PostgresStore;
use super::query::{SqlValue, execute, fetch_all};
use crate::catalog::columns::{enum_to_text, to_json};
use crate::catalog::records::PLAYBACK_COLUMNS;
use crate::catalog::store::{PlaybackEvent, PlaybackRecord, PlaybackStore, Result, ViewRule};

#[async_trait]
impl PlaybackStore for PostgresStore {
    async fn record_playbacks(
        &self,
        events: &[PlaybackEvent],
        rule: ViewRule,
    ) -> Result<Vec<Option<PlaybackRecord>>> {
        self.in_transaction(async |db| record(db, events, rule).await).await
    }
}

async fn record(
    db: &Transaction<'_>,
    events: &[PlaybackEvent],
    rule: ViewRule,
) -> Result<Vec<Option<PlaybackRecord>>> {
    insert(db, events).await?;
    let mut playbacks = lock_playbacks(db, events).await?;
    let mut views = Vec::new();
    let mut results = Vec::with_capacity(events.len());
    for event in events {
        let update = match event {
            PlaybackEvent::Played(update) => update,
            PlaybackEvent::Started(playback) => {
                results.push(Some(playback.clone()));
                continue;
            }
        };
        let playback = playbacks.get_mut(&update.id);
        results.push(playback.map(|playback| {
            let had_counted = playback.counted_at.is_some();
            rule(playback, update);
            if let Some(at) = playback.counted_at.filter(|_| !had_counted) {
                views.push((playback.movie_id, at));
            }
            playback.clone()
        }));
    }
    if !playbacks.is_empty() {
        write(db, playbacks.values()).await?;
    }
    if !views.is_empty() {
        add_views(db, &views).await?;
    }
    Ok(results)
}

/// Inserts the playbacks that start, except those that exist already.
async fn insert(db: &Transaction<'_>, events: &[PlaybackEvent]) -> Result<()> {
    let mut started: Vec<&PlaybackRecord> = events
        .iter()
        .filter_map(|event| match event {
            PlaybackEvent::Started(playback) => Some(playback),
            PlaybackEvent::Played(_) => None,
        })
        .collect();
    if started.is_empty() {
        return Ok(());
    }
    started.sort_by_key(|playback| playback.id);
    let arrays = PlaybackArrays::from_playbacks(started.iter().copied())?;
    let movies: Vec<Uuid> = started.iter().map(|playback| playback.movie_id.0).collect();
    let starts: Vec<Timestamp> = started.iter().map(|playback| playback.started_at).collect();
    let needed: Vec<f64> = started.iter().map(|playback| playback.needed_seconds).collect();
    let clients: Vec<Option<Uuid>> =
        started.iter().map(|playback| playback.client.map(|client| client.0)).collect();
    let media: Vec<Option<&str>> =
        started.iter().map(|playback| playback.media.as_ref().map(MediaName::as_str)).collect();
    let needed_bytes: Vec<i64> =
        started.iter().map(|playback| playback.needed_bytes as i64).collect();
    let sql = format!(
        "INSERT INTO playbacks ({PLAYBACK_COLUMNS}) SELECT * FROM unnest($1::uuid[], $2::uuid[], \
            $3::timestamptz[], $4::timestamptz[], $5::float8[], $6::text[], $7::float8[], \
            $8::timestamptz[], $9::text[], $10::uuid[], $11::text[], $12::bigint[], \
            $13::timestamptz[], $14::text[]) ON CONFLICT (id) DO NOTHING"
    );
    let values: [SqlValue<'_>; 14] = [
        &arrays.ids,
        &movies,
        &starts,
        &arrays.reported,
        &needed,
        &arrays.played,
        &arrays.watched,
        &arrays.counted,
        &arrays.reasons,
        &clients,
        &media,
        &needed_bytes,
        &arrays.eligible,
        &arrays.bases,
    ];
    execute(db, &sql, &values).await.map(drop)
}

/// Returns the playbacks of all reports, by id. Locks them until the end of the transaction.
async fn lock_playbacks(
    db: &Transaction<'_>,
    events: &[PlaybackEvent],
) -> Result<BTreeMap<Uuid, PlaybackRecord>> {
    let is_report = |event: &PlaybackEvent| matches!(event, PlaybackEvent::Played(_));
    let ids: Vec<Uuid> =
        events.iter().filter(|event| is_report(event)).map(PlaybackEvent::id).collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql = format!(
        "SELECT {PLAYBACK_COLUMNS} FROM playbacks WHERE id = ANY($1) ORDER BY id FOR UPDATE"
    );
    let locked: Vec<PlaybackRecord> = fetch_all(db, &sql, &[&ids]).await?;
    Ok(locked.into_iter().map(|playback| (playback.id, playback)).collect())
}

/// The columns of playbacks that reports and judgements change, each as an array for one statement.
#[derive(Default)]
struct PlaybackArrays {
    ids: Vec<Uuid>,
    reported: Vec<Option<Timestamp>>,
    played: Vec<String>,
    watched: Vec<f64>,
    counted: Vec<Option<Timestamp>>,
    reasons: Vec<Option<String>>,
    eligible: Vec<Option<Timestamp>>,
    bases: Vec<Option<String>>,
}

impl PlaybackArrays {
    fn from_playbacks<'a>(playbacks: impl Iterator<Item = &'a PlaybackRecord>) -> Result<Self> {
        let mut arrays = Self::default();
        for playback in playbacks {
            arrays.ids.push(playback.id);
            arrays.reported.push(playback.reported_at);
            arrays.played.push(to_json(&playback.played)?);
            arrays.watched.push(playback.watched_seconds);
            arrays.counted.push(playback.counted_at);
            arrays.reasons.push(playback.reason.as_ref().map(enum_to_text).transpose()?);
            arrays.eligible.push(playback.eligible_at);
            arrays.bases.push(playback.basis.as_ref().map(enum_to_text).transpose()?);
        }
        Ok(arrays)
    }
}

/// Updates the columns that reports and judgements change, of all these playbacks in one statement.
pub(super) async fn write(
    db: &Transaction<'_>,
    playbacks: impl Iterator<Item = &PlaybackRecord>,
) -> Result<()> {
    let PlaybackArrays { ids, reported, played, watched, counted, reasons, eligible, bases } =
        PlaybackArrays::from_playbacks(playbacks)?;
    let sql = "UPDATE playbacks p SET reported_at = n.reported_at, played = n.played, \
        watched_seconds = n.watched, counted_at = n.counted_at, reason = n.reason, \
        eligible_at = n.eligible_at, basis = n.basis \
        FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::float8[], $5::timestamptz[], \
            $6::text[], $7::timestamptz[], $8::text[]) \
            AS n (id, reported_at, played, watched, counted_at, reason, eligible_at, basis) \
        WHERE p.id = n.id";
    let values: [SqlValue<'_>; 8] =
        [&ids, &reported, &played, &watched, &counted, &reasons, &eligible, &bases];
    execute(db, sql, &values).await.map(drop)
}

/// A number of views, and the time of the last one.
type ViewCount = (i64, Timestamp);

/// Adds views to the totals of each movie, each day, and each movie on each day.
pub(super) async fn add_views(db: &Transaction<'_>, views: &[(MovieId, Timestamp)]) -> Result<()> {
    let mut movies: BTreeMap<Uuid, ViewCount> = BTreeMap::new();
    let mut days: BTreeMap<Date, ViewCount> = BTreeMap::new();
    let mut movie_days: BTreeMap<(Date, Uuid), ViewCount> = BTreeMap::new();
    for &(MovieId(movie), at) in views {
        let day = at.to_zoned(TimeZone::UTC).date();
        count_view(movies.entry(movie).or_insert((0, at)), at);
        count_view(days.entry(day).or_insert((0, at)), at);
        count_view(movie_days.entry((day, movie)).or_insert((0, at)), at);
    }

    let (ids, counts, last_views) = unzip(&movies, |id| *id);
    // The order of an UPDATE is undefined, so the rows are locked first.
    let lock = "SELECT FROM view_totals WHERE movie_id = ANY($1) ORDER BY movie_id FOR UPDATE";
    execute(db, lock, &[&ids]).await?;
    let sql = "UPDATE view_totals t SET views = t.views + n.views, \
        last_viewed_at = greatest(t.last_viewed_at, n.last) \
        FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[]) AS n (movie_id, views, last) \
        WHERE t.movie_id = n.movie_id";
    execute(db, sql, &[&ids, &counts, &last_views]).await?;

    let (keys, counts, _) = unzip(&days, |day| *day);
    let sql = "INSERT INTO view_days (day, views) \
        SELECT day, views FROM unnest($1::date[], $2::bigint[]) AS n (day, views) ORDER BY day \
        ON CONFLICT (day) DO UPDATE SET views = view_days.views + excluded.views";
    execute(db, sql, &[&keys, &counts]).await?;

    let (keys, counts, last_views) = unzip(&movie_days, |key| *key);
    let (keys, ids): (Vec<Date>, Vec<Uuid>) = keys.into_iter().unzip();
    let sql = "INSERT INTO view_movie_days (day, movie_id, views, last_viewed_at) \
        SELECT day, movie_id, views, last FROM \
            unnest($1::date[], $2::uuid[], $3::bigint[], $4::timestamptz[]) \
            AS n (day, movie_id, views, last) ORDER BY day, movie_id \
        ON CONFLICT (day, movie_id) DO UPDATE SET views = view_movie_days.views + excluded.views, \
        last_viewed_at = greatest(view_movie_days.last_viewed_at, excluded.last_viewed_at)";
    execute(db, sql, &[&keys, &ids, &counts, &last_views]).await.map(drop)
}

fn count_view(count: &mut ViewCount, at: Timestamp) {
    *count = (count.0 + 1, count.1.max(at));
}

/// Converts a map to arrays for a statement, sorted by key.
fn unzip<K, T>(
    views: &BTreeMap<K, ViewCount>,
    key: impl Fn(&K) -> T,
) -> (Vec<T>, Vec<i64>, Vec<Timestamp>) {
    let keys = views.keys().map(key).collect();
    let (counts, last_views) = views.values().copied().unzip();
    (keys, counts, last_views)
}
