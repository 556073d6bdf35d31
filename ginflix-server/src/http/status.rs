//! The status of this server.

use ginflix_api::status::ServerStatus;
use jiff::Timestamp;
use warp::http::StatusCode;
use warp::reply::Response;

use super::reply;
use super::request::AuthorizedRequest;
use crate::error::AppError;
use crate::media::volume::VolumeUsage;

/// `GET /api/v1/status`: returns version, uptime, totals and the streamers.
pub async fn show(req: AuthorizedRequest) -> Result<Response, AppError> {
    let app = req.app;
    let movies = app.catalog.count_movies().await?;
    let streamers = app.catalog.streamers().await?;
    let usage = match &app.storage {
        Some(storage) => {
            let volume = storage.volume.clone();
            // This walks the volume's folders, so it must not block the runtime.
            let usage = tokio::task::spawn_blocking(move || volume.usage());
            usage.await.map_err(AppError::internal)??
        }
        None => {
            let (media, media_bytes) = app.catalog.media_totals().await?;
            let live = streamers.iter().filter(|streamer| streamer.is_live);
            let free_bytes = live.map(|streamer| streamer.free_bytes).min().unwrap_or(0);
            VolumeUsage { media, media_bytes, free_bytes, ..VolumeUsage::default() }
        }
    };
    let uptime = Timestamp::now().duration_since(app.started_at).as_secs();
    let status = ServerStatus {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pid: std::process::id(),
        started_at: app.started_at,
        uptime_seconds: uptime.try_into().unwrap_or(0),
        movies,
        media: usage.media,
        media_bytes: usage.media_bytes,
        uploads: usage.uploads,
        upload_bytes: usage.upload_bytes,
        free_bytes: usage.free_bytes,
        streamers,
    };
    reply::json(StatusCode::OK, &status)
}
