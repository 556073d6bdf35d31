//! Media over JSON: list, show, remove.

use ginflix_api::media::MediaQuery;
use serde::Deserialize;
use warp::http::StatusCode;
use warp::reply::Response;

use super::reply;
use super::request::Req;
use super::routes::Name;
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
    let page = req.app.catalog.media_list(query.cursor.as_deref(), query.limit).await?;
    reply::json(StatusCode::OK, &page)
}

/// `GET /api/v1/media/{name}`.
pub async fn show(req: Req, Name(name): Name) -> Result<Response, AppError> {
    reply::json(StatusCode::OK, &req.app.catalog.media(&name).await?)
}

/// `DELETE /api/v1/media/{name}?force=true`: from the catalogue, then from the
/// volume. A crash between the two leaves a file that is listed again at the
/// next start, never an entry without its file.
pub async fn remove(req: Req, Name(name): Name) -> Result<Response, AppError> {
    let Removal { force } = req.query()?;
    let known = req.app.catalog.media(&name).await.is_ok();
    req.app.catalog.forget_media(&name, force).await?;
    let volume = req.app.volume.clone();
    let removed = tokio::task::spawn_blocking(move || volume.remove(&name)).await;
    match removed.map_err(AppError::internal)? {
        Err(VolumeError::NotFound(_)) if known => {} // gone by hand before
        other => other?,
    }
    Ok(reply::empty(StatusCode::NO_CONTENT))
}
