//! Lists of movies in PostgreSQL: filters, orders, pages and full-text search.

use std::collections::BTreeMap;

use deadpool_postgres::Client;
use ginflix_api::movie::MovieSort;
use tokio_postgres::types::ToSql;

use super::movies::{COLUMNS, TABLES, from_row};
use crate::catalog::columns::damaged;
use crate::catalog::fold;
use crate::catalog::store::{Listed, MovieFilter, MovieRecord, Result, SortKey};

/// Weights of fields to look in, from the best match to the widest.
const TIERS: [&str; 4] = ["A", "AB", "ABC", "ABCD"];

/// A statement as it grows: conditions and parameters.
#[derive(Default)]
struct Query {
    conditions: Vec<String>,
    params: Vec<Box<dyn ToSql + Sync + Send>>,
}

impl Query {
    /// Adds a parameter and gives its placeholder.
    fn param(&mut self, value: impl ToSql + Sync + Send + 'static) -> String {
        self.params.push(Box::new(value));
        format!("${}", self.params.len())
    }
}

/// Movies in order.
pub async fn movies(db: &Client, filter: &MovieFilter) -> Result<Vec<Listed>> {
    let sort = match filter.sort {
        MovieSort::Relevance if filter.words.is_empty() => MovieSort::Newest,
        sort => sort,
    };
    let mut query = Query::default();
    let sql = build(&mut query, filter, sort)?;
    let params: Vec<&(dyn ToSql + Sync)> =
        query.params.iter().map(|value| value.as_ref() as &(dyn ToSql + Sync)).collect();
    let rows = db.query(&db.prepare_cached(&sql).await?, &params).await?;
    rows.iter()
        .map(|row| {
            let movie = from_row(row)?;
            let key: Option<String> = row.try_get("place")?;
            Ok(Listed { place: SortKey { key: key.unwrap_or_default(), id: movie.id }, movie })
        })
        .collect()
}

fn build(query: &mut Query, filter: &MovieFilter, sort: MovieSort) -> Result<String> {
    if !filter.words.is_empty() {
        let words = query.param(search_query(TIERS[3], &filter.words));
        query.conditions.push(format!("m.search @@ {words}::text::tsquery"));
    }
    if let Some(genre) = &filter.genre {
        let genre = query.param(fold::sort_key(genre));
        query
            .conditions
            .push(format!("m.id IN (SELECT movie_id FROM movie_genres WHERE genre_key = {genre})"));
    }
    if let Some(year) = filter.year {
        let year = query.param(i32::from(year));
        query.conditions.push(format!("m.year = {year}"));
    }
    if let Some(media) = &filter.media {
        let media = query.param(media.as_str().to_owned());
        query.conditions.push(format!("m.media = {media}"));
    }
    let order = Order::of(sort, query, &filter.words);
    if let Some(after) = &filter.after {
        order.after(query, after)?;
    }
    let limit = query.param(i64::from(filter.limit));
    let place = order.key.as_deref().map_or("NULL".to_owned(), |key| format!("({key})"));
    let conditions = match query.conditions.as_slice() {
        [] => String::new(),
        all => format!("WHERE {}", all.join(" AND ")),
    };
    Ok(format!(
        "SELECT {COLUMNS}, {place}::text AS place FROM {TABLES} {conditions} \
         ORDER BY {} LIMIT {limit}",
        order.by()
    ))
}

/// What a list is sorted by before the id; one direction for both.
struct Order {
    key: Option<String>,
    id: &'static str,
    descending: bool,
    numeric: bool,
}

impl Order {
    fn of(sort: MovieSort, query: &mut Query, words: &[String]) -> Self {
        let (key, id, descending, numeric) = match sort {
            MovieSort::Newest => (None, "m.id", true, false),
            MovieSort::Title => (Some("m.title_key".to_owned()), "m.id", false, false),
            // Both of the same table, so that its index gives the order.
            MovieSort::Views => (Some("t.views".to_owned()), "t.movie_id", true, true),
            MovieSort::Relevance => (Some(relevance(query, words)), "m.id", false, true),
        };
        Self { key, id, descending, numeric }
    }

    fn by(&self) -> String {
        let direction = if self.descending { "DESC" } else { "ASC" };
        match &self.key {
            None => format!("{} {direction}", self.id),
            Some(key) => format!("{key} {direction}, {} {direction}", self.id),
        }
    }

    fn after(&self, query: &mut Query, place: &SortKey) -> Result<()> {
        let id = query.param(place.id.0);
        let than = if self.descending { '<' } else { '>' };
        let condition = match &self.key {
            None => format!("{} {than} {id}", self.id),
            Some(key) => {
                let value = match self.numeric {
                    true => query.param(place.key.parse::<i64>().map_err(damaged)?),
                    false => query.param(place.key.clone()),
                };
                format!("({key}, {}) {than} ({value}, {id})", self.id)
            }
        };
        query.conditions.push(condition);
        Ok(())
    }
}

/// The first tier that has every word. Shorter titles are nearer to what was
/// asked for, so they come first within a tier.
fn relevance(query: &mut Query, words: &[String]) -> String {
    let cases: String = TIERS[..3]
        .iter()
        .enumerate()
        .map(|(tier, weights)| {
            let words = query.param(search_query(weights, words));
            format!("WHEN m.search @@ {words}::text::tsquery THEN {tier} ")
        })
        .collect();
    format!("(CASE {cases} ELSE 3 END * 1000000 + length(m.title_key))::bigint")
}

/// A tsquery: every word in fields of these weights, the last one as a prefix.
/// Folded words have neither quotes nor backslashes.
fn search_query(weights: &str, words: &[String]) -> String {
    let last = words.len().saturating_sub(1);
    let terms: Vec<String> = words
        .iter()
        .enumerate()
        .map(|(n, word)| format!("'{word}':{}{weights}", if n == last { "*" } else { "" }))
        .collect();
    terms.join(" & ")
}

/// A tsvector of the folded words of a movie, each once a field.
pub fn search_vector(movie: &MovieRecord) -> String {
    let people = [movie.directors.join(" "), movie.cast.join(" ")].join(" ");
    let genres = movie.genres.join(" ");
    let fields = [&movie.title, &people, &genres, &movie.description];
    let mut marks: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (text, mark) in fields.into_iter().zip(["1A", "2B", "3C", "4D"]) {
        for word in fold::words(text) {
            let marks = marks.entry(word).or_default();
            if !marks.contains(&mark) {
                marks.push(mark);
            }
        }
    }
    let lexemes: Vec<String> =
        marks.iter().map(|(word, marks)| format!("'{word}':{}", marks.join(","))).collect();
    lexemes.join(" ")
}
