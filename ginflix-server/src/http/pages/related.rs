//! Movies beside a movie: those of the same people, and of the same genres.

use std::collections::HashSet;

use ginflix_api::movie::{Movie, MovieId, MovieQuery, MovieSort};

use super::card::Card;
use crate::catalog::Catalog;
use crate::locale::Locale;

/// The most movies that are shown beside one.
const MAX_RELATED: usize = 12;
/// The people whose other movies are looked for, and the genres.
const MAX_PEOPLE: usize = 3;
const MAX_GENRES: usize = 2;
/// The movies that are asked for by one person or genre.
const MOVIES_OF_EACH: u32 = 8;

/// Returns related movies, the most similar first: those of which more people and genres are the same, then the most viewed.
/// Movies that cannot be read are left out: a page is useful without them.
pub async fn related(
    catalog: &Catalog,
    movie: &Movie,
    known: &[MovieId],
    locale: Locale,
) -> Vec<Card> {
    let mut found: Vec<Movie> = Vec::new();
    for query in queries(movie) {
        if let Ok(page) = catalog.movies(&query).await {
            found.extend(page.items.iter().cloned());
        }
    }
    let mut seen: HashSet<MovieId> = known.iter().copied().chain([movie.id]).collect();
    found.retain(|other| seen.insert(other.id));
    found.sort_by_key(|other| std::cmp::Reverse((likeness(movie, other), other.views)));
    found.iter().take(MAX_RELATED).map(|other| Card::new(other, locale)).collect()
}

fn queries(movie: &Movie) -> Vec<MovieQuery> {
    let base = || MovieQuery { limit: Some(MOVIES_OF_EACH), ..MovieQuery::default() };
    let people = movie.directors.iter().chain(&movie.cast).take(MAX_PEOPLE);
    let by_person = people.map(|name| MovieQuery { q: Some(name.clone()), ..base() });
    let sort = Some(MovieSort::Views);
    let by_genre = movie.genres.iter().take(MAX_GENRES);
    let by_genre = by_genre.map(|genre| MovieQuery { genre: Some(genre.clone()), sort, ..base() });
    by_person.chain(by_genre).collect()
}

/// Counts what two movies have in common; a person counts as much as two genres.
fn likeness(a: &Movie, b: &Movie) -> usize {
    let people = |movie: &Movie| -> HashSet<String> {
        movie.directors.iter().chain(&movie.cast).map(|name| name.to_lowercase()).collect()
    };
    let genres = |movie: &Movie| -> HashSet<String> {
        movie.genres.iter().map(|genre| genre.to_lowercase()).collect()
    };
    2 * people(a).intersection(&people(b)).count() + genres(a).intersection(&genres(b)).count()
}
