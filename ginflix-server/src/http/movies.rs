//! Movies over JSON: list, register, read, change, remove.

use ginflix_api::movie::{Movie, MovieId, MoviePatch, MovieQuery, NewMovie};
use ginflix_api::paths;
use sha2::{Digest, Sha256};
use warp::http::StatusCode;
use warp::http::header::{ETAG, HeaderValue, LOCATION};
use warp::reply::Response;

use super::media::unless_being_read;
use super::request::Req;
use super::{precondition, reply};
use crate::error::AppError;

/// `GET /api/v1/movies`: one page.
pub async fn list(req: Req) -> Result<Response, AppError> {
    let query: MovieQuery = req.query()?;
    reply::json(StatusCode::OK, &req.app.catalog.movies(&query).await?)
}

/// `POST /api/v1/movies`: registers one.
pub async fn add(req: Req) -> Result<Response, AppError> {
    let app = req.app.clone();
    let new: NewMovie = req.json().await?;
    let media = new.media.clone();
    let movie = match app.catalog.add(new).await {
        Err(unknown @ AppError::Invalid { field: "media", .. }) => {
            return Err(unless_being_read(&app, media, unknown).await);
        }
        other => other?,
    };
    let mut response = answer(StatusCode::CREATED, &movie)?;
    let location = HeaderValue::from_str(&paths::movie(movie.id)).map_err(AppError::internal)?;
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}

/// `GET /api/v1/movies/{id}`; 304 where the client has this very state.
pub async fn show(req: Req, id: MovieId) -> Result<Response, AppError> {
    let movie = req.app.catalog.movie(id).await?;
    if precondition::has_it_already(&req.headers, &tag(&movie)?)? {
        return tagged(reply::empty(StatusCode::NOT_MODIFIED), &movie);
    }
    answer(StatusCode::OK, &movie)
}

/// `PATCH /api/v1/movies/{id}`; with `If-Match` no change is lost.
pub async fn change(req: Req, id: MovieId) -> Result<Response, AppError> {
    let catalog = req.app.catalog.clone();
    let version = asked_version(&req, id).await?;
    let movie = catalog.change(id, req.json::<MoviePatch>().await?, version).await?;
    answer(StatusCode::OK, &movie)
}

/// `DELETE /api/v1/movies/{id}`; its media and its views stay.
pub async fn remove(req: Req, id: MovieId) -> Result<Response, AppError> {
    let version = asked_version(&req, id).await?;
    req.app.catalog.remove(id, version).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

/// The version that `If-Match` ties a change to, if it is there.
async fn asked_version(req: &Req, id: MovieId) -> Result<Option<u64>, AppError> {
    if !precondition::has_if_match(&req.headers) {
        return Ok(None);
    }
    let present = req.app.catalog.movie(id).await?;
    precondition::require_version(&req.headers, present.version)?;
    Ok(Some(present.version))
}

fn answer(status: StatusCode, movie: &Movie) -> Result<Response, AppError> {
    tagged(reply::json(status, movie)?, movie)
}

fn tagged(mut response: Response, movie: &Movie) -> Result<Response, AppError> {
    let tag = HeaderValue::from_str(&tag(movie)?).map_err(AppError::internal)?;
    response.headers_mut().insert(ETAG, tag);
    Ok(response)
}

/// The entity tag: the version, which `If-Match` ties changes to, and after it
/// what tells apart everything else that a movie shows, such as its views.
fn tag(movie: &Movie) -> Result<String, AppError> {
    let shown = Sha256::digest(serde_json::to_vec(movie).map_err(AppError::internal)?);
    Ok(format!("\"{}-{}\"", movie.version, hex::encode(&shown[..8])))
}
