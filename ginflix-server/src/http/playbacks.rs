//! Playbacks: started by players, and reported on until they end.

use ginflix_api::playback::{Playback, PlaybackReport, StartPlayback};
use uuid::Uuid;
use warp::http::StatusCode;
use warp::reply::Response;

use super::reply;
use super::request::Req;
use crate::catalog::store::PlaybackRecord;
use crate::error::AppError;

/// The most bytes a start may have: it names a movie.
const MAX_START_BYTES: u64 = 4 * 1024;

/// The most bytes a report may have: that of the most stretches that are taken, written long.
const MAX_PLAYBACK_BYTES: u64 = 128 * 1024;

/// `POST /api/v1/playbacks`: somebody starts to watch.
pub async fn start(req: Req) -> Result<Response, AppError> {
    let (app, client) = (req.app.clone(), req.origin.client);
    let user_agent = req.header("user-agent").unwrap_or_default().to_owned();
    let StartPlayback { movie_id } = req.json_within(MAX_START_BYTES).await?;
    let playback = app.views.start_playback(movie_id, client, &user_agent).await?;
    reply::json(StatusCode::CREATED, &to_wire(playback))
}

/// `POST /api/v1/playbacks/{id}`: what was played so far. Of any content type,
/// as `navigator.sendBeacon` sends plain text.
pub async fn report(req: Req, id: Uuid) -> Result<Response, AppError> {
    let app = req.app.clone();
    let report: PlaybackReport = req.json_within(MAX_PLAYBACK_BYTES).await?;
    let playback = app.views.report(id, report).await?;
    reply::json(StatusCode::OK, &to_wire(playback))
}

fn to_wire(playback: PlaybackRecord) -> Playback {
    Playback {
        id: playback.id,
        movie_id: playback.movie_id,
        started_at: playback.started_at,
        watched_seconds: playback.watched_seconds,
        needed_seconds: playback.needed_seconds,
        counted: playback.counted_at.is_some(),
    }
}
