//! Media over JSON: list, show, remove.

use ginflix_api::Page;
use ginflix_api::media::{MediaName, MediaQuery};
use ginflix_api::replica::NewRepair;
use serde::Deserialize;
use warp::http::StatusCode;
use warp::reply::Response;

use super::name::Name;
use super::reply;
use super::request::Req;
use crate::app::{App, Storage};
use crate::error::AppError;
use crate::media::VolumeError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Removal {
    /// Also while a movie plays it.
    #[serde(default)]
    force: bool,
}

/// `GET /api/v1/media`: one page, by name.
pub async fn list(req: Req) -> Result<Response, AppError> {
    let query: MediaQuery = req.query()?;
    let catalog = &req.app.catalog;
    let Page { items, next_cursor } =
        catalog.media_list(query.cursor.as_deref(), query.limit).await?;
    let items = catalog.with_replicas(items).await?;
    reply::json(StatusCode::OK, &Page { items, next_cursor })
}

/// `GET /api/v1/media/{name}`.
pub async fn show(req: Req, Name(name): Name) -> Result<Response, AppError> {
    let media = match req.app.catalog.media(&name).await {
        Err(lost @ AppError::NotFound(_)) => Err(unless_being_read(&req.app, name, lost).await),
        other => other,
    };
    let listed = req.app.catalog.with_replicas(vec![media?]).await?;
    reply::json(StatusCode::OK, &listed.first())
}

/// `POST /api/v1/repairs`: has streamers read files, and mend what is wrong.
pub async fn repair(req: Req) -> Result<Response, AppError> {
    let catalog = req.app.catalog.clone();
    let repair: NewRepair = req.json().await?;
    reply::json(StatusCode::ACCEPTED, &catalog.ask_repair(&repair).await?)
}

/// A file that was put on the volume by hand is recorded once it was read;
/// looking at it starts that. Until then this is why it is not known.
pub async fn unless_being_read(app: &App, name: MediaName, unknown: AppError) -> AppError {
    let Ok(volume) = app.storage().map(|storage| storage.volume.clone()) else { return unknown };
    let file = name.clone();
    match tokio::task::spawn_blocking(move || volume.stat(&file)).await {
        Ok(Ok(_)) => AppError::Locked(format!(
            "media {name} is on the volume and is being read; try again in a moment"
        )),
        _ => unknown,
    }
}

/// `DELETE /api/v1/media/{name}?force=true`: from the catalogue, then from the
/// volume. A crash between the two leaves a file that is listed again at the
/// next start, never an entry without its file.
pub async fn remove(req: Req, Name(name): Name) -> Result<Response, AppError> {
    let Removal { force } = req.query()?;
    let known = req.app.catalog.media(&name).await.is_ok();
    req.app.catalog.forget_media(&name, force).await?;
    let volume = match req.app.storage.clone() {
        Some(Storage { volume, replication: None, .. }) => volume,
        // Each streamer sees that it is gone.
        _ => return Ok(reply::empty(StatusCode::NO_CONTENT)),
    };
    let removed = tokio::task::spawn_blocking(move || volume.remove(&name)).await;
    match removed.map_err(AppError::internal)? {
        Err(VolumeError::NotFound(_)) if known => {} // gone by hand before
        other => other?,
    }
    Ok(reply::empty(StatusCode::NO_CONTENT))
}
