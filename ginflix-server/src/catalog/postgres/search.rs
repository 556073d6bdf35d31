//! Lists of movies in PostgreSQL, with its full-text search.

use std::collections::BTreeMap;
use std::error::Error;

use bytes::BytesMut;
use deadpool_postgres::Client;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use super::query::{SqlValue, fetch_all};
use crate::catalog::list_sql::{self, SearchSql, SqlDialect, SqlParam, SqlParams};
use crate::catalog::search_words::{Search, WordSearch};
use crate::catalog::store::{ListedMovie, MovieFilter, MovieRecord, Result};
use crate::catalog::{fuzzy, normalize};

/// The weights of the fields that must contain every word, for each tier of matches from the best
/// to the last.
const TIERS: [&str; 4] = ["A", "AB", "ABC", "ABCD"];

/// Returns the movies that match the filter, in its order.
pub async fn movies(db: &Client, filter: &MovieFilter) -> Result<Vec<ListedMovie>> {
    let (sql, params) = list_sql::list::<Postgres>(filter)?;
    let params: Vec<SqlValue<'_>> = params.iter().map(|param| param as SqlValue<'_>).collect();
    fetch_all(db, &sql, &params).await
}

struct Postgres;

impl SqlDialect for Postgres {
    const PLACEHOLDER_PREFIX: char = '$';

    fn search(params: &mut SqlParams, filter: &MovieFilter, ranked: bool) -> SearchSql {
        let ways = Search::all_of(filter);
        let ways: Vec<String> =
            ways.iter().map(|search| condition(params, search, TIERS[3])).collect();
        SearchSql {
            join: String::new(),
            condition: Some(format!("({})", ways.join(" OR "))),
            rank: ranked.then(|| rank(params, filter)),
        }
    }
}

impl ToSql for SqlParam {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Text(text) => text.to_sql(ty, out),
            Self::Number(number) if *ty == Type::INT4 => i32::try_from(*number)?.to_sql(ty, out),
            Self::Number(number) => number.to_sql(ty, out),
            Self::Id(id) => id.to_sql(ty, out),
            Self::Day(day) => day.to_sql(ty, out),
        }
    }

    fn accepts(ty: &Type) -> bool {
        [Type::TEXT, Type::INT4, Type::INT8, Type::UUID, Type::DATE].contains(ty)
    }

    to_sql_checked!();
}

/// Returns an expression that ranks a matching movie by its best match. Within a rank shorter titles
/// come first, because a larger part of them matches.
fn rank(params: &mut SqlParams, filter: &MovieFilter) -> String {
    let mut ranked = Search::ranked(filter, TIERS);
    // The condition of the list has matched already, so the last one needs no test of its own.
    let last = ranked.pop().map_or(0, |last| last.rank);
    let cases: String = ranked
        .iter()
        .map(|one| {
            let condition = condition(params, &one.search, one.fields);
            format!("WHEN {condition} THEN {} ", one.rank)
        })
        .collect();
    format!("(CASE {cases} ELSE {last} END * 1000000 + length(m.title_key))::bigint")
}

/// Returns the condition that a movie matches in the fields of these weights.
fn condition(params: &mut SqlParams, search: &Search, weights: &str) -> String {
    let year = search.year.map(|year| params.add(SqlParam::Number(year.into())));
    let year = year.map(|year| format!("m.year = {year}"));
    let words = (!search.words.words.is_empty()).then(|| {
        let words = params.add(SqlParam::Text(search_query(weights, &search.words)));
        format!("m.search @@ {words}::text::tsquery")
    });
    let both: Vec<String> = [year, words].into_iter().flatten().collect();
    format!("({})", both.join(" AND "))
}

/// Returns a tsquery for every word, or an alternative of it, in the fields of these weights. An
/// unfinished last word matches as a prefix. Normalized words contain neither quotation marks nor
/// backslashes, so they need no escaping.
fn search_query(weights: &str, search: &WordSearch) -> String {
    let last = search.words.len().saturating_sub(1);
    let terms: Vec<String> = search
        .words
        .iter()
        .enumerate()
        .map(|(n, word)| {
            let prefix = if n == last && search.is_unfinished { "*" } else { "" };
            let others = search.alternatives.get(n).into_iter().flatten();
            let others: String = others.map(|other| format!(" | '{other}':{weights}")).collect();
            format!("('{word}':{prefix}{weights}{others})")
        })
        .collect();
    terms.join(" & ")
}

/// Returns words that share trigrams with this word, those that share the most first.
pub async fn similar_words(db: &Client, word: &str) -> Result<Vec<String>> {
    let pattern = |trigram: &String| match (trigram.strip_prefix(' '), trigram.strip_suffix(' ')) {
        (Some(start), _) => format!("{start}%"),
        (_, Some(end)) => format!("%{end}"),
        _ => format!("%{trigram}%"),
    };
    // Normalized words contain no wildcards of LIKE.
    let patterns: Vec<String> = fuzzy::trigrams(word).iter().map(pattern).collect();
    let sql = "SELECT word FROM movie_words WHERE word LIKE ANY ($1::text[]) \
        ORDER BY (SELECT count(*) FROM unnest($1::text[]) p WHERE word LIKE p) DESC, \
            length(word), word LIMIT 200";
    fetch_all(db, sql, &[&patterns]).await
}

/// Returns a tsvector with the normalized words of a movie. A word has one position, with its
/// weight, for each field that contains it.
pub fn search_vector(movie: &MovieRecord) -> String {
    let people = [movie.directors.join(" "), movie.cast.join(" ")].join(" ");
    let genres = movie.genres.join(" ");
    let fields = [&movie.title, &people, &genres, &movie.description];
    let mut positions: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (text, position) in fields.into_iter().zip(["1A", "2B", "3C", "4D"]) {
        for word in normalize::words(text) {
            let positions = positions.entry(word).or_default();
            if !positions.contains(&position) {
                positions.push(position);
            }
        }
    }
    let lexemes: Vec<String> = positions
        .iter()
        .map(|(word, positions)| format!("'{word}':{}", positions.join(",")))
        .collect();
    lexemes.join(" ")
}
