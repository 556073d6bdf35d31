//! Lists of movies in SQLite, and its full-text search.

use rusqlite::types::{ToSql, ToSqlOutput, Value};
use rusqlite::{Connection, params_from_iter};

use super::query::all;
use crate::catalog::listing::{self, Dialect, Param, Params, Search};
use crate::catalog::spelling;
use crate::catalog::store::{ListedMovie, MovieFilter, Result};

/// Fields to look in, from the best match to the widest.
const TIERS: [&str; 4] =
    ["title", "title people", "title people genres", "title people genres description"];

/// Movies in order.
pub fn movies(db: &Connection, filter: &MovieFilter) -> Result<Vec<ListedMovie>> {
    let (sql, params) = listing::list::<Sqlite>(filter)?;
    all(db, &sql, params_from_iter(params))
}

struct Sqlite;

impl Dialect for Sqlite {
    const MARK: char = '?';

    fn search(params: &mut Params, filter: &MovieFilter, ranked: bool) -> Search {
        if ranked {
            let (joined, rank) =
                (by_tier(params, filter), "(s.tier * 1000000 + length(m.title_key))");
            return Search { joined, rank: Some(rank.to_owned()), condition: None };
        }
        let words = params.add(Param::Text(matching(TIERS[3], &filter.words, &filter.instead)));
        let joined =
            format!("JOIN movie_search s ON s.rowid = m.row AND movie_search MATCH {words}");
        Search { joined, ..Search::default() }
    }
}

impl ToSql for Param {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Text(text) => text.as_str().into(),
            Self::Number(number) => ToSqlOutput::Owned(Value::from(*number)),
            Self::Id(id) => ToSqlOutput::Owned(Value::from(id.as_bytes().to_vec())),
            Self::Day(day) => ToSqlOutput::Owned(Value::from(day.to_string())),
        })
    }
}

/// Each movie that matches, with the first tier that does; the one after them
/// all is of words that do instead. Shorter titles are nearer to what was asked
/// for, so they come first within a tier.
fn by_tier(params: &mut Params, filter: &MovieFilter) -> String {
    let MovieFilter { words, instead, .. } = filter;
    let typed = TIERS.iter().map(|columns| matching(columns, words, &[]));
    let meant = (!instead.is_empty()).then(|| matching(TIERS[3], words, instead));
    let tiers: Vec<String> = typed
        .chain(meant)
        .enumerate()
        .map(|(tier, words)| {
            let words = params.add(Param::Text(words));
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

/// An FTS5 query: every word, or one that does instead, in these columns; the
/// last one as a prefix. Folded words have no quotes, so quoting makes them mere
/// words.
fn matching(columns: &str, words: &[String], instead: &[Vec<String>]) -> String {
    let last = words.len().saturating_sub(1);
    let terms: Vec<String> = words
        .iter()
        .enumerate()
        .map(|(n, word)| {
            let star = if n == last { " *" } else { "" };
            let others = instead.get(n).into_iter().flatten();
            let others: String = others.map(|other| format!(" OR \"{other}\"")).collect();
            format!("(\"{word}\"{star}{others})")
        })
        .collect();
    format!("{{{columns}}} : ({})", terms.join(" AND "))
}

/// Words that have trigrams in common with this one, those with the most first.
pub fn words_like(db: &Connection, word: &str) -> Result<Vec<String>> {
    let grams: Vec<String> =
        spelling::grams(word).iter().map(|gram| format!("\"{gram}\"")).collect();
    let sql = "SELECT w.word FROM movie_grams g JOIN movie_words w ON w.row = g.rowid \
        WHERE movie_grams MATCH ?1 ORDER BY g.rank LIMIT 200";
    all(db, sql, [grams.join(" OR ")])
}
