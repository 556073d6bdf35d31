//! Backups over HTTP: the whole catalogue in one response, or in one request body.

use std::path::Path;

use futures_util::{StreamExt, stream};
use ginflix_api::backup::CONTENT_TYPE;
use serde::Deserialize;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use warp::Reply;
use warp::http::StatusCode;
use warp::http::header::{self, CACHE_CONTROL, HeaderValue};
use warp::reply::Response;

use super::reply;
use super::request::{AuthorizedRequest, BodyStream};
use crate::backup;
use crate::error::AppError;

/// Largest backup, in bytes: enough for a catalogue with a few thousand large posters.
const MAX_BACKUP_BYTES: u64 = 16 << 30;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ImportQuery {
    /// Whether to replace the contents of a catalogue that is not empty.
    #[serde(default)]
    replace: bool,
}

/// `GET /api/v1/backup`: returns a consistent snapshot of the catalogue as lines of JSON.
pub async fn export(req: AuthorizedRequest) -> Result<Response, AppError> {
    let chunks = backup::export(req.app.catalog.store()).await?;
    let chunks = stream::unfold(chunks, |mut chunks| async move {
        let chunk = chunks.recv().await?;
        Some((chunk, chunks))
    });
    let mut response = warp::reply::stream(chunks).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// `PUT /api/v1/backup?replace=true`: replaces the catalogue by a backup. The body is first written
/// to the disk, so that a slow client does not hold a transaction open.
pub async fn import(req: AuthorizedRequest) -> Result<Response, AppError> {
    let ImportQuery { replace } = req.query()?;
    let app = req.app.clone();
    let file = spool(req.into_body(), &app.config.data_dir).await?;
    let imported = backup::import(app.catalog.store(), file, replace).await;
    // The cached credentials may not be in the new catalogue.
    app.accounts.invalidate_cache();
    if let Some(libraries) = app.storage.as_ref().and_then(|storage| storage.libraries.as_ref()) {
        libraries.reload();
    }
    reply::json(StatusCode::OK, &imported?)
}

/// Writes the body to an unnamed temporary file, which is deleted when it is closed.
async fn spool(mut body: BodyStream, folder: &Path) -> Result<std::fs::File, AppError> {
    let mut file = File::from_std(tempfile::tempfile_in(folder).map_err(from_disk)?);
    let mut size = 0;
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|error| AppError::invalid("body", error.to_string()))?;
        size += chunk.len() as u64;
        if size > MAX_BACKUP_BYTES {
            return Err(AppError::too_large("a backup", MAX_BACKUP_BYTES));
        }
        file.write_all(&chunk).await.map_err(from_disk)?;
    }
    file.flush().await.map_err(from_disk)?;
    Ok(file.into_std().await)
}

fn from_disk(error: std::io::Error) -> AppError {
    match error.kind() {
        std::io::ErrorKind::StorageFull => AppError::NoSpace(
            "the server's disk has no room for the backup; free some space, then try again"
                .to_owned(),
        ),
        _ => AppError::internal(error),
    }
}
