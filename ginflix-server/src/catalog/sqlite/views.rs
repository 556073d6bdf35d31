//! View reports in SQLite.

use async_trait::async_trait;
use ginflix_api::movie::MovieId;
use ginflix_api::views::{DayViews, MovieViews, ViewExplanation, ViewQuery, ViewReport};
use rusqlite::{Connection, params};

use super::SqliteStore;
use super::query::{fetch_all, fetch_one};
use crate::catalog::columns::{self, corrupt};
use crate::catalog::records::summarize_playbacks;
use crate::catalog::store::{DEFAULT_TOP_LIMIT, Result, ViewStore};

#[async_trait]
impl ViewStore for SqliteStore {
    async fn view_report(&self, query: &ViewQuery) -> Result<ViewReport> {
        let query = query.clone();
        let report = move |db: &Connection| {
            let (since, until) = columns::report_period(&query);
            let (since, until) = (since.to_string(), until.to_string());
            let days = days(db, &since, &until)?;
            let top = query.top.unwrap_or(DEFAULT_TOP_LIMIT);
            let movies = if query.since.is_none() && query.until.is_none() {
                movies_of_all_time(db, top)?
            } else {
                movies_between(db, &since, &until, top)?
            };
            Ok(ViewReport { total: days.iter().map(|day| day.views).sum(), movies, days })
        };
        self.pool.read(report).await
    }

    async fn explain_views(&self, id: MovieId) -> Result<ViewExplanation> {
        let explain = move |db: &Connection| {
            let title = fetch_one(db, "SELECT title FROM view_totals WHERE movie_id = ?1", [id.0])?;
            let by_reason = "SELECT reason, basis, count(*) FROM playbacks WHERE movie_id = ?1 \
                GROUP BY reason, basis ORDER BY reason, basis";
            summarize_playbacks(id, title, fetch_all(db, by_reason, [id.0])?)
        };
        self.pool.read(explain).await
    }
}

fn days(db: &Connection, since: &str, until: &str) -> Result<Vec<DayViews>> {
    let sql = "SELECT day, views FROM view_days WHERE day BETWEEN ?1 AND ?2 ORDER BY day";
    let days: Vec<(String, u64)> = fetch_all(db, sql, [since, until])?;
    let parsed = days
        .into_iter()
        .map(|(day, views)| Ok(DayViews { day: day.parse().map_err(corrupt)?, views }));
    parsed.collect()
}

/// Returns the views of all time, which the totals contain.
fn movies_of_all_time(db: &Connection, top: u32) -> Result<Vec<MovieViews>> {
    let sql = "SELECT movie_id, title, views, last_viewed_at FROM view_totals t \
        WHERE views > 0 OR EXISTS (SELECT 1 FROM movies WHERE id = t.movie_id) \
        ORDER BY views DESC, movie_id DESC LIMIT ?1";
    fetch_all(db, sql, [top])
}

fn movies_between(db: &Connection, since: &str, until: &str, top: u32) -> Result<Vec<MovieViews>> {
    let sql = "WITH viewed AS (SELECT movie_id, sum(views) AS views, max(last_viewed_at) AS last \
            FROM view_movie_days WHERE day BETWEEN ?1 AND ?2 GROUP BY movie_id) \
        SELECT t.movie_id, t.title, coalesce(s.views, 0) AS views, s.last \
        FROM view_totals t LEFT JOIN viewed s ON s.movie_id = t.movie_id \
        WHERE s.views IS NOT NULL OR EXISTS (SELECT 1 FROM movies WHERE id = t.movie_id) \
        ORDER BY 3 DESC, 1 DESC LIMIT ?3";
    fetch_all(db, sql, params![since, until, top])
}
