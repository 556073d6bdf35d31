//! Lists of movies in PostgreSQL, with its full-text search.

use std::collections::BTreeMap;
use std::error::Error;

use bytes::BytesMut;
use deadpool_postgres::Client;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use super::query::{SqlValue, fetch_all};
use crate::catalog::list_sql::{self, SearchSql, SqlDialect, SqlParam, SqlParams};
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
        let words = search_query(TIERS[3], &filter.words, &filter.alternatives);
        let words = params.add(SqlParam::Text(words));
        SearchSql {
            join: String::new(),
            condition: Some(format!("m.search @@ {words}::text::tsquery")),
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

/// Returns an expression that ranks a matching movie by its tier: the first of [`TIERS`] that
/// matches every word, or one more for a movie that matches only by an alternative. Within a tier
/// shorter titles come first, because a larger part of them matches.
fn rank(params: &mut SqlParams, filter: &MovieFilter) -> String {
    // The condition of the list has matched already, so the last tier needs no test of its own.
    let tiers = if filter.alternatives.is_empty() { &TIERS[..3] } else { &TIERS[..] };
    let cases: String = tiers
        .iter()
        .enumerate()
        .map(|(tier, weights)| {
            let words = params.add(SqlParam::Text(search_query(weights, &filter.words, &[])));
            format!("WHEN m.search @@ {words}::text::tsquery THEN {tier} ")
        })
        .collect();
    format!("(CASE {cases} ELSE {} END * 1000000 + length(m.title_key))::bigint", tiers.len())
}

/// Returns a tsquery for every word, or an alternative of it, in the fields of these weights. The
/// last word matches as a prefix. Normalized words contain neither quotation marks nor backslashes,
/// so they need no escaping.
fn search_query(weights: &str, words: &[String], alternatives: &[Vec<String>]) -> String {
    let last = words.len().saturating_sub(1);
    let terms: Vec<String> = words
        .iter()
        .enumerate()
        .map(|(n, word)| {
            let prefix = if n == last { "*" } else { "" };
            let others = alternatives.get(n).into_iter().flatten();
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
