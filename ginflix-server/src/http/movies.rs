//! Movies: list, add, show, change, remove.

use ginflix_api::movie::{Movie, MovieId, MoviePatch, MovieQuery, NewMovie};
use ginflix_api::paths;
use sha2::{Digest, Sha256};
use warp::http::StatusCode;
use warp::http::header::{ETAG, HeaderValue, LOCATION};
use warp::reply::Response;

use super::media::explain_unknown_media;
use super::request::AuthorizedRequest;
use super::{precondition, reply};
use crate::error::AppError;

/// `GET /api/v1/movies`: returns a page of movies.
pub async fn list(req: AuthorizedRequest) -> Result<Response, AppError> {
    let query: MovieQuery = req.query()?;
    reply::json(StatusCode::OK, &req.app.catalog.movies(&query).await?)
}

/// `POST /api/v1/movies`: adds a movie.
pub async fn add(req: AuthorizedRequest) -> Result<Response, AppError> {
    let app = req.app.clone();
    let new: NewMovie = req.json().await?;
    let media = new.media.clone();
    let movie = match app.catalog.add_movie(new).await {
        Err(unknown @ AppError::Invalid { field: "media", .. }) => {
            return Err(explain_unknown_media(&app, media, unknown).await);
        }
        other => other?,
    };
    let mut response = respond(StatusCode::CREATED, &movie)?;
    let location = HeaderValue::from_str(&paths::movie(movie.id)).map_err(AppError::internal)?;
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}

/// `GET /api/v1/movies/{id}`: returns a movie, or 304 if the client has the same representation.
pub async fn show(req: AuthorizedRequest, id: MovieId) -> Result<Response, AppError> {
    let movie = req.app.catalog.movie(id).await?;
    if precondition::is_not_modified(&req.headers, &tag(&movie)?)? {
        return tagged(reply::empty(StatusCode::NOT_MODIFIED), &movie);
    }
    respond(StatusCode::OK, &movie)
}

/// `PATCH /api/v1/movies/{id}`: changes a movie; `If-Match` prevents lost updates.
pub async fn change(req: AuthorizedRequest, id: MovieId) -> Result<Response, AppError> {
    let catalog = req.app.catalog.clone();
    let version = required_version(&req, id).await?;
    let movie = catalog.update_movie(id, req.json::<MoviePatch>().await?, version).await?;
    respond(StatusCode::OK, &movie)
}

/// `DELETE /api/v1/movies/{id}`: removes a movie. Its media file and its views stay.
pub async fn remove(req: AuthorizedRequest, id: MovieId) -> Result<Response, AppError> {
    let version = required_version(&req, id).await?;
    req.app.catalog.remove_movie(id, version).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

/// Returns the version that `If-Match` requires; `None` without the field.
async fn required_version(req: &AuthorizedRequest, id: MovieId) -> Result<Option<u64>, AppError> {
    if !precondition::has_if_match(&req.headers) {
        return Ok(None);
    }
    let current = req.app.catalog.movie(id).await?;
    precondition::require_version(&req.headers, current.version)?;
    Ok(Some(current.version))
}

fn respond(status: StatusCode, movie: &Movie) -> Result<Response, AppError> {
    tagged(reply::json(status, movie)?, movie)
}

fn tagged(mut response: Response, movie: &Movie) -> Result<Response, AppError> {
    let tag = HeaderValue::from_str(&tag(movie)?).map_err(AppError::internal)?;
    response.headers_mut().insert(ETAG, tag);
    Ok(response)
}

/// Computes the entity tag: the version, which `If-Match` compares, and a hash of the whole
/// representation, which also changes with the number of views.
fn tag(movie: &Movie) -> Result<String, AppError> {
    let hash = Sha256::digest(serde_json::to_vec(movie).map_err(AppError::internal)?);
    Ok(format!("\"{}-{}\"", movie.version, hex::encode(&hash[..8])))
}
