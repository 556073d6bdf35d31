//! Playbacks in SQLite, and the totals of their views.

use async_trait::async_trait;
use ginflix_api::media::MediaName;
use ginflix_api::movie::MovieId;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::{Connection, params};

use super::SqliteStore;
use super::query::{execute, fetch_optional, micros};
use crate::catalog::columns::{enum_to_text, to_json};
use crate::catalog::records::PLAYBACK_COLUMNS;
use crate::catalog::store::{
    PlaybackEvent, PlaybackRecord, PlaybackStore, PlaybackUpdate, Result, ViewRule,
};

#[async_trait]
impl PlaybackStore for SqliteStore {
    async fn record_playbacks(
        &self,
        events: &[PlaybackEvent],
        rule: ViewRule,
    ) -> Result<Vec<Option<PlaybackRecord>>> {
        let events = events.to_vec();
        let record = move |db: &Connection| {
            let applied = events.iter().map(|event| match event {
                PlaybackEvent::Started(playback) => {
                    write(db, "INSERT OR IGNORE", playback)?;
                    Ok(Some(playback.clone()))
                }
                PlaybackEvent::Played(update) => apply(db, update, rule),
            });
            applied.collect()
        };
        self.pool.write(record).await
    }
}

/// Applies a report to its playback, and adds a view if the playback counts from now on.
fn apply(
    db: &Connection,
    update: &PlaybackUpdate,
    rule: ViewRule,
) -> Result<Option<PlaybackRecord>> {
    let sql = format!("SELECT {PLAYBACK_COLUMNS} FROM playbacks WHERE id = ?1");
    let found: Option<PlaybackRecord> = fetch_optional(db, &sql, [update.id])?;
    let Some(mut playback) = found else { return Ok(None) };
    let had_counted = playback.counted_at.is_some();
    rule(&mut playback, update);
    write(db, "REPLACE", &playback)?;
    if let Some(at) = playback.counted_at.filter(|_| !had_counted) {
        add_view(db, playback.movie_id, at)?;
    }
    Ok(Some(playback))
}

/// Writes a playback with `INSERT OR IGNORE` or `REPLACE`.
pub(super) fn write(db: &Connection, verb: &str, playback: &PlaybackRecord) -> Result<()> {
    let sql = format!(
        "{verb} INTO playbacks ({PLAYBACK_COLUMNS}) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
    );
    let values = params![
        playback.id,
        playback.movie_id.0,
        micros(playback.started_at),
        playback.reported_at.map(micros),
        playback.needed_seconds,
        to_json(&playback.played)?,
        playback.watched_seconds,
        playback.counted_at.map(micros),
        playback.reason.as_ref().map(enum_to_text).transpose()?,
        playback.client.map(|client| client.0),
        playback.media.as_ref().map(MediaName::as_str),
        playback.needed_bytes as i64,
        playback.eligible_at.map(micros),
        playback.basis.as_ref().map(enum_to_text).transpose()?,
    ];
    execute(db, &sql, values).map(drop)
}

/// Adds one view to the totals of the movie, of the day, and of the movie on that day.
pub(super) fn add_view(db: &Connection, movie: MovieId, at: Timestamp) -> Result<()> {
    let day = at.to_zoned(TimeZone::UTC).date().to_string();
    let at = micros(at);
    let total = "UPDATE view_totals SET views = views + 1, \
        last_viewed_at = max(coalesce(last_viewed_at, ?2), ?2) WHERE movie_id = ?1";
    execute(db, total, params![movie.0, at])?;
    let day_total = "INSERT INTO view_days (day, views) VALUES (?1, 1) \
        ON CONFLICT (day) DO UPDATE SET views = views + 1";
    execute(db, day_total, [&day])?;
    let movie_day_total = "INSERT INTO view_movie_days (day, movie_id, views, last_viewed_at) \
        VALUES (?1, ?2, 1, ?3) ON CONFLICT (day, movie_id) DO UPDATE SET \
        views = views + 1, last_viewed_at = max(last_viewed_at, excluded.last_viewed_at)";
    execute(db, movie_day_total, params![day, movie.0, at]).map(drop)
}
