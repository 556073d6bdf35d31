//! Playbacks: players start them and report what was played.

use ginflix_api::paths;
use ginflix_api::playback::{Playback, PlaybackReport, StartPlayback};
use ginflix_api::views::NotCountedReason;
use uuid::Uuid;
use warp::http::StatusCode;
use warp::reply::Response;

use super::path_params::MediaNameParam;
use super::request::AuthorizedRequest;
use super::{auth, reply};
use crate::catalog::store::PlaybackRecord;
use crate::error::AppError;

/// Largest request to start a playback, in bytes; it only names a movie.
const MAX_START_BYTES: u64 = 4 * 1024;

/// Largest report, in bytes: enough for the largest number of ranges, written with all digits.
const MAX_REPORT_BYTES: u64 = 128 * 1024;

/// `POST /api/v1/playbacks`: starts a playback.
pub async fn start(req: AuthorizedRequest) -> Result<Response, AppError> {
    let (app, client) = (req.app.clone(), req.context.client);
    let user_agent = req.header("user-agent").unwrap_or_default().to_owned();
    let StartPlayback { movie_id } = req.json_within(MAX_START_BYTES).await?;
    let playback = app.views.start_playback(movie_id, client, &user_agent).await?;
    reply::json(StatusCode::CREATED, &to_wire(playback))
}

/// `POST /api/v1/playbacks/{id}`: reports what was played so far. The content type does not matter,
/// because `navigator.sendBeacon` sends `text/plain`.
pub async fn report(req: AuthorizedRequest, id: Uuid) -> Result<Response, AppError> {
    let app = req.app.clone();
    let report: PlaybackReport = req.json_within(MAX_REPORT_BYTES).await?;
    let playback = app.views.report(id, report).await?;
    reply::json(StatusCode::OK, &to_wire(playback))
}

/// `POST /watch/{name}/playbacks?…`: starts a playback of the movie that the page of a signed link plays.
pub async fn start_by_link(
    req: AuthorizedRequest,
    MediaNameParam(name): MediaNameParam,
) -> Result<Response, AppError> {
    auth::require_link(&req.app, &req, &paths::stream(&name))?;
    let movies = req.app.catalog.movies_playing(&name).await;
    let movie = movies.first().ok_or_else(|| AppError::NotFound(format!("movie of {name}")))?;
    let user_agent = req.header("user-agent").unwrap_or_default();
    let playback = req.app.views.start_playback(movie.id, req.context.client, user_agent).await?;
    reply::json(StatusCode::CREATED, &to_wire(playback))
}

/// `POST /watch/{name}/playbacks/{id}?…`: reports what was played so far by the page of a signed link.
pub async fn report_by_link(
    req: AuthorizedRequest,
    MediaNameParam(name): MediaNameParam,
    id: Uuid,
) -> Result<Response, AppError> {
    auth::require_link(&req.app, &req, &paths::stream(&name))?;
    report(req, id).await
}

fn to_wire(playback: PlaybackRecord) -> Playback {
    Playback {
        id: playback.id,
        movie_id: playback.movie_id,
        started_at: playback.started_at,
        watched_seconds: playback.watched_seconds,
        needed_seconds: playback.needed_seconds,
        counted: playback.counted_at.is_some(),
        awaiting_evidence: playback.reason == Some(NotCountedReason::AwaitingEvidence),
    }
}
