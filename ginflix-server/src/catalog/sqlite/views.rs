//! View reports from SQLite.

use ginflix_api::movie::MovieId;
use ginflix_api::views::{
    DayViews, MovieViews, NotCounted, ViewExplanation, ViewQuery, ViewReport,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::values::time;
use crate::catalog::columns::{self, damaged, from_word};
use crate::catalog::store::{DEFAULT_TOP, Result, StoreError};

/// Views per movie and day.
pub fn report(db: &Connection, query: &ViewQuery) -> Result<ViewReport> {
    let (since, until) = columns::days(query);
    let (since, until) = (since.to_string(), until.to_string());
    let days = days(db, &since, &until)?;
    let top = query.top.unwrap_or(DEFAULT_TOP);
    let movies = if query.since.is_none() && query.until.is_none() {
        movies_ever(db, top)?
    } else {
        movies_between(db, &since, &until, top)?
    };
    Ok(ViewReport { total: days.iter().map(|day| day.views).sum(), movies, days })
}

fn days(db: &Connection, since: &str, until: &str) -> Result<Vec<DayViews>> {
    let mut statement = db.prepare_cached(
        "SELECT day, views FROM view_days WHERE day BETWEEN ?1 AND ?2 ORDER BY day",
    )?;
    let mut rows = statement.query([since, until])?;
    let mut days = Vec::new();
    while let Some(row) = rows.next()? {
        let day: String = row.get(0)?;
        let day = day.parse().map_err(damaged)?;
        days.push(DayViews { day, views: row.get::<_, i64>(1)? as u64 });
    }
    Ok(days)
}

/// From the totals alone.
fn movies_ever(db: &Connection, top: u32) -> Result<Vec<MovieViews>> {
    let mut statement = db.prepare_cached(
        "SELECT movie_id, title, views, last_viewed_at FROM view_totals t \
         WHERE views > 0 OR EXISTS (SELECT 1 FROM movies WHERE id = t.movie_id) \
         ORDER BY views DESC, movie_id DESC LIMIT ?1",
    )?;
    collect(statement.query([top])?)
}

fn movies_between(db: &Connection, since: &str, until: &str, top: u32) -> Result<Vec<MovieViews>> {
    let mut statement = db.prepare_cached(
        "WITH seen AS (SELECT movie_id, sum(views) AS views, max(last_viewed_at) AS last \
             FROM view_movie_days WHERE day BETWEEN ?1 AND ?2 GROUP BY movie_id) \
         SELECT t.movie_id, t.title, coalesce(s.views, 0) AS views, s.last \
         FROM view_totals t LEFT JOIN seen s ON s.movie_id = t.movie_id \
         WHERE s.views IS NOT NULL OR EXISTS (SELECT 1 FROM movies WHERE id = t.movie_id) \
         ORDER BY 3 DESC, 1 DESC LIMIT ?3",
    )?;
    collect(statement.query(params![since, until, top])?)
}

fn collect(mut rows: rusqlite::Rows<'_>) -> Result<Vec<MovieViews>> {
    let mut movies = Vec::new();
    while let Some(row) = rows.next()? {
        movies.push(from_row(row)?);
    }
    Ok(movies)
}

fn from_row(row: &Row<'_>) -> Result<MovieViews> {
    Ok(MovieViews {
        movie_id: MovieId(row.get(0)?),
        title: row.get(1)?,
        views: row.get::<_, i64>(2)? as u64,
        last_viewed_at: row.get::<_, Option<i64>>(3)?.map(time).transpose()?,
    })
}

/// Counted, and not counted by reason.
pub fn explain(db: &Connection, id: MovieId) -> Result<ViewExplanation> {
    let title: Option<String> = db
        .prepare_cached("SELECT title FROM view_totals WHERE movie_id = ?1")?
        .query_row([id.0], |row| row.get(0))
        .optional()?;
    let title = title.ok_or(StoreError::NotFound)?;
    let mut statement = db.prepare_cached(
        "SELECT reason, count(*) FROM playbacks WHERE movie_id = ?1 GROUP BY reason ORDER BY reason",
    )?;
    let mut rows = statement.query([id.0])?;
    let mut explanation =
        ViewExplanation { movie_id: id, title, playbacks: 0, counted: 0, not_counted: Vec::new() };
    while let Some(row) = rows.next()? {
        let playbacks = row.get::<_, i64>(1)? as u64;
        explanation.playbacks += playbacks;
        match row.get::<_, Option<String>>(0)? {
            None => explanation.counted = playbacks,
            Some(reason) => {
                explanation.not_counted.push(NotCounted { reason: from_word(reason)?, playbacks });
            }
        }
    }
    Ok(explanation)
}
