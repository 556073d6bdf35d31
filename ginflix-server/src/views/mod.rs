//! What counts as a view, and how it is kept.
//!
//! # Layout
//! - [`rule`]: what counts, as pure arithmetic; [`crawlers`]: who never does
//! - [`recorder`]: reports on their way into the catalogue

pub mod crawlers;
pub mod recorder;
pub mod rule;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ginflix_api::movie::MovieId;
use ginflix_api::playback::{MAX_RANGES, PlaybackReport};
use ginflix_api::views::{Reason, ViewExplanation, ViewQuery, ViewReport};
use uuid::Uuid;

use crate::catalog::store::{CatalogStore, PlaybackRecord, PlaybackUpdate, StoreError};
use crate::clock::now;
use crate::error::AppError;
use crate::limit::{Limiter, client_key};
use recorder::{Recorder, Writer};

/// Playbacks that one client may start at once, and then one each
/// [`START_REFILL`]: enough for a school behind one address.
const START_BURST: u32 = 300;
const START_REFILL: Duration = Duration::from_millis(200);

/// The most movies in a report, and how many without a wish.
const MAX_TOP: u32 = 1000;
const DEFAULT_TOP: u32 = 100;

/// Playbacks and what of them counted.
pub struct Views {
    store: Arc<dyn CatalogStore>,
    recorder: Recorder,
    starts: Mutex<Limiter<IpAddr>>,
}

impl Views {
    /// Those of this catalogue, and the task that writes them.
    pub fn start(store: Arc<dyn CatalogStore>) -> (Self, Writer) {
        let (recorder, writer) = Recorder::start(store.clone());
        let starts = Mutex::new(Limiter::new(START_BURST, START_REFILL));
        (Self { store, recorder, starts }, writer)
    }

    /// Starts a playback.
    ///
    /// # Errors
    /// `NotFound` for an unknown movie; `TooManyRequests` from one client.
    pub async fn start_playback(
        &self,
        movie_id: MovieId,
        client: IpAddr,
        user_agent: &str,
    ) -> Result<PlaybackRecord, AppError> {
        let taken = self
            .starts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take(&client_key(client), Instant::now());
        taken.map_err(|retry_after| AppError::TooManyRequests { retry_after })?;
        let movie = self.store.movie(movie_id).await.map_err(no_movie)?;
        let crawls = crawlers::is_crawler(user_agent);
        let playback = PlaybackRecord {
            id: Uuid::now_v7(),
            movie_id,
            started_at: now(),
            reported_at: None,
            needed_seconds: rule::needed_seconds(movie.duration_seconds),
            played: Vec::new(),
            watched_seconds: 0.0,
            counted_at: None,
            reason: Some(if crawls { Reason::Crawler } else { Reason::NeverPlayed }),
        };
        self.store.insert_playback(&playback).await?;
        Ok(playback)
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
        if report.played.len() > MAX_RANGES {
            let why = format!("may have at most {MAX_RANGES} stretches");
            return Err(AppError::invalid("played", why));
        }
        let played = rule::union(report.played, f64::INFINITY);
        self.recorder.record(PlaybackUpdate { id, played, at: now() }).await
    }

    /// Views per movie and day.
    ///
    /// # Errors
    /// `Invalid` for a wish that cannot be met.
    pub async fn summary(&self, mut query: ViewQuery) -> Result<ViewReport, AppError> {
        let top = *query.top.get_or_insert(DEFAULT_TOP);
        if !(1..=MAX_TOP).contains(&top) {
            return Err(AppError::invalid("top", format!("must be 1 to {MAX_TOP}")));
        }
        if query.since.zip(query.until).is_some_and(|(since, until)| since > until) {
            return Err(AppError::invalid("since", "must not be after `until`"));
        }
        Ok(self.store.view_report(&query).await?)
    }

    /// Why playbacks of a movie did or did not count.
    ///
    /// # Errors
    /// `NotFound` for an unknown movie.
    pub async fn explain(&self, movie_id: MovieId) -> Result<ViewExplanation, AppError> {
        self.store.explain_views(movie_id).await.map_err(no_movie)
    }
}

fn no_movie(error: StoreError) -> AppError {
    match error {
        StoreError::NotFound => AppError::NotFound("such movie".to_owned()),
        other => other.into(),
    }
}

#[cfg(test)]
#[path = "views_tests.rs"]
mod tests;
