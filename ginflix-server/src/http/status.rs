//! What this server tells administrators of itself.

use ginflix_api::status::ServerStatus;
use jiff::Timestamp;
use warp::http::StatusCode;
use warp::reply::Response;

use super::reply;
use super::request::Req;
use crate::app::Storage;
use crate::error::AppError;
use crate::media::volume::Usage;

/// `GET /api/v1/status`.
pub async fn show(req: Req) -> Result<Response, AppError> {
    let app = req.app;
    let storage = app.storage.clone();
    // Walks the volume's folders.
    let usage = tokio::task::spawn_blocking(move || match storage {
        Some(Storage { volume, .. }) => volume.usage(),
        None => Ok(Usage::default()),
    });
    let movies = app.catalog.count_movies().await?;
    let usage = usage.await.map_err(AppError::internal)??;
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
        streamers: Vec::new(),
    };
    reply::json(StatusCode::OK, &status)
}
