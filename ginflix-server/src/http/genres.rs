//! The genres of the catalogue.

use ginflix_api::Page;
use ginflix_api::movie::Genre;
use warp::http::StatusCode;
use warp::reply::Response;

use super::reply;
use super::request::AuthorizedRequest;
use crate::error::AppError;

/// `GET /api/v1/genres`: returns all genres of movies, by name, on one page.
pub async fn list(req: AuthorizedRequest) -> Result<Response, AppError> {
    let genres = req.app.catalog.genres().await?;
    let items = genres.into_iter().map(|(name, movies)| Genre { name, movies }).collect();
    reply::json(StatusCode::OK, &Page { items, next_cursor: None })
}
