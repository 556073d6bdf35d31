//! Lists of movies in SQLite: filters, orders, pages and full-text search.

use ginflix_api::movie::MovieSort;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::movies::{COLUMNS, TABLES, from_row};
use crate::catalog::fold;
use crate::catalog::store::{Listed, MovieFilter, Result, SortKey, StoreError};
use ginflix_api::movie::MovieId;

/// Fields to look in, from the best match to the widest.
const TIERS: [&str; 4] =
    ["title", "title people", "title people genres", "title people genres description"];

/// A statement as it grows: SQL and its parameters.
struct Query {
    sql: String,
    conditions: Vec<String>,
    params: Vec<Value>,
}

impl Query {
    /// Adds a parameter and gives its placeholder.
    fn param(&mut self, value: impl Into<Value>) -> String {
        self.params.push(value.into());
        format!("?{}", self.params.len())
    }
}

/// Movies in order.
pub fn movies(db: &Connection, filter: &MovieFilter) -> Result<Vec<Listed>> {
    let sort = match filter.sort {
        MovieSort::Relevance if filter.words.is_empty() => MovieSort::Newest,
        sort => sort,
    };
    let query = build(filter, sort)?;
    let mut statement = db.prepare_cached(&query.sql)?;
    let mut rows = statement.query(params_from_iter(query.params))?;
    let mut listed = Vec::new();
    while let Some(row) = rows.next()? {
        let key = match row.get::<_, Value>("place")? {
            Value::Text(text) => text,
            Value::Integer(number) => number.to_string(),
            _ => String::new(),
        };
        let movie = from_row(row)?;
        listed.push(Listed { place: SortKey { key, id: movie.id }, movie });
    }
    Ok(listed)
}

fn build(filter: &MovieFilter, sort: MovieSort) -> Result<Query> {
    let mut query = Query { sql: String::new(), conditions: Vec::new(), params: Vec::new() };
    let found = match (filter.words.is_empty(), sort) {
        (true, _) => String::new(),
        (false, MovieSort::Relevance) => found_by_tier(&mut query, &filter.words),
        (false, _) => {
            let words = query.param(matching(TIERS[3], &filter.words));
            format!("JOIN movie_search s ON s.rowid = m.row AND movie_search MATCH {words}")
        }
    };
    if let Some(genre) = &filter.genre {
        let genre = query.param(fold::sort_key(genre));
        query
            .conditions
            .push(format!("m.id IN (SELECT movie_id FROM movie_genres WHERE genre_key = {genre})"));
    }
    if let Some(year) = filter.year {
        let year = query.param(i64::from(year));
        query.conditions.push(format!("m.year = {year}"));
    }
    if let Some(media) = &filter.media {
        let media = query.param(media.as_str().to_owned());
        query.conditions.push(format!("m.media = {media}"));
    }
    let order = Order::of(sort);
    if let Some(after) = &filter.after {
        order.after(&mut query, after)?;
    }
    let limit = query.param(i64::from(filter.limit));
    let place = order.key.unwrap_or("NULL");
    let conditions = match query.conditions.as_slice() {
        [] => String::new(),
        all => format!("WHERE {}", all.join(" AND ")),
    };
    query.sql = format!(
        "SELECT {COLUMNS}, {place} AS place FROM {TABLES} {found} {conditions} \
         ORDER BY {} LIMIT {limit}",
        order.by()
    );
    Ok(query)
}

/// Each movie that matches, with the first tier that does. Shorter titles are
/// nearer to what was asked for, so they come first within a tier.
fn found_by_tier(query: &mut Query, words: &[String]) -> String {
    let tiers: Vec<String> = TIERS
        .iter()
        .enumerate()
        .map(|(tier, columns)| {
            let words = query.param(matching(columns, words));
            format!(
                "SELECT rowid, {tier} AS tier FROM movie_search WHERE movie_search MATCH {words}"
            )
        })
        .collect();
    format!(
        "JOIN (SELECT rowid, min(tier) AS tier FROM ({}) GROUP BY rowid) s ON s.rowid = m.row",
        tiers.join(" UNION ALL ")
    )
}

/// An FTS5 query: every word in these columns, the last one as a prefix.
/// Folded words have no quotes, so quoting makes them mere words.
fn matching(columns: &str, words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    format!("{{{columns}}} : ({} *)", quoted.join(" AND "))
}

/// What a list is sorted by before the id; one direction for both.
struct Order {
    key: Option<&'static str>,
    id: &'static str,
    descending: bool,
    numeric: bool,
}

impl Order {
    fn of(sort: MovieSort) -> Self {
        match sort {
            MovieSort::Newest => Self { key: None, id: "m.id", descending: true, numeric: false },
            MovieSort::Title => {
                Self { key: Some("m.title_key"), id: "m.id", descending: false, numeric: false }
            }
            // Both of the same table, so that its index gives the order.
            MovieSort::Views => {
                Self { key: Some("t.views"), id: "t.movie_id", descending: true, numeric: true }
            }
            MovieSort::Relevance => Self {
                key: Some("(s.tier * 1000000 + length(m.title_key))"),
                id: "m.id",
                descending: false,
                numeric: true,
            },
        }
    }

    fn by(&self) -> String {
        let direction = if self.descending { "DESC" } else { "ASC" };
        match self.key {
            None => format!("{} {direction}", self.id),
            Some(key) => format!("{key} {direction}, {} {direction}", self.id),
        }
    }

    fn after(&self, query: &mut Query, place: &SortKey) -> Result<()> {
        let MovieId(id) = place.id;
        let id = query.param(id.as_bytes().to_vec());
        let than = if self.descending { '<' } else { '>' };
        let condition = match self.key {
            None => format!("{} {than} {id}", self.id),
            Some(key) => {
                let value = match place.key.parse::<i64>() {
                    Ok(number) if self.numeric => Value::Integer(number),
                    Err(_) if self.numeric => {
                        return Err(StoreError::Other("a place of another order".to_owned()));
                    }
                    _ => Value::Text(place.key.clone()),
                };
                let value = query.param(value);
                format!("({key}, {}) {than} ({value}, {id})", self.id)
            }
        };
        query.conditions.push(condition);
        Ok(())
    }
}
