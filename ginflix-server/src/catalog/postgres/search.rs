//! Lists of movies in PostgreSQL, and its full-text search.

use std::collections::BTreeMap;
use std::error::Error;

use bytes::BytesMut;
use deadpool_postgres::Client;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use super::query::{Value, all};
use crate::catalog::listing::{self, Dialect, Param, Params, Search};
use crate::catalog::store::{ListedMovie, MovieFilter, MovieRecord, Result};
use crate::catalog::{fold, spelling};

/// Weights of fields to look in, from the best match to the widest.
const TIERS: [&str; 4] = ["A", "AB", "ABC", "ABCD"];

/// Movies in order.
pub async fn movies(db: &Client, filter: &MovieFilter) -> Result<Vec<ListedMovie>> {
    let (sql, params) = listing::list::<Postgres>(filter)?;
    let params: Vec<Value<'_>> = params.iter().map(|param| param as Value<'_>).collect();
    all(db, &sql, &params).await
}

struct Postgres;

impl Dialect for Postgres {
    const MARK: char = '$';

    fn search(params: &mut Params, filter: &MovieFilter, ranked: bool) -> Search {
        let words = search_query(TIERS[3], &filter.words, &filter.instead);
        let words = params.add(Param::Text(words));
        Search {
            joined: String::new(),
            condition: Some(format!("m.search @@ {words}::text::tsquery")),
            rank: ranked.then(|| rank(params, filter)),
        }
    }
}

impl ToSql for Param {
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

/// The first tier that has every word; after them all, what has one that does
/// instead. Shorter titles are nearer to what was asked for, so they come first
/// within a tier.
fn rank(params: &mut Params, filter: &MovieFilter) -> String {
    // What is found at all and is in no tier is in the one after them.
    let tiers = if filter.instead.is_empty() { &TIERS[..3] } else { &TIERS[..] };
    let cases: String = tiers
        .iter()
        .enumerate()
        .map(|(tier, weights)| {
            let words = params.add(Param::Text(search_query(weights, &filter.words, &[])));
            format!("WHEN m.search @@ {words}::text::tsquery THEN {tier} ")
        })
        .collect();
    format!("(CASE {cases} ELSE {} END * 1000000 + length(m.title_key))::bigint", tiers.len())
}

/// A tsquery: every word, or one that does instead, in fields of these weights;
/// the last one as a prefix. Folded words have neither quotes nor backslashes.
fn search_query(weights: &str, words: &[String], instead: &[Vec<String>]) -> String {
    let last = words.len().saturating_sub(1);
    let terms: Vec<String> = words
        .iter()
        .enumerate()
        .map(|(n, word)| {
            let star = if n == last { "*" } else { "" };
            let others = instead.get(n).into_iter().flatten();
            let others: String = others.map(|other| format!(" | '{other}':{weights}")).collect();
            format!("('{word}':{star}{weights}{others})")
        })
        .collect();
    terms.join(" & ")
}

/// Words that have trigrams in common with this one, those with the most first.
pub async fn words_like(db: &Client, word: &str) -> Result<Vec<String>> {
    let pattern = |gram: &String| match (gram.strip_prefix(' '), gram.strip_suffix(' ')) {
        (Some(start), _) => format!("{start}%"),
        (_, Some(end)) => format!("%{end}"),
        _ => format!("%{gram}%"),
    };
    // Folded words have none of LIKE's own characters.
    let patterns: Vec<String> = spelling::grams(word).iter().map(pattern).collect();
    let sql = "SELECT word FROM movie_words WHERE word LIKE ANY ($1::text[]) \
        ORDER BY (SELECT count(*) FROM unnest($1::text[]) p WHERE word LIKE p) DESC, \
            length(word), word LIMIT 200";
    all(db, sql, &[&patterns]).await
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
