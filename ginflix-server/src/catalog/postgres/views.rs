//! View reports in PostgreSQL.

use async_trait::async_trait;
use deadpool_postgres::Transaction;
use ginflix_api::movie::MovieId;
use ginflix_api::views::{DayViews, MovieViews, ViewExplanation, ViewQuery, ViewReport};
use jiff::civil::Date;

use super::PostgresStore;
use super::query::{fetch_all, fetch_one};
use crate::catalog::columns;
use crate::catalog::records::summarize_playbacks;
use crate::catalog::store::{DEFAULT_TOP_LIMIT, Result, ViewStore};

#[async_trait]
impl ViewStore for PostgresStore {
    async fn view_report(&self, query: &ViewQuery) -> Result<ViewReport> {
        let report = async |db: &Transaction<'_>| {
            let (since, until) = columns::report_period(query);
            let days = days(db, since, until).await?;
            let top = i64::from(query.top.unwrap_or(DEFAULT_TOP_LIMIT));
            let movies = if query.since.is_none() && query.until.is_none() {
                movies_of_all_time(db, top).await?
            } else {
                movies_between(db, since, until, top).await?
            };
            Ok(ViewReport { total: days.iter().map(|day| day.views).sum(), movies, days })
        };
        self.on_snapshot(report).await
    }

    async fn explain_views(&self, id: MovieId) -> Result<ViewExplanation> {
        let explain = async |db: &Transaction<'_>| {
            let title = "SELECT title FROM view_totals WHERE movie_id = $1";
            let title = fetch_one(db, title, &[&id.0]).await?;
            let by_reason = "SELECT reason, basis, count(*) FROM playbacks WHERE movie_id = $1 \
                GROUP BY reason, basis ORDER BY reason COLLATE \"C\", basis COLLATE \"C\"";
            summarize_playbacks(id, title, fetch_all(db, by_reason, &[&id.0]).await?)
        };
        self.on_snapshot(explain).await
    }
}

async fn days(db: &Transaction<'_>, since: Date, until: Date) -> Result<Vec<DayViews>> {
    let sql = "SELECT day, views FROM view_days WHERE day BETWEEN $1 AND $2 ORDER BY day";
    let rows = db.query(&db.prepare_cached(sql).await?, &[&since, &until]).await?;
    let days = rows
        .iter()
        .map(|row| Ok(DayViews { day: row.try_get(0)?, views: row.try_get::<_, i64>(1)? as u64 }));
    days.collect()
}

/// Returns the views of all time, which the totals contain.
async fn movies_of_all_time(db: &Transaction<'_>, top: i64) -> Result<Vec<MovieViews>> {
    let sql = "SELECT movie_id, title, views, last_viewed_at FROM view_totals t \
        WHERE views > 0 OR EXISTS (SELECT FROM movies WHERE id = t.movie_id) \
        ORDER BY views DESC, movie_id DESC LIMIT $1";
    fetch_all(db, sql, &[&top]).await
}

async fn movies_between(
    db: &Transaction<'_>,
    since: Date,
    until: Date,
    top: i64,
) -> Result<Vec<MovieViews>> {
    let sql = "WITH viewed AS (SELECT movie_id, sum(views)::bigint AS views, \
                max(last_viewed_at) AS last \
            FROM view_movie_days WHERE day BETWEEN $1 AND $2 GROUP BY movie_id) \
        SELECT t.movie_id, t.title, coalesce(s.views, 0), s.last \
        FROM view_totals t LEFT JOIN viewed s ON s.movie_id = t.movie_id \
        WHERE s.views IS NOT NULL OR EXISTS (SELECT FROM movies WHERE id = t.movie_id) \
        ORDER BY 3 DESC, 1 DESC LIMIT $3";
    fetch_all(db, sql, &[&since, &until, &top]).await
}
