//! View reports from PostgreSQL.

use deadpool_postgres::Transaction;
use ginflix_api::movie::MovieId;
use ginflix_api::views::{
    DayViews, MovieViews, NotCounted, ViewExplanation, ViewQuery, ViewReport,
};
use jiff::civil::Date;
use tokio_postgres::Row;

use crate::catalog::columns::{self, from_word};
use crate::catalog::store::{DEFAULT_TOP, Result, StoreError};

/// Views per movie and day.
pub async fn report(db: &Transaction<'_>, query: &ViewQuery) -> Result<ViewReport> {
    let (since, until) = columns::days(query);
    let days = days(db, since, until).await?;
    let top = i64::from(query.top.unwrap_or(DEFAULT_TOP));
    let movies = if query.since.is_none() && query.until.is_none() {
        movies_ever(db, top).await?
    } else {
        movies_between(db, since, until, top).await?
    };
    Ok(ViewReport { total: days.iter().map(|day| day.views).sum(), movies, days })
}

async fn days(db: &Transaction<'_>, since: Date, until: Date) -> Result<Vec<DayViews>> {
    let sql = "SELECT day, views FROM view_days WHERE day BETWEEN $1 AND $2 ORDER BY day";
    let rows = db.query(&db.prepare_cached(sql).await?, &[&since, &until]).await?;
    let day =
        |row: &Row| Ok(DayViews { day: row.try_get(0)?, views: row.try_get::<_, i64>(1)? as u64 });
    rows.iter().map(day).collect()
}

/// From the totals alone.
async fn movies_ever(db: &Transaction<'_>, top: i64) -> Result<Vec<MovieViews>> {
    let sql = "SELECT movie_id, title, views, last_viewed_at FROM view_totals t \
        WHERE views > 0 OR EXISTS (SELECT FROM movies WHERE id = t.movie_id) \
        ORDER BY views DESC, movie_id DESC LIMIT $1";
    let rows = db.query(&db.prepare_cached(sql).await?, &[&top]).await?;
    rows.iter().map(from_row).collect()
}

async fn movies_between(
    db: &Transaction<'_>,
    since: Date,
    until: Date,
    top: i64,
) -> Result<Vec<MovieViews>> {
    let sql = "WITH seen AS (SELECT movie_id, sum(views)::bigint AS views, \
                max(last_viewed_at) AS last \
            FROM view_movie_days WHERE day BETWEEN $1 AND $2 GROUP BY movie_id) \
        SELECT t.movie_id, t.title, coalesce(s.views, 0), s.last \
        FROM view_totals t LEFT JOIN seen s ON s.movie_id = t.movie_id \
        WHERE s.views IS NOT NULL OR EXISTS (SELECT FROM movies WHERE id = t.movie_id) \
        ORDER BY 3 DESC, 1 DESC LIMIT $3";
    let rows = db.query(&db.prepare_cached(sql).await?, &[&since, &until, &top]).await?;
    rows.iter().map(from_row).collect()
}

fn from_row(row: &Row) -> Result<MovieViews> {
    Ok(MovieViews {
        movie_id: MovieId(row.try_get(0)?),
        title: row.try_get(1)?,
        views: row.try_get::<_, i64>(2)? as u64,
        last_viewed_at: row.try_get(3)?,
    })
}

/// Counted, and not counted by reason.
pub async fn explain(db: &Transaction<'_>, id: MovieId) -> Result<ViewExplanation> {
    let sql = "SELECT title FROM view_totals WHERE movie_id = $1";
    let row = db.query_opt(&db.prepare_cached(sql).await?, &[&id.0]).await?;
    let title = row.ok_or(StoreError::NotFound)?.try_get(0)?;
    let sql = "SELECT reason, count(*) FROM playbacks WHERE movie_id = $1 \
        GROUP BY reason ORDER BY reason COLLATE \"C\"";
    let rows = db.query(&db.prepare_cached(sql).await?, &[&id.0]).await?;
    let mut explanation =
        ViewExplanation { movie_id: id, title, playbacks: 0, counted: 0, not_counted: Vec::new() };
    for row in rows {
        let playbacks = row.try_get::<_, i64>(1)? as u64;
        explanation.playbacks += playbacks;
        match row.try_get::<_, Option<String>>(0)? {
            None => explanation.counted = playbacks,
            Some(reason) => {
                explanation.not_counted.push(NotCounted { reason: from_word(reason)?, playbacks });
            }
        }
    }
    Ok(explanation)
}
