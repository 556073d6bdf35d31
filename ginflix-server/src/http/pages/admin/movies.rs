//! The list of movies with links to add, edit and remove them.

use askama::Template;
use ginflix_api::movie::{Movie, MovieQuery};
use serde::Deserialize;
use warp::http::StatusCode;
use warp::reply::Response;

use crate::byte_size::format_bytes;
use crate::error::AppError;
use crate::http::pages::{Layout, format, html, links};
use crate::http::request::AuthorizedRequest;

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
}

impl From<Movie> for MovieTableRow {
    fn from(movie: Movie) -> Self {
        Self {
            id: movie.id.to_string(),
            version: movie.version,
            title: movie.title,
            year: movie.year,
            media: movie.media.to_string(),
            size: movie.size_bytes.map_or_else(|| "missing".to_owned(), format_bytes),
            views: format::grouped(movie.views),
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
    let rows = found.items.into_iter().map(MovieTableRow::from).collect();
    let page = MoviesPage { layout: Layout::new(&req), tab: "movies", q, rows, next };
    html(StatusCode::OK, &page)
}
