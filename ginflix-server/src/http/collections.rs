//! Collections: list, add, show, change, remove, and the list of their movies.

use ginflix_api::collection::{Collection, CollectionMovies, CollectionPatch, NewCollection};
use ginflix_api::movie::MovieId;
use ginflix_api::{Page, paths};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use warp::http::StatusCode;
use warp::http::header::{ETAG, HeaderValue, LOCATION};
use warp::reply::Response;

use super::request::AuthorizedRequest;
use super::{precondition, reply};
use crate::error::AppError;

/// `GET /api/v1/collections`: returns all collections, of which there are at most 5,000.
pub async fn list(req: AuthorizedRequest) -> Result<Response, AppError> {
    let items = req.app.catalog.collections().await?;
    reply::json(StatusCode::OK, &Page { items, next_cursor: None })
}

/// `POST /api/v1/collections`: adds a collection.
pub async fn add(req: AuthorizedRequest) -> Result<Response, AppError> {
    let catalog = req.app.catalog.clone();
    let collection = catalog.add_collection(req.json::<NewCollection>().await?).await?;
    let mut response = respond(StatusCode::CREATED, &collection)?;
    let location = paths::collection(collection.id);
    let location = HeaderValue::from_str(&location).map_err(AppError::internal)?;
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}

/// `GET /api/v1/collections/{id}`: returns a collection with what is in it, or 304 if the client has the same
/// representation.
pub async fn show(req: AuthorizedRequest, id: Uuid) -> Result<Response, AppError> {
    let contents = req.app.catalog.collection(id).await?;
    // What is in it changes without a new version of the collection: with movies, and with the collections in it.
    let hash = Sha256::digest(serde_json::to_vec(&contents).map_err(AppError::internal)?);
    let tag = format!("\"{}-{}\"", contents.collection.version, hex::encode(&hash[..8]));
    if precondition::is_not_modified(&req.headers, &tag)? {
        return tagged(reply::empty(StatusCode::NOT_MODIFIED), &tag);
    }
    tagged(reply::json(StatusCode::OK, &contents)?, &tag)
}

/// `PATCH /api/v1/collections/{id}`: changes a collection; `If-Match` prevents lost updates.
pub async fn change(req: AuthorizedRequest, id: Uuid) -> Result<Response, AppError> {
    let catalog = req.app.catalog.clone();
    let version = required_version(&req, id).await?;
    let patch = req.json::<CollectionPatch>().await?;
    respond(StatusCode::OK, &catalog.update_collection(id, patch, version).await?)
}

/// `DELETE /api/v1/collections/{id}`: removes a collection. Its movies stay.
pub async fn remove(req: AuthorizedRequest, id: Uuid) -> Result<Response, AppError> {
    let version = required_version(&req, id).await?;
    req.app.catalog.remove_collection(id, version).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

/// `PUT /api/v1/collections/{id}/movies`: replaces the movies of a collection.
pub async fn set_movies(req: AuthorizedRequest, id: Uuid) -> Result<Response, AppError> {
    let catalog = req.app.catalog.clone();
    let version = required_version(&req, id).await?;
    let list = req.json::<CollectionMovies>().await?;
    respond(StatusCode::OK, &catalog.set_collection_movies(id, &list, version).await?)
}

/// `GET /api/v1/movies/{id}/collections`: returns the collections that a movie is in.
pub async fn of_movie(req: AuthorizedRequest, id: MovieId) -> Result<Response, AppError> {
    let items = req.app.catalog.collections_of_movie(id).await?;
    if items.is_empty() {
        req.app.catalog.movie(id).await?;
    }
    reply::json(StatusCode::OK, &Page { items, next_cursor: None })
}

/// Returns the version that `If-Match` requires; `None` without the field.
async fn required_version(req: &AuthorizedRequest, id: Uuid) -> Result<Option<u64>, AppError> {
    if !precondition::has_if_match(&req.headers) {
        return Ok(None);
    }
    let current = req.app.catalog.collection_version(id).await?;
    precondition::require_version(&req.headers, current)?;
    Ok(Some(current))
}

fn respond(status: StatusCode, collection: &Collection) -> Result<Response, AppError> {
    tagged(reply::json(status, collection)?, &format!("\"{}\"", collection.version))
}

fn tagged(mut response: Response, tag: &str) -> Result<Response, AppError> {
    let tag = HeaderValue::from_str(tag).map_err(AppError::internal)?;
    response.headers_mut().insert(ETAG, tag);
    Ok(response)
}
