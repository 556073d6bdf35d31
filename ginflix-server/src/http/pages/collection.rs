//! The pages of all collections and of one, and the generated image of its card.

use std::cmp::Reverse;
use std::collections::HashMap;

use askama::Template;
use ginflix_api::collection::{Collection, CollectionContents};
use ginflix_api::movie::MovieId;
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;
use warp::http::StatusCode;
use warp::reply::Response;

use super::card::{Card, poster_srcset, small_poster, title_class};
use super::watching::mark;
use super::{Layout, format, html, links, movie};
use crate::error::AppError;
use crate::http::request::AuthorizedRequest;
use crate::locale::{Locale, formats};

/// The card of a collection.
pub(super) struct PartCard {
    pub id: Uuid,
    pub title: String,
    /// The path of the poster of its first movie, or of the first collection in it that has one.
    pub poster: Option<String>,
    /// The number of its movies.
    movies: u64,
    /// The same in words.
    pub facts: String,
}

impl PartCard {
    fn new(collection: &Collection, movies: u64, locale: Locale) -> Self {
        let facts = locale.say("movie-count").with("count", movies).to_string();
        let poster = collection.poster_path.clone();
        Self { id: collection.id, title: collection.title.clone(), poster, movies, facts }
    }

    // Templates pass matched values by reference.
    pub fn small_poster(&self, path: &str) -> String {
        small_poster(path)
    }

    pub fn poster_srcset(&self, path: &str) -> String {
        poster_srcset(path)
    }

    pub fn title_class(&self) -> &'static str {
        title_class(&self.title)
    }
}

#[derive(Template)]
#[template(path = "collection.html")]
pub(super) struct CollectionPage {
    layout: Layout,
    collection: Collection,
    /// The collections in it, in order.
    parts: Vec<PartCard>,
    /// Its movies, in order.
    cards: Vec<Card>,
    /// The length of all its movies in seconds; `None` if that of one is not known.
    seconds: Option<f64>,
}

impl CollectionPage {
    /// Builds the page.
    pub fn new(layout: Layout, contents: CollectionContents) -> Self {
        let CollectionContents { collection, collections, movies } = contents;
        let seconds: Option<f64> = movies.iter().map(|movie| movie.duration_seconds).sum();
        Self {
            collection,
            parts: collections
                .iter()
                .map(|part| PartCard::new(part, part.movie_count, layout.locale))
                .collect(),
            cards: movies.iter().map(|movie| Card::new(movie, layout.locale)).collect(),
            seconds: seconds.filter(|_| !movies.is_empty()),
            layout,
        }
    }

    /// Returns the collection that it is part of: its id and its title.
    fn parent(&self) -> Option<(Uuid, &str)> {
        self.collection.parent.zip(self.collection.parent_title.as_deref())
    }

    fn movie_count(&self) -> String {
        self.layout.say("movie-count").with("count", self.cards.len()).to_string()
    }

    // Templates pass matched values by reference.
    fn duration(&self, seconds: &f64) -> String {
        formats::duration(self.layout.locale, *seconds)
    }

    fn iso_duration(&self, seconds: &f64) -> String {
        format::iso_duration(*seconds)
    }
}

/// Collections on one page: fills rows of 2, 3, 4, 5 and 6.
const PAGE_SIZE: usize = 60;

/// The query of the page of all collections. It accepts unknown keys, which links from other sites add.
#[derive(Deserialize, Default)]
#[serde(default)]
struct CollectionsQuery {
    /// The number of the page, from 1; anything else is the first page.
    page: String,
}

#[derive(Template)]
#[template(path = "collections.html")]
pub(super) struct CollectionsPage {
    layout: Layout,
    cards: Vec<PartCard>,
    /// URL of the next page, if there is one.
    next: Option<String>,
    /// Number of collections on all pages.
    total: usize,
}

impl CollectionsPage {
    /// Builds a page of the collections that are part of no other one.
    pub fn new(layout: Layout, all: &[Collection], page: &str) -> Self {
        let cards = whole(all, layout.locale);
        let total = cards.len();
        let page = page.parse().unwrap_or(1).clamp(1, total.div_ceil(PAGE_SIZE).max(1));
        let next = (page * PAGE_SIZE < total)
            .then(|| links::with_query("/collections", &[("page", &(page + 1).to_string())]));
        let shown = cards.into_iter().map(|(_, card)| card).skip((page - 1) * PAGE_SIZE);
        Self { layout, cards: shown.take(PAGE_SIZE).collect(), next, total }
    }

    fn collection_count(&self) -> String {
        self.layout.say("collection-count").with("count", self.total).to_string()
    }
}

/// Returns the cards of the collections that have movies and are part of no other one, those that changed last first.
pub(super) fn top(all: &[Collection], locale: Locale) -> Vec<PartCard> {
    let mut cards: Vec<_> =
        whole(all, locale).into_iter().filter(|(_, card)| card.movies > 0).collect();
    cards.sort_by_key(|(changed_at, _)| Reverse(*changed_at));
    cards.into_iter().map(|(_, card)| card).collect()
}

/// Returns the cards of the collections that are part of no other one, with the movies of their parts, and the time of the
/// last change of any of these. Their order is kept.
fn whole(all: &[Collection], locale: Locale) -> Vec<(Timestamp, PartCard)> {
    let mut parts: HashMap<Uuid, Vec<&Collection>> = HashMap::new();
    for part in all {
        if let Some(parent) = part.parent {
            parts.entry(parent).or_default().push(part);
        }
    }
    let card = |one: &Collection| {
        let of_one = parts.get(&one.id).map(Vec::as_slice).unwrap_or_default();
        let movies = one.movie_count + of_one.iter().map(|part| part.movie_count).sum::<u64>();
        let changed_at = of_one.iter().map(|part| part.updated_at).fold(one.updated_at, Ord::max);
        let mut card = PartCard::new(one, movies, locale);
        if card.poster.is_none() {
            let with_poster = of_one.iter().filter(|part| part.poster_path.is_some());
            let first = with_poster.min_by_key(|part| part.position);
            card.poster = first.and_then(|part| part.poster_path.clone());
        }
        (changed_at, card)
    };
    all.iter().filter(|one| one.parent.is_none()).map(card).collect()
}

/// `GET /collections`: returns a page of all collections.
pub async fn list(req: AuthorizedRequest) -> Result<Response, AppError> {
    let query: CollectionsQuery = req.query()?;
    let all = req.app.catalog.collections().await?;
    html(StatusCode::OK, &CollectionsPage::new(Layout::new(&req), &all, &query.page))
}

/// `GET /collections/{id}`: returns the page of a collection.
pub async fn show(req: AuthorizedRequest, id: Uuid) -> Result<Response, AppError> {
    let contents = req.app.catalog.collection(id).await?;
    let mut page = CollectionPage::new(Layout::new(&req), contents);
    mark(&req, &mut page.cards).await;
    html(StatusCode::OK, &page)
}

/// `GET /collections/{id}/placeholder.svg`: returns an upright image for a collection.
pub async fn poster(req: AuthorizedRequest, id: Uuid) -> Result<Response, AppError> {
    movie::poster(req, MovieId(id)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collection(n: u128, parent: Option<u128>, movie_count: u64) -> Collection {
        let at = Timestamp::from_second(n as i64).unwrap();
        Collection {
            id: Uuid::from_u128(n),
            title: format!("Collection {n}"),
            description: String::new(),
            parent: parent.map(Uuid::from_u128),
            parent_title: None,
            position: 0,
            movie_count,
            poster_path: None,
            version: 1,
            created_at: at,
            updated_at: at,
        }
    }

    #[test]
    fn a_series_has_the_movies_of_its_seasons() {
        let all = [
            collection(1, None, 0),
            collection(2, None, 3),
            collection(3, Some(1), 8),
            collection(4, Some(1), 1),
            collection(5, None, 0),
        ];
        let cards: Vec<(Uuid, String)> =
            top(&all, Locale::English).into_iter().map(|card| (card.id, card.facts)).collect();
        let expected =
            [(Uuid::from_u128(1), "9 movies".into()), (Uuid::from_u128(2), "3 movies".into())];
        assert_eq!(cards, expected);
        let page = CollectionsPage::new(Layout::anonymous(), &all, "");
        assert_eq!((page.cards.len(), page.total, page.next), (3, 3, None));
    }

    #[test]
    fn a_series_has_the_poster_of_its_first_season() {
        let season = |n, position, poster: Option<&str>| Collection {
            position,
            poster_path: poster.map(str::to_owned),
            ..collection(n, Some(1), 1)
        };
        let all = [
            season(2, 0, None),
            collection(1, None, 0),
            season(3, 2, Some("/second")),
            season(4, 1, Some("/first")),
        ];
        let poster = |all: &[Collection]| top(all, Locale::English)[0].poster.clone();
        assert_eq!(poster(&all).as_deref(), Some("/first"));
        let own = Collection { poster_path: Some("/own".to_owned()), ..all[1].clone() };
        assert_eq!(poster(&[own, all[2].clone()]).as_deref(), Some("/own"));
        assert_eq!(poster(&all[..2]), None);
    }

    #[test]
    fn pages_of_collections_make_up_the_list() {
        let all: Vec<Collection> = (0..130).map(|n| collection(n, None, 1)).collect();
        let shown = |page: &str| {
            let page = CollectionsPage::new(Layout::anonymous(), &all, page);
            (page.cards.first().unwrap().id.as_u128(), page.cards.len(), page.next)
        };
        let next = |page: &str| Some(format!("/collections?page={page}"));
        assert_eq!(shown("1"), (0, 60, next("2")));
        assert_eq!(shown("2"), (60, 60, next("3")));
        assert_eq!(shown("3"), (120, 10, None));
        for other in ["", "0", "-1", "x"] {
            assert_eq!(shown(other), (0, 60, next("2")), "{other:?}");
        }
        for beyond in ["4", "18446744073709551615"] {
            assert_eq!(shown(beyond), (120, 10, None), "{beyond}");
        }
    }
}
