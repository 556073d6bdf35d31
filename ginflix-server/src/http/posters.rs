//! Posters: raw pictures, cached for good under paths that change with them.

use ginflix_api::movie::{MAX_POSTER_BYTES, MovieId};
use serde::Deserialize;
use warp::http::StatusCode;
use warp::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderValue};
use warp::reply::Response;

use super::request::Req;
use super::{precondition, reply};
use crate::error::AppError;

/// What may stand beside it in the query is a signed link.
#[derive(Deserialize)]
struct Version {
    /// Start of the picture's hash, as movies' `poster_path` has it.
    v: Option<String>,
}

/// `GET /api/v1/movies/{id}/poster`.
pub async fn show(req: Req, id: MovieId) -> Result<Response, AppError> {
    let asked: Version = req.query()?;
    let poster = req.app.catalog.poster(id).await?;
    let tag = format!("\"{}\"", poster.sha256);
    let mut response = match precondition::has_it_already(&req.headers, &tag)? {
        true => reply::empty(StatusCode::NOT_MODIFIED),
        false => Response::new(poster.bytes.into()),
    };
    let is_this = asked.v.is_some_and(|v| !v.is_empty() && poster.sha256.starts_with(&v));
    let cache = match (is_this, req.app.config.is_private()) {
        (true, false) => "max-age=31536000, immutable",
        // What stands between may not hand it to others.
        (true, true) => "private, max-age=31536000, immutable",
        (false, _) => "no-cache",
    };
    let headers = response.headers_mut();
    let value = |text: &str| HeaderValue::from_str(text).map_err(AppError::internal);
    headers.insert(ETAG, value(&tag)?);
    headers.insert(CONTENT_TYPE, value(&poster.content_type)?);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'"));
    Ok(response)
}

/// `PUT /api/v1/movies/{id}/poster`: the picture is the body; answers the movie.
pub async fn set(req: Req, id: MovieId) -> Result<Response, AppError> {
    let catalog = req.app.catalog.clone();
    catalog.movie(id).await?;
    let picture = req.bytes("a poster", MAX_POSTER_BYTES).await?;
    reply::json(StatusCode::OK, &catalog.set_poster(id, picture).await?)
}

/// `DELETE /api/v1/movies/{id}/poster`.
pub async fn remove(req: Req, id: MovieId) -> Result<Response, AppError> {
    req.app.catalog.remove_poster(id).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}
