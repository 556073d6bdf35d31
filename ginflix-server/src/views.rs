//! What counts as a view, and how it is kept.
//!
//! # Layout
//! - [`rule`]: what counts, as pure arithmetic; [`crawlers`]: who never does
//! - [`recorder`]: starts and reports on their way into the catalogue;
//!   [`journal`]: where they wait while the database is away; [`known`]: how
//!   playbacks stood lately

pub mod crawlers;
pub mod journal;
pub mod known;
pub mod recorder;
pub mod rule;

use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ginflix_api::movie::MovieId;
use ginflix_api::playback::{MAX_RANGES, PlaybackReport, PlayedRange};
use ginflix_api::views::{Reason, ViewExplanation, ViewQuery, ViewReport};
use jiff::Timestamp;
use uuid::Uuid;

use crate::catalog::Catalog;
use crate::catalog::store::{
    PlaybackEvent, PlaybackRecord, PlaybackStore, PlaybackUpdate, StoreError,
};
use crate::clock::now;
use crate::error::AppError;
use crate::rate_limiter::{RateLimiter, client_key};
use journal::Journal;
use recorder::{Recorder, Writer};

/// The journal in the data directory, and how large it may become: some
/// 200,000 reports.
const JOURNAL: &str = "views.journal";
const MAX_JOURNAL_BYTES: u64 = 64 << 20;

/// Playbacks that one client may start at once, and then one each
/// [`START_REFILL`]: enough for a school behind one address.
const START_BURST: u32 = 300;
const START_REFILL: Duration = Duration::from_millis(200);

/// The most movies in a report, and how many without a wish.
const MAX_TOP: u32 = 1000;
const DEFAULT_TOP_LIMIT: u32 = 100;

/// Playbacks and what of them counted.
pub struct Views {
    catalog: Catalog,
    recorder: Recorder,
    starts: Mutex<RateLimiter<IpAddr>>,
}

impl Views {
    /// Those of this catalogue, and the task that writes them. While the
    /// database is away they wait in the data directory.
    ///
    /// # Errors
    /// Where the journal there cannot be used.
    pub fn start(catalog: Catalog, data_dir: &Path) -> io::Result<(Self, Writer)> {
        let journal = Journal::open(&data_dir.join(JOURNAL), MAX_JOURNAL_BYTES)?;
        let ledger: Arc<dyn PlaybackStore> = catalog.store();
        let (recorder, writer) = Recorder::start(ledger, journal);
        let starts = Mutex::new(RateLimiter::new(START_BURST, START_REFILL));
        Ok((Self { catalog, recorder, starts }, writer))
    }

    /// Bytes of what waits for the database on this machine's disk.
    pub fn held_bytes(&self) -> u64 {
        self.recorder.held_bytes()
    }

    /// Starts a playback, durably.
    ///
    /// # Errors
    /// `NotFound` for an unknown movie; `TooManyRequests` from one client; else
    /// as [`Recorder::record`].
    pub async fn start_playback(
        &self,
        movie_id: MovieId,
        client: IpAddr,
        user_agent: &str,
    ) -> Result<PlaybackRecord, AppError> {
        self.start_playback_at(movie_id, client, user_agent, now()).await
    }

    /// Starts a playback at a time of the caller's choice.
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
        let taken = self
            .starts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .try_acquire(&client_key(client), Instant::now());
        taken.map_err(|retry_after| AppError::TooManyRequests { retry_after })?;
        let duration_seconds = self.catalog.duration_seconds(movie_id).await?;
        let crawls = crawlers::is_crawler(user_agent);
        let playback = PlaybackRecord {
            id: Uuid::now_v7(),
            movie_id,
            started_at,
            reported_at: None,
            needed_seconds: rule::to_millis(rule::needed_seconds(duration_seconds)),
            played: Vec::new(),
            watched_seconds: 0.0,
            counted_at: None,
            reason: Some(if crawls { Reason::Crawler } else { Reason::NeverPlayed }),
        };
        self.recorder.record(PlaybackEvent::Started(playback)).await
    }

    /// Records what a player says was played, durably.
    ///
    /// # Errors
    /// `Invalid` for more than [`MAX_RANGES`] stretches, else as
    /// [`Recorder::record`].
    pub async fn report(
        &self,
        id: Uuid,
        report: PlaybackReport,
    ) -> Result<PlaybackRecord, AppError> {
        self.report_at(id, report, now()).await
    }

    /// Records a report that came at a time of the caller's choice.
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
            let why = format!("may have at most {MAX_RANGES} stretches");
            return Err(AppError::invalid("played", why));
        }
        let stretches = report.played.into_iter().map(|range| PlayedRange {
            start: rule::to_millis(range.start),
            end: rule::to_millis(range.end),
        });
        let played = rule::union(stretches, f64::INFINITY);
        self.recorder.record(PlaybackEvent::Played(PlaybackUpdate { id, played, at })).await
    }

    /// Views per movie and day.
    ///
    /// # Errors
    /// `Invalid` for a wish that cannot be met.
    pub async fn summary(&self, mut query: ViewQuery) -> Result<ViewReport, AppError> {
        let top = *query.top.get_or_insert(DEFAULT_TOP_LIMIT);
        if !(1..=MAX_TOP).contains(&top) {
            return Err(AppError::invalid("top", format!("must be 1 to {MAX_TOP}")));
        }
        if query.since.zip(query.until).is_some_and(|(since, until)| since > until) {
            return Err(AppError::invalid("since", "must not be after `until`"));
        }
        Ok(self.catalog.store().view_report(&query).await?)
    }

    /// Why playbacks of a movie did or did not count.
    ///
    /// # Errors
    /// `NotFound` for an unknown movie.
    pub async fn explain(&self, movie_id: MovieId) -> Result<ViewExplanation, AppError> {
        self.catalog.store().explain_views(movie_id).await.map_err(no_movie)
    }
}

fn no_movie(error: StoreError) -> AppError {
    match error {
        StoreError::NotFound => AppError::NotFound("such movie".to_owned()),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests;
