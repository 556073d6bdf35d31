//! A movie's page with the player, and its drawn pictures.

use askama::Template;
use ginflix_api::movie::{Movie, MovieId};
use warp::http::StatusCode;
use warp::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use warp::reply::Response;

use super::card::Card;
use super::placeholder::{self, Shape};
use super::{Frame, format, html};
use crate::error::AppError;
use crate::http::links;
use crate::http::request::Req;

#[derive(Template)]
#[template(path = "movie.html")]
pub(super) struct MoviePage {
    pub frame: Frame,
    pub card: Card,
    pub movie: Movie,
    /// Where the player fetches the film.
    pub stream: String,
}

impl MoviePage {
    // Templates pass what they match on by reference.
    fn duration(&self, seconds: &f64) -> String {
        format::duration(*seconds)
    }

    fn iso_duration(&self, seconds: &f64) -> String {
        format::iso_duration(*seconds)
    }

    fn views(&self) -> String {
        format::count(self.movie.views, "view")
    }
}

/// `GET /movies/{id}`.
pub async fn show(req: Req, id: MovieId) -> Result<Response, AppError> {
    let movie = req.app.catalog.movie(id).await?;
    let stream = links::for_page(&req, &movie.stream_path);
    let page = MoviePage { frame: Frame::of(&req), card: Card::from(&movie), movie, stream };
    html(StatusCode::OK, &page)
}

/// `GET /movies/{id}/placeholder.svg`: upright, for a movie without a poster.
pub async fn poster(_: Req, id: MovieId) -> Result<Response, AppError> {
    Ok(picture(id, Shape::Poster))
}

/// `GET /movies/{id}/backdrop.svg`: wide.
pub async fn backdrop(_: Req, id: MovieId) -> Result<Response, AppError> {
    Ok(picture(id, Shape::Backdrop))
}

/// Depends on the id alone, so it tells nothing and needs no catalogue.
fn picture(id: MovieId, shape: Shape) -> Response {
    let mut response = Response::new(placeholder::svg(id, shape).into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("image/svg+xml"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
    response
}
