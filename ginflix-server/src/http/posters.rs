//! Posters: images whose URLs change with their content, so that caches can keep them.

use ginflix_api::movie::{MAX_POSTER_BYTES, MovieId};
use serde::Deserialize;
use warp::http::StatusCode;
use warp::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderValue};
use warp::reply::Response;

use super::request::AuthorizedRequest;
use super::{precondition, reply};
use crate::error::AppError;

/// The query of a poster's URL. Unknown keys are accepted, because a signed link may add some.
#[derive(Deserialize)]
struct PosterQuery {
    /// First digits of the image's hash, as in `poster_path` of a movie.
    v: Option<String>,
}

/// `GET /api/v1/movies/{id}/poster`: returns the image.
pub async fn show(req: AuthorizedRequest, id: MovieId) -> Result<Response, AppError> {
    let query: PosterQuery = req.query()?;
    let poster = req.app.catalog.poster(id).await?;
    let tag = format!("\"{}\"", poster.sha256);
    let mut response = match precondition::is_not_modified(&req.headers, &tag)? {
        true => reply::empty(StatusCode::NOT_MODIFIED),
        false => Response::new(poster.bytes.into()),
    };
    let is_current = query.v.is_some_and(|v| !v.is_empty() && poster.sha256.starts_with(&v));
    let cache = match (is_current, req.app.config.is_private()) {
        (true, false) => "max-age=31536000, immutable",
        // A shared cache must not give it to other clients.
        (true, true) => "private, max-age=31536000, immutable",
        (false, _) => "no-cache",
    };
    let headers = response.headers_mut();
    let value = |text: &str| HeaderValue::from_str(text).map_err(AppError::internal);
    headers.insert(ETAG, value(&tag)?);
    headers.insert(CONTENT_TYPE, value(&poster.content_type)?);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    // A browser that opens the image by itself must not run anything in it.
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'"));
    reply::share_with_other_origins(&mut response);
    Ok(response)
}

/// `PUT /api/v1/movies/{id}/poster`: stores the body as the poster, and returns the movie.
pub async fn set(req: AuthorizedRequest, id: MovieId) -> Result<Response, AppError> {
    let catalog = req.app.catalog.clone();
    catalog.movie(id).await?;
    let image = req.bytes("a poster", MAX_POSTER_BYTES).await?;
    reply::json(StatusCode::OK, &catalog.set_poster(id, image).await?)
}

/// `DELETE /api/v1/movies/{id}/poster`: removes the poster.
pub async fn remove(req: AuthorizedRequest, id: MovieId) -> Result<Response, AppError> {
    req.app.catalog.remove_poster(id).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}
