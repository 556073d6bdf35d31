//! Playbacks in SQLite, and the totals that grow as they count.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::{Connection, Row, params};
use uuid::Uuid;

use super::values::{micros, time};
use crate::catalog::columns::{from_json, from_word, to_json, to_word};
use crate::catalog::store::{Decide, PlaybackEvent, PlaybackRecord, PlaybackUpdate, Result};
use ginflix_api::movie::MovieId;

const COLUMNS: &str = "id, movie_id, started_at, reported_at, needed_seconds, played, \
    watched_seconds, counted_at, reason";

fn from_row(row: &Row<'_>) -> Result<PlaybackRecord> {
    Ok(PlaybackRecord {
        id: row.get(0)?,
        movie_id: MovieId(row.get(1)?),
        started_at: time(row.get(2)?)?,
        reported_at: row.get::<_, Option<i64>>(3)?.map(time).transpose()?,
        needed_seconds: row.get(4)?,
        played: from_json(row.get(5)?)?,
        watched_seconds: row.get(6)?,
        counted_at: row.get::<_, Option<i64>>(7)?.map(time).transpose()?,
        reason: row.get::<_, Option<String>>(8)?.map(from_word).transpose()?,
    })
}

/// Applies events; counts what counts by them.
pub fn record(
    db: &Connection,
    events: &[PlaybackEvent],
    decide: Decide,
) -> Result<Vec<Option<PlaybackRecord>>> {
    events
        .iter()
        .map(|event| match event {
            PlaybackEvent::Started(playback) => {
                write(db, "INSERT OR IGNORE", playback)?;
                Ok(Some(playback.clone()))
            }
            PlaybackEvent::Played(update) => apply(db, update, decide),
        })
        .collect()
}

fn apply(
    db: &Connection,
    update: &PlaybackUpdate,
    decide: Decide,
) -> Result<Option<PlaybackRecord>> {
    let Some(mut playback) = get(db, update.id)? else { return Ok(None) };
    let counted_before = playback.counted_at.is_some();
    decide(&mut playback, update);
    write(db, "REPLACE", &playback)?;
    if let Some(at) = playback.counted_at.filter(|_| !counted_before) {
        add_view(db, playback.movie_id, at)?;
    }
    Ok(Some(playback))
}

fn get(db: &Connection, id: Uuid) -> Result<Option<PlaybackRecord>> {
    let mut statement =
        db.prepare_cached(&format!("SELECT {COLUMNS} FROM playbacks WHERE id = ?1"))?;
    let mut rows = statement.query([id])?;
    rows.next()?.map(from_row).transpose()
}

fn write(db: &Connection, verb: &str, playback: &PlaybackRecord) -> Result<()> {
    let sql =
        format!("{verb} INTO playbacks ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
    db.prepare_cached(&sql)?.execute(params![
        playback.id,
        playback.movie_id.0,
        micros(playback.started_at),
        playback.reported_at.map(micros),
        playback.needed_seconds,
        to_json(&playback.played)?,
        playback.watched_seconds,
        playback.counted_at.map(micros),
        playback.reason.as_ref().map(to_word).transpose()?,
    ])?;
    Ok(())
}

/// One view more for the movie, for the day, and for the movie on that day.
fn add_view(db: &Connection, movie: MovieId, at: Timestamp) -> Result<()> {
    let day = at.to_zoned(TimeZone::UTC).date().to_string();
    let at = micros(at);
    db.prepare_cached(
        "UPDATE view_totals SET views = views + 1, \
         last_viewed_at = max(coalesce(last_viewed_at, ?2), ?2) WHERE movie_id = ?1",
    )?
    .execute(params![movie.0, at])?;
    db.prepare_cached(
        "INSERT INTO view_days (day, views) VALUES (?1, 1) \
         ON CONFLICT (day) DO UPDATE SET views = views + 1",
    )?
    .execute([&day])?;
    db.prepare_cached(
        "INSERT INTO view_movie_days (day, movie_id, views, last_viewed_at) \
         VALUES (?1, ?2, 1, ?3) ON CONFLICT (day, movie_id) DO UPDATE SET \
         views = views + 1, last_viewed_at = max(last_viewed_at, excluded.last_viewed_at)",
    )?
    .execute(params![day, movie.0, at])?;
    Ok(())
}
