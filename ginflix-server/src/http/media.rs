//! Media files: list, show, repair, remove.

use ginflix_api::Page;
use ginflix_api::media::{Media, MediaName, MediaQuery};
use ginflix_api::replica::{MediaPage, MediaProblem, NewRepair};
use serde::Deserialize;
use warp::http::StatusCode;
use warp::reply::Response;

use super::path_params::MediaNameParam;
use super::reply;
use super::request::AuthorizedRequest;
use crate::app::{App, Storage};
use crate::error::AppError;
use crate::media::VolumeError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RemoveQuery {
    /// Whether to remove the file although a movie plays it.
    #[serde(default)]
    force: bool,
}

/// `GET /api/v1/media`: returns a page of media files, by name.
pub async fn list(req: AuthorizedRequest) -> Result<Response, AppError> {
    let query: MediaQuery = req.query()?;
    let catalog = &req.app.catalog;
    let Page { items, next_cursor } =
        catalog.media_list(query.cursor.as_deref(), query.limit).await?;
    let items = catalog.with_replicas(items).await?;
    let problems = if req.identity.is_admin() { problems(&req.app).await? } else { Vec::new() };
    reply::json(StatusCode::OK, &MediaPage { items, next_cursor, problems })
}

/// Returns the files that cannot be taken up: those on the volume of this server or, if the
/// catalogue is shared, those that the streamers report.
pub async fn problems(app: &App) -> Result<Vec<MediaProblem>, AppError> {
    if let Some(Storage { volume, replication: None, .. }) = &app.storage {
        return Ok(volume.problems());
    }
    match app.catalog.media_problems().await {
        // The list of media files comes from the cache then.
        Err(AppError::Unavailable(_)) => Ok(Vec::new()),
        other => other,
    }
}

/// `GET /api/v1/media/{name}`: returns the facts of a media file.
pub async fn show(
    req: AuthorizedRequest,
    MediaNameParam(name): MediaNameParam,
) -> Result<Response, AppError> {
    let media = match req.app.catalog.media(&name).await {
        Err(unknown @ AppError::NotFound(_)) => {
            Err(explain_unknown_media(&req.app, name, unknown).await)
        }
        other => other,
    };
    let listed = req.app.catalog.with_replicas(vec![media?]).await?;
    reply::json(StatusCode::OK, &listed.first())
}

/// `POST /api/v1/repairs`: makes the streamers verify files and repair damaged replicas.
pub async fn repair(req: AuthorizedRequest) -> Result<Response, AppError> {
    let catalog = req.app.catalog.clone();
    let repair: NewRepair = req.json().await?;
    reply::json(StatusCode::ACCEPTED, &catalog.request_repair(&repair).await?)
}

/// Returns the error for a media file that the catalogue does not know: `Conflict` if the file is on
/// a volume and cannot be taken up, `Locked` if it was put there by hand and is not hashed yet, else
/// `unknown`. Hashing, which `stat` starts, comes before the file is recorded.
pub async fn explain_unknown_media(app: &App, name: MediaName, unknown: AppError) -> AppError {
    let problem = match app.volume().cloned() {
        None => None,
        Some(volume) => {
            let file = name.clone();
            let looked = tokio::task::spawn_blocking(move || {
                (volume.problem_of(&file), volume.stat(&file).is_ok())
            });
            match looked.await {
                Ok((Some(problem), _)) => Some(problem),
                Ok((None, true)) => {
                    return AppError::Locked(format!(
                        "media {name} is on the volume, but is still being checked; try again in a \
                         moment"
                    ));
                }
                _ => None,
            }
        }
    };
    let problem = match problem {
        None => reported_problem(app, &name).await,
        known => known,
    };
    match problem {
        Some(MediaProblem { problem, remedy, .. }) => AppError::Conflict(format!(
            "the file {name} on the volume cannot be taken up: {problem}; {remedy}, then repeat"
        )),
        None => unknown,
    }
}

/// Returns the problem that a streamer reports of a file on its volume.
async fn reported_problem(app: &App, name: &MediaName) -> Option<MediaProblem> {
    let problems = app.catalog.media_problems().await.unwrap_or_default();
    problems.into_iter().find(|problem| problem.name == name.as_str())
}

/// Removes the entry of a file that is gone from its library. One that is there would be taken up again.
async fn remove_of_library(app: &App, media: &Media, force: bool) -> Result<Response, AppError> {
    let name = media.name.clone();
    if media.missing_since.is_none() {
        return Err(AppError::Conflict(format!(
            "media {name} is a file of a library, which the server never changes; remove the file from its folder, or \
             the library: ginflix library remove"
        )));
    }
    app.catalog.remove_media(&name, force).await?;
    let volume = app.storage()?.volume.clone();
    let forgotten = tokio::task::spawn_blocking(move || volume.forget_library_file(&name)).await;
    forgotten.map_err(AppError::internal)?.map_err(AppError::internal)?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

/// `DELETE /api/v1/media/{name}?force=true`: removes a file from the catalogue, then from the
/// volume. A crash between the two leaves a file that is listed again at the next start, but never
/// an entry without its file.
pub async fn remove(
    req: AuthorizedRequest,
    MediaNameParam(name): MediaNameParam,
) -> Result<Response, AppError> {
    let RemoveQuery { force } = req.query()?;
    let known = req.app.catalog.media(&name).await.ok();
    let is_known = known.is_some();
    if let Some(media) = known.filter(|media| media.library.is_some()) {
        return remove_of_library(&req.app, &media, force).await;
    }
    req.app.catalog.remove_media(&name, force).await?;
    let volume = match req.app.storage.clone() {
        Some(Storage { volume, replication: None, .. }) => volume,
        // Each streamer deletes its replica when it sees that the entry is gone.
        _ => return Ok(reply::empty(StatusCode::NO_CONTENT)),
    };
    let removed = tokio::task::spawn_blocking(move || volume.remove(&name)).await;
    match removed.map_err(AppError::internal)? {
        // Somebody had already deleted the file by hand.
        Err(VolumeError::NotFound(_)) if is_known => {}
        other => other?,
    }
    Ok(reply::empty(StatusCode::NO_CONTENT))
}
