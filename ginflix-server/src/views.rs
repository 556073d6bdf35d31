//! Playbacks, and which of them count as views.
//!
//! # Layout
//! - [`rule`]: when enough of a movie was watched, as pure functions; [`crawlers`]: clients that never
//!   count
//! - [`judgement`]: when a playback then counts, by what streamers sent, as pure functions;
//!   [`judge`]: the task that applies it
//! - [`recorder`]: writes starts and reports into the catalogue
//! - [`journal`]: keeps them while the database is not available; [`recent`]: recent playbacks in
//!   memory

pub mod crawlers;
pub mod journal;
pub mod judge;
pub mod judgement;
pub mod recent;
pub mod recorder;
pub mod rule;

use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ginflix_api::movie::MovieId;
use ginflix_api::playback::{MAX_RANGES, PlaybackReport, PlayedRange};
use ginflix_api::views::{NotCountedReason, ViewExplanation, ViewQuery, ViewReport};
use jiff::Timestamp;
use parking_lot::Mutex;
use uuid::Uuid;

use crate::catalog::Catalog;
use crate::catalog::store::{
    PlaybackEvent, PlaybackRecord, PlaybackStore, PlaybackUpdate, StoreError,
};
use crate::clock::playback_now;
use crate::error::AppError;
use crate::evidence::ClientHasher;
use crate::rate_limiter::{RateLimiter, client_key};
use journal::Journal;
use judge::Judge;
use recorder::{Recorder, RecorderHandle};

/// The file name of the journal in the data directory.
const JOURNAL_FILE_NAME: &str = "views.journal";
/// Size limit of the journal: enough for some 200,000 reports.
const JOURNAL_LIMIT_BYTES: u64 = 64 << 20;

/// Playbacks that one client may start at once: enough for a school behind one address.
const START_BURST: u32 = 300;
/// Time after which a client may start one more.
const START_REFILL_INTERVAL: Duration = Duration::from_millis(200);

/// Movies that a summary may list.
const TOP_LIMIT: u32 = 1000;
/// Movies that a summary lists if the query does not say how many.
const DEFAULT_TOP_LIMIT: u32 = 100;

/// Records playbacks and reports views.
pub struct Views {
    catalog: Catalog,
    recorder: Recorder,
    hasher: ClientHasher,
    /// Limits how many playbacks a client starts.
    start_limiter: Mutex<RateLimiter<IpAddr>>,
}

impl Views {
    /// Starts the recorder for a catalogue. Its journal is in the data directory.
    ///
    /// # Errors
    /// The journal cannot be opened.
    pub fn start(catalog: Catalog, data_dir: &Path) -> io::Result<(Self, RecorderHandle)> {
        let journal = Journal::open(&data_dir.join(JOURNAL_FILE_NAME), JOURNAL_LIMIT_BYTES)?;
        let sink: Arc<dyn PlaybackStore> = catalog.store();
        let (recorder, handle) = Recorder::start(sink, journal);
        let start_limiter = Mutex::new(RateLimiter::new(START_BURST, START_REFILL_INTERVAL));
        let hasher = ClientHasher::new(catalog.store());
        Ok((Self { catalog, recorder, hasher, start_limiter }, handle))
    }

    /// Reads the key of client hashes, so that they can be computed while the database is away.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn read_client_key(&self) -> Result<(), StoreError> {
        self.hasher.hash_function().await.map(drop)
    }

    /// Returns the task that judges playbacks.
    pub fn judge(&self) -> Judge {
        Judge::new(self.catalog.store())
    }

    /// Returns how many bytes of events are in the journal, but not in the database yet.
    pub fn held_bytes(&self) -> u64 {
        self.recorder.held_bytes()
    }

    /// Starts a playback, which is durable when this returns.
    ///
    /// # Errors
    /// `NotFound` for an unknown movie; `TooManyRequests` if the client starts too many playbacks;
    /// otherwise as [`Recorder::record`].
    pub async fn start_playback(
        &self,
        movie_id: MovieId,
        client: IpAddr,
        user_agent: &str,
    ) -> Result<PlaybackRecord, AppError> {
        self.start_playback_at(movie_id, client, user_agent, playback_now()).await
    }

    /// As [`Views::start_playback`], at a given time.
    ///
    /// # Errors
    /// As [`Views::start_playback`].
    pub async fn start_playback_at(
        &self,
        movie_id: MovieId,
        client: IpAddr,
        user_agent: &str,
        started_at: Timestamp,
    ) -> Result<PlaybackRecord, AppError> {
        let permitted = self.start_limiter.lock().try_acquire(&client_key(client), Instant::now());
        permitted.map_err(AppError::too_many_attempts)?;
        let movie = self.catalog.movie_to_play(movie_id).await?;
        let needed_seconds = rule::to_millis(rule::needed_seconds(movie.duration_seconds));
        let is_crawler = crawlers::is_crawler(user_agent);
        let playback = PlaybackRecord {
            id: Uuid::now_v7(),
            movie_id,
            started_at,
            reported_at: None,
            needed_seconds,
            played: Vec::new(),
            watched_seconds: 0.0,
            counted_at: None,
            reason: Some(if is_crawler {
                NotCountedReason::Crawler
            } else {
                NotCountedReason::NeverPlayed
            }),
            client: self.hasher.hash(client).await,
            media: Some(movie.media.clone()),
            needed_bytes: judgement::needed_bytes(&movie, needed_seconds),
            eligible_at: None,
            basis: None,
        };
        self.recorder.record(PlaybackEvent::Started(playback)).await
    }

    /// Records the ranges that a player has played, durable when this returns.
    ///
    /// # Errors
    /// `Invalid` for more than [`MAX_RANGES`] ranges; otherwise as [`Recorder::record`].
    pub async fn report(
        &self,
        id: Uuid,
        report: PlaybackReport,
    ) -> Result<PlaybackRecord, AppError> {
        self.report_at(id, report, playback_now()).await
    }

    /// As [`Views::report`], at a given time.
    ///
    /// # Errors
    /// As [`Views::report`].
    pub async fn report_at(
        &self,
        id: Uuid,
        report: PlaybackReport,
        at: Timestamp,
    ) -> Result<PlaybackRecord, AppError> {
        if report.played.len() > MAX_RANGES {
            let why = format!("may have at most {MAX_RANGES} ranges");
            return Err(AppError::invalid("played", why));
        }
        let ranges = report.played.into_iter().map(|range| PlayedRange {
            start: rule::to_millis(range.start),
            end: rule::to_millis(range.end),
        });
        let played = rule::merge_ranges(ranges, f64::INFINITY);
        self.recorder.record(PlaybackEvent::Played(PlaybackUpdate { id, played, at })).await
    }

    /// Returns the number of views by movie and by day.
    ///
    /// # Errors
    /// `Invalid` if `top` or the period of the query is not valid; `Unavailable` if the catalogue
    /// is not available.
    pub async fn summary(&self, mut query: ViewQuery) -> Result<ViewReport, AppError> {
        let top = *query.top.get_or_insert(DEFAULT_TOP_LIMIT);
        if !(1..=TOP_LIMIT).contains(&top) {
            return Err(AppError::invalid("top", format!("must be 1 to {TOP_LIMIT}")));
        }
        if query.since.zip(query.until).is_some_and(|(since, until)| since > until) {
            return Err(AppError::invalid("since", "must not be after `until`"));
        }
        Ok(self.catalog.store().view_report(&query).await?)
    }

    /// Returns how many playbacks of a movie counted as views, and why the others did not.
    ///
    /// # Errors
    /// `NotFound` for an unknown movie.
    pub async fn explain(&self, movie_id: MovieId) -> Result<ViewExplanation, AppError> {
        self.catalog.store().explain_views(movie_id).await.map_err(movie_error)
    }
}

fn movie_error(error: StoreError) -> AppError {
    match error {
        StoreError::NotFound => AppError::NotFound("such movie".to_owned()),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests;
