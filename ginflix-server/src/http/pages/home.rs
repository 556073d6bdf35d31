//! The home page: a featured movie, and rows of movies and collections.

use askama::Template;
use ginflix_api::movie::Movie;
use warp::http::StatusCode;
use warp::reply::Response;

use super::card::Card;
use super::catalog::CatalogQuery;
use super::collection::{self, PartCard};
use super::watching::{ContinueRow, mark};
use super::{Layout, html, links, redirect};
use crate::catalog::Featured;
use crate::catalog::home::{HomeRows, ROW_MOVIES_LIMIT};
use crate::error::AppError;
use crate::http::request::AuthorizedRequest;
use crate::locale::Locale;

/// The number of genres to choose from under the featured movie; the page of all movies has more.
const GENRE_LINKS_LIMIT: usize = 12;

/// A row of movies, which is scrolled sideways.
pub(super) struct Row {
    /// The id of its heading.
    pub id: String,
    pub heading: String,
    /// The URL of the whole list.
    pub whole: String,
    pub cards: Vec<Card>,
}

impl Row {
    fn new(id: &str, heading: String, whole: &str, movies: &[Movie], locale: Locale) -> Self {
        let (id, whole) = (id.to_owned(), whole.to_owned());
        Self { id, heading, whole, cards: cards(movies, locale) }
    }
}

#[derive(Template)]
#[template(path = "home.html")]
pub(super) struct HomePage {
    layout: Layout,
    lead: Option<Lead>,
    /// The movies to continue.
    pub continue_row: Option<ContinueRow>,
    /// All movies, if they are few; else there are rows.
    few: Vec<Card>,
    rows: Vec<Row>,
    /// Rows by genre.
    genre_rows: Vec<Row>,
    /// Genres with the URLs of their lists.
    genres: Vec<(String, String)>,
    collections: Vec<PartCard>,
    /// Whether there are more collections than those.
    has_more_collections: bool,
}

/// The featured movie.
struct Lead {
    card: Card,
    eyebrow: String,
}

impl HomePage {
    /// Builds the page.
    pub fn new(layout: Layout, home: &HomeRows, featured: Option<Featured>) -> Self {
        let (is_large, locale) = (home.newest.len() > ROW_MOVIES_LIMIT, layout.locale);
        let lead = featured.map(|featured| Lead {
            card: Card::new(&featured.movie, locale),
            eyebrow: match featured.is_popular {
                true => locale.say("home-popular").to_string(),
                false => locale.say("home-new").to_string(),
            },
        });
        let links = home.genre_counts.iter().take(if is_large { GENRE_LINKS_LIMIT } else { 0 });
        let collections = collection::top(&home.collections, locale);
        Self {
            layout,
            lead,
            continue_row: None,
            few: if is_large { Vec::new() } else { cards(&home.newest, locale) },
            rows: if is_large { rows(home, locale) } else { Vec::new() },
            genre_rows: if is_large { genre_rows(home, locale) } else { Vec::new() },
            genres: links.map(|(genre, _)| (genre.clone(), of_genre(genre))).collect(),
            has_more_collections: collections.len() > ROW_MOVIES_LIMIT,
            collections: collections.into_iter().take(ROW_MOVIES_LIMIT).collect(),
        }
    }

    /// Returns all cards of movies.
    fn cards(&mut self) -> impl Iterator<Item = &mut Card> {
        let rows = self.rows.iter_mut().chain(&mut self.genre_rows);
        self.few.iter_mut().chain(rows.flat_map(|row| &mut row.cards))
    }

    fn is_empty(&self) -> bool {
        self.few.is_empty() && self.rows.is_empty()
    }
}

fn rows(home: &HomeRows, locale: Locale) -> Vec<Row> {
    let heading = locale.say("home-newest").to_string();
    let newest = Row::new("newest", heading, "/movies", &home.newest, locale);
    let heading = locale.say("home-week").to_string();
    let week = Row::new("week", heading, "/movies?sort=week", &home.week, locale);
    [newest, week].into_iter().filter(|row| !row.cards.is_empty()).collect()
}

fn genre_rows(home: &HomeRows, locale: Locale) -> Vec<Row> {
    let numbered = home.genres.iter().enumerate();
    let row = |(number, (genre, movies)): (usize, &(String, Vec<Movie>))| {
        Row::new(&format!("genre-{number}"), genre.clone(), &of_genre(genre), movies, locale)
    };
    numbered.map(row).collect()
}

fn cards(movies: &[Movie], locale: Locale) -> Vec<Card> {
    movies.iter().take(ROW_MOVIES_LIMIT).map(|movie| Card::new(movie, locale)).collect()
}

/// Returns the URL of the movies of a genre.
fn of_genre(genre: &str) -> String {
    links::with_query("/movies", &[("genre", genre)])
}

/// `GET /`: returns the home page. The lists of movies once had this path, so a link to one is redirected.
pub async fn show(req: AuthorizedRequest) -> Result<Response, AppError> {
    let query: CatalogQuery = req.query()?;
    if query.has_filters() {
        return redirect(&query.link());
    }
    let home = req.app.catalog.home().await?;
    let featured = req.app.catalog.featured(&home).await;
    let mut page = HomePage::new(Layout::new(&req), &home, featured);
    page.continue_row = Some(ContinueRow::load(&req).await);
    mark(&req, page.cards()).await;
    html(StatusCode::OK, &page)
}
