//! Subtitles of media files: list, add, show, change, remove.

use ginflix_api::subtitles::{AddSubtitles, MAX_SUBTITLE_FILE_BYTES, SubtitlesPatch};
use ginflix_api::{Page, paths};
use uuid::Uuid;
use warp::http::StatusCode;
use warp::http::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use warp::reply::Response;

use super::path_params::MediaNameParam;
use super::reply;
use super::request::AuthorizedRequest;
use crate::app::App;
use crate::error::AppError;

/// `GET /api/v1/media/{name}/subtitles`: returns the subtitles that were added to a media file.
pub async fn list(
    req: AuthorizedRequest,
    MediaNameParam(name): MediaNameParam,
) -> Result<Response, AppError> {
    let items = req.app.catalog.subtitles(&name).await?;
    reply::json(StatusCode::OK, &Page { items, next_cursor: None })
}

/// `POST /api/v1/media/{name}/subtitles`: adds the subtitle file in the body.
pub async fn add(
    req: AuthorizedRequest,
    MediaNameParam(name): MediaNameParam,
) -> Result<Response, AppError> {
    let app = req.app.clone();
    let query: AddSubtitles = req.query()?;
    let file = req.bytes("a subtitle file", MAX_SUBTITLE_FILE_BYTES).await?;
    let added = app.catalog.add_subtitles(&name, query, file.into()).await?;
    sync_now(&app);
    let mut response = reply::json(StatusCode::CREATED, &added)?;
    let location = paths::subtitles_of(&name, added.subtitles.id);
    let location = HeaderValue::from_str(&location).map_err(AppError::internal)?;
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}

/// `GET /api/v1/media/{name}/subtitles/{id}`: returns subtitles as WebVTT.
pub async fn show(
    req: AuthorizedRequest,
    MediaNameParam(name): MediaNameParam,
    id: Uuid,
) -> Result<Response, AppError> {
    let document = req.app.catalog.subtitles_document(&name, id).await?;
    let mut response = Response::new(document.into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/vtt"));
    Ok(response)
}

/// `PATCH /api/v1/media/{name}/subtitles/{id}`: changes what is known of subtitles.
pub async fn change(
    req: AuthorizedRequest,
    MediaNameParam(name): MediaNameParam,
    id: Uuid,
) -> Result<Response, AppError> {
    let app = req.app.clone();
    let patch: SubtitlesPatch = req.json().await?;
    let changed = app.catalog.change_subtitles(&name, id, patch).await?;
    sync_now(&app);
    reply::json(StatusCode::OK, &changed)
}

/// `DELETE /api/v1/media/{name}/subtitles/{id}`: removes subtitles.
pub async fn remove(
    req: AuthorizedRequest,
    MediaNameParam(name): MediaNameParam,
    id: Uuid,
) -> Result<Response, AppError> {
    req.app.catalog.remove_subtitles(&name, id).await?;
    sync_now(&req.app);
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

/// Has the volume of this server get the change at once; other streamers see it within seconds.
pub fn sync_now(app: &App) {
    if let Some(storage) = &app.storage {
        storage.subtitles.wake();
    }
}
