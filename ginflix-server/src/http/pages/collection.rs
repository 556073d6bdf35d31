//! The page of a collection, and the generated image of its card.

use askama::Template;
use ginflix_api::collection::{Collection, CollectionContents};
use ginflix_api::movie::MovieId;
use uuid::Uuid;
use warp::http::StatusCode;
use warp::reply::Response;

use super::card::{Card, title_class};
use super::watching::mark;
use super::{Layout, format, html, movie};
use crate::error::AppError;
use crate::http::request::AuthorizedRequest;
use crate::locale::{Locale, formats};

/// The card of a collection that is part of another one.
pub(super) struct PartCard {
    id: Uuid,
    title: String,
    /// The number of its movies.
    facts: String,
}

impl PartCard {
    fn title_class(&self) -> &'static str {
        title_class(&self.title)
    }
}

impl PartCard {
    fn new(collection: &Collection, locale: Locale) -> Self {
        let facts = locale.say("movie-count").with("count", collection.movie_count).to_string();
        Self { id: collection.id, title: collection.title.clone(), facts }
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
            parts: collections.iter().map(|part| PartCard::new(part, layout.locale)).collect(),
            cards: movies.iter().map(Card::from).collect(),
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
