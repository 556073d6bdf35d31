//! Lists of movies in SQLite, with its full-text search FTS5.

use rusqlite::types::{ToSql, ToSqlOutput, Value};
use rusqlite::{Connection, params_from_iter};

use super::query::fetch_all;
use crate::catalog::fuzzy;
use crate::catalog::list_sql::{self, SearchSql, SqlDialect, SqlParam, SqlParams};
use crate::catalog::store::{ListedMovie, MovieFilter, Result};

/// The columns that must contain every word, for each tier of matches from the best to the last.
const TIERS: [&str; 4] =
    ["title", "title people", "title people genres", "title people genres description"];

/// Returns the movies that match the filter, in its order.
pub fn movies(db: &Connection, filter: &MovieFilter) -> Result<Vec<ListedMovie>> {
    let (sql, params) = list_sql::list::<Sqlite>(filter)?;
    fetch_all(db, &sql, params_from_iter(params))
}

struct Sqlite;

impl SqlDialect for Sqlite {
    const PLACEHOLDER_PREFIX: char = '?';

    fn search(params: &mut SqlParams, filter: &MovieFilter, ranked: bool) -> SearchSql {
        if ranked {
            let rank = "(s.tier * 1000000 + length(m.title_key))".to_owned();
            return SearchSql {
                join: join_by_tier(params, filter),
                rank: Some(rank),
                condition: None,
            };
        }
        let words =
            params.add(SqlParam::Text(match_query(TIERS[3], &filter.words, &filter.alternatives)));
        let join = format!("JOIN movie_search s ON s.rowid = m.row AND movie_search MATCH {words}");
        SearchSql { join, ..SearchSql::default() }
    }
}

impl ToSql for SqlParam {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Text(text) => text.as_str().into(),
            Self::Number(number) => ToSqlOutput::Owned(Value::from(*number)),
            Self::Id(id) => ToSqlOutput::Owned(Value::from(id.as_bytes().to_vec())),
            Self::Day(day) => ToSqlOutput::Owned(Value::from(day.to_string())),
        })
    }
}

/// Returns a join with each matching movie and its tier: the first of [`TIERS`] that matches
/// every word, or one more for a movie that matches only by an alternative. The rank puts shorter
/// titles first within a tier, because a larger part of them matches.
fn join_by_tier(params: &mut SqlParams, filter: &MovieFilter) -> String {
    let MovieFilter { words, alternatives, .. } = filter;
    let exact = TIERS.iter().map(|columns| match_query(columns, words, &[]));
    let fuzzy = (!alternatives.is_empty()).then(|| match_query(TIERS[3], words, alternatives));
    let tiers: Vec<String> = exact
        .chain(fuzzy)
        .enumerate()
        .map(|(tier, words)| {
            let words = params.add(SqlParam::Text(words));
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

/// Returns an FTS5 query for every word, or an alternative of it, in these columns. The last
/// word matches as a prefix. Normalized words contain no quotation marks, so a word in quotation
/// marks is never an operator.
fn match_query(columns: &str, words: &[String], alternatives: &[Vec<String>]) -> String {
    let last = words.len().saturating_sub(1);
    let terms: Vec<String> = words
        .iter()
        .enumerate()
        .map(|(n, word)| {
            let prefix = if n == last { " *" } else { "" };
            let others = alternatives.get(n).into_iter().flatten();
            let others: String = others.map(|other| format!(" OR \"{other}\"")).collect();
            format!("(\"{word}\"{prefix}{others})")
        })
        .collect();
    format!("{{{columns}}} : ({})", terms.join(" AND "))
}

/// Returns words that share trigrams with this word, those that share the most first.
pub fn similar_words(db: &Connection, word: &str) -> Result<Vec<String>> {
    let trigrams: Vec<String> =
        fuzzy::trigrams(word).iter().map(|trigram| format!("\"{trigram}\"")).collect();
    let sql = "SELECT w.word FROM movie_grams g JOIN movie_words w ON w.row = g.rowid \
        WHERE movie_grams MATCH ?1 ORDER BY g.rank LIMIT 200";
    fetch_all(db, sql, [trigrams.join(" OR ")])
}
