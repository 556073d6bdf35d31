//! Backups over HTTP: all of the catalogue, in one answer or one body.

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
use super::request::{BodyStream, Req};
use crate::backup;
use crate::error::AppError;

/// The most bytes of a body: a catalogue with a few thousand large posters.
const MAX_BYTES: u64 = 16 << 30;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Restoring {
    /// Also in the place of what is there.
    #[serde(default)]
    replace: bool,
}

/// `GET /api/v1/backup`: lines of JSON, as of one moment.
pub async fn export(req: Req) -> Result<Response, AppError> {
    let pieces = backup::export(req.app.catalog.store()).await?;
    let pieces = stream::unfold(pieces, |mut pieces| async move {
        let piece = pieces.recv().await?;
        Some((piece, pieces))
    });
    let mut response = warp::reply::stream(pieces).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// `PUT /api/v1/backup?replace=true`: the same lines, in the place of what is
/// there. They are kept on the disk until the last has come, so that a slow
/// client keeps nobody from writing.
pub async fn import(req: Req) -> Result<Response, AppError> {
    let Restoring { replace } = req.query()?;
    let app = req.app.clone();
    let file = spooled(req.into_body(), &app.config.data_dir).await?;
    let carried = backup::import(app.catalog.store(), file, replace).await;
    app.accounts.all_changed();
    reply::json(StatusCode::OK, &carried?)
}

/// The body as a file without a name, which goes with its handle.
async fn spooled(mut body: BodyStream, folder: &Path) -> Result<std::fs::File, AppError> {
    let mut file = File::from_std(tempfile::tempfile_in(folder).map_err(on_disk)?);
    let mut size = 0;
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|error| AppError::invalid("body", error.to_string()))?;
        size += piece.len() as u64;
        if size > MAX_BYTES {
            return Err(AppError::TooLarge { what: "a backup", limit_bytes: MAX_BYTES });
        }
        file.write_all(&piece).await.map_err(on_disk)?;
    }
    file.flush().await.map_err(on_disk)?;
    Ok(file.into_std().await)
}

fn on_disk(error: std::io::Error) -> AppError {
    match error.kind() {
        std::io::ErrorKind::StorageFull => {
            AppError::NoSpace("there is no room to look at the backup".to_owned())
        }
        _ => AppError::internal(error),
    }
}
