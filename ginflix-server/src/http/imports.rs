//! Imports of movies, posters and subtitles, and of movies into collections.

use ginflix_api::collection::CollectionMovies;
use ginflix_api::import::{ImportMovie, ImportedList};
use ginflix_api::movie::{MAX_POSTER_BYTES, NewMovie};
use ginflix_api::subtitles::{AddSubtitles, MAX_SUBTITLE_FILE_BYTES};
use uuid::Uuid;
use warp::http::StatusCode;
use warp::reply::Response;

use super::media::explain_unknown_media;
use super::path_params::MediaNameParam;
use super::reply;
use super::request::AuthorizedRequest;
use super::subtitles::sync_now;
use crate::error::AppError;

/// `POST /api/v1/imports`: imports the details of the movie of a media file.
pub async fn movie(req: AuthorizedRequest) -> Result<Response, AppError> {
    let app = req.app.clone();
    let query: ImportMovie = req.query()?;
    let new: NewMovie = req.json().await?;
    let media = new.media.clone();
    let imported = match app.catalog.import_movie(new, query.series_year).await {
        Err(unknown @ AppError::Invalid { field: "media", .. }) => {
            return Err(explain_unknown_media(&app, media, unknown).await);
        }
        other => other?,
    };
    reply::json(StatusCode::OK, &imported)
}

/// `PUT /api/v1/imports/{name}/poster`: imports the poster in the body.
pub async fn poster(
    req: AuthorizedRequest,
    MediaNameParam(name): MediaNameParam,
) -> Result<Response, AppError> {
    let app = req.app.clone();
    let picture = req.bytes("a poster", MAX_POSTER_BYTES).await?;
    let poster = app.posters.check(picture).await?;
    reply::json(StatusCode::OK, &app.catalog.import_poster(&name, &poster).await?)
}

/// `POST /api/v1/imports/{name}/subtitles`: imports the subtitle file in the body.
pub async fn subtitles(
    req: AuthorizedRequest,
    MediaNameParam(name): MediaNameParam,
) -> Result<Response, AppError> {
    let app = req.app.clone();
    let query: AddSubtitles = req.query()?;
    let file = req.bytes("a subtitle file", MAX_SUBTITLE_FILE_BYTES).await?;
    let imported = app.catalog.import_subtitles(&name, query, file.into()).await?;
    sync_now(&app);
    reply::json(StatusCode::OK, &imported)
}

/// `POST /api/v1/collections/{id}/imports`: puts imported movies into a collection.
pub async fn collection(req: AuthorizedRequest, id: Uuid) -> Result<Response, AppError> {
    let catalog = req.app.catalog.clone();
    let list: CollectionMovies = req.json().await?;
    let added = catalog.import_collection(id, &list).await?;
    reply::json(StatusCode::OK, &ImportedList { added })
}
