//! The list of movies, to add, edit and remove.

use askama::Template;
use ginflix_api::movie::{Movie, MovieQuery};
use serde::Deserialize;
use warp::http::StatusCode;
use warp::reply::Response;

use crate::error::AppError;
use crate::http::pages::{Frame, format, html, links};
use crate::http::request::Req;

/// Movies a page.
const PAGE: u32 = 100;

#[derive(Template)]
#[template(path = "admin/movies.html")]
struct MoviesPage {
    frame: Frame,
    tab: &'static str,
    q: String,
    rows: Vec<Row>,
    next: Option<String>,
}

struct Row {
    id: String,
    version: u64,
    title: String,
    year: Option<u16>,
    media: String,
    size: String,
    views: String,
}

impl From<Movie> for Row {
    fn from(movie: Movie) -> Self {
        Self {
            id: movie.id.to_string(),
            version: movie.version,
            title: movie.title,
            year: movie.year,
            media: movie.media.to_string(),
            size: movie.size_bytes.map_or_else(|| "missing".to_owned(), format::size),
            views: format::grouped(movie.views),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Asked {
    q: String,
    cursor: String,
}

/// `GET /admin`.
pub async fn show(req: Req) -> Result<Response, AppError> {
    let asked: Asked = req.query()?;
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let q = asked.q.trim().to_owned();
    let query = MovieQuery {
        q: some(&q),
        cursor: some(&asked.cursor),
        limit: Some(PAGE),
        ..MovieQuery::default()
    };
    let found = req.app.catalog.movies(&query).await?;
    let next = found
        .next_cursor
        .map(|cursor| links::with_query("/admin", &[("q", &q), ("cursor", &cursor)]));
    let rows = found.items.into_iter().map(Row::from).collect();
    let page = MoviesPage { frame: Frame::of(&req), tab: "movies", q, rows, next };
    html(StatusCode::OK, &page)
}
