//! The list of movies with links to add, edit and remove them.

use askama::Template;
use ginflix_api::movie::{Movie, MovieQuery};
use serde::Deserialize;
use warp::http::StatusCode;
use warp::reply::Response;

use crate::error::AppError;
use crate::http::pages::{Layout, html, links};
use crate::http::request::AuthorizedRequest;
use crate::locale::{Locale, formats};

/// Movies on one page.
const PAGE_SIZE: u32 = 100;

#[derive(Template)]
#[template(path = "admin/movies.html")]
struct MoviesPage {
    layout: Layout,
    tab: &'static str,
    q: String,
    rows: Vec<MovieTableRow>,
    next: Option<String>,
}

/// The data of a movie's row in the table.
struct MovieTableRow {
    id: String,
    version: u64,
    title: String,
    year: Option<u16>,
    media: String,
    size: String,
    views: String,
    /// The word after the number of views.
    views_unit: String,
}

impl MovieTableRow {
    fn new(movie: Movie, locale: Locale) -> Self {
        let size = movie.size_bytes.map(|bytes| formats::size(locale, bytes));
        Self {
            id: movie.id.to_string(),
            version: movie.version,
            title: movie.title,
            year: movie.year,
            media: movie.media.to_string(),
            size: size.unwrap_or_else(|| locale.say("file-missing").to_string()),
            views: formats::grouped(locale, movie.views),
            views_unit: locale.say("views-unit").with("count", movie.views).to_string(),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct MoviesPageQuery {
    q: String,
    cursor: String,
}

/// `GET /admin`: returns a page of movies, optionally searched.
pub async fn show(req: AuthorizedRequest) -> Result<Response, AppError> {
    let query: MoviesPageQuery = req.query()?;
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let q = query.q.trim().to_owned();
    let filter = MovieQuery {
        q: some(&q),
        cursor: some(&query.cursor),
        limit: Some(PAGE_SIZE),
        ..MovieQuery::default()
    };
    let found = req.app.catalog.movies(&filter).await?;
    let next = found
        .next_cursor
        .map(|cursor| links::with_query("/admin", &[("q", &q), ("cursor", &cursor)]));
    let layout = Layout::new(&req);
    let row = |movie| MovieTableRow::new(movie, layout.locale);
    let rows = found.items.into_iter().map(row).collect();
    let page = MoviesPage { layout, tab: "movies", q, rows, next };
    html(StatusCode::OK, &page)
}
