//! Lists of movies in SQLite, with its full-text search FTS5.

use rusqlite::types::{ToSql, ToSqlOutput, Value};
use rusqlite::{Connection, params_from_iter};

use super::query::fetch_all;
use crate::catalog::fuzzy;
use crate::catalog::list_sql::{self, SearchSql, SqlDialect, SqlParam, SqlParams};
use crate::catalog::search_words::{Search, WordSearch};
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
            let rank = "(s.rank * 1000000 + length(m.title_key))".to_owned();
            return SearchSql {
                join: join_by_rank(params, filter),
                rank: Some(rank),
                condition: None,
            };
        }
        let ways = Search::all_of(filter);
        let ways: Vec<String> =
            ways.iter().map(|search| select(params, search, TIERS[3], "")).collect();
        let join = format!("JOIN ({}) s ON s.rowid = m.row", ways.join(" UNION "));
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

/// Returns a join with each matching movie and its rank: that of its best match. Shorter titles come
/// first within a rank, because a larger part of them matches.
fn join_by_rank(params: &mut SqlParams, filter: &MovieFilter) -> String {
    let ranked: Vec<String> = Search::ranked(filter, TIERS)
        .iter()
        .map(|one| select(params, &one.search, one.fields, &format!(", {} AS rank", one.rank)))
        .collect();
    format!(
        "JOIN (SELECT rowid, min(rank) AS rank FROM ({}) GROUP BY rowid) s ON s.rowid = m.row",
        ranked.join(" UNION ALL ")
    )
}

/// Returns a statement that selects the row ids of the matches in these fields, and more `columns`.
fn select(params: &mut SqlParams, search: &Search, fields: &str, columns: &str) -> String {
    let year = search.year.map(|year| params.add(SqlParam::Number(year.into())));
    if let Some(year) = year.as_ref().filter(|_| search.words.words.is_empty()) {
        return format!("SELECT y.row AS rowid{columns} FROM movies y WHERE y.year = {year}");
    }
    let words = params.add(SqlParam::Text(match_query(fields, &search.words)));
    let of_year = year.map(|year| format!("JOIN movies y ON y.row = w.rowid AND y.year = {year}"));
    format!(
        "SELECT w.rowid AS rowid{columns} FROM movie_search w {} WHERE movie_search MATCH {words}",
        of_year.unwrap_or_default()
    )
}

/// Returns an FTS5 query for every word, or an alternative of it, in these columns. An unfinished
/// last word matches as a prefix. Normalized words contain no quotation marks, so a word in
/// quotation marks is never an operator.
fn match_query(columns: &str, search: &WordSearch) -> String {
    let last = search.words.len().saturating_sub(1);
    let terms: Vec<String> = search
        .words
        .iter()
        .enumerate()
        .map(|(n, word)| {
            let prefix = if n == last && search.is_unfinished { " *" } else { "" };
            let others = search.alternatives.get(n).into_iter().flatten();
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
