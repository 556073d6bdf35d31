//! Libraries: list, add, scan, remove.

use ginflix_api::Page;
use ginflix_api::library::NewLibrary;
use uuid::Uuid;
use warp::http::StatusCode;
use warp::reply::Response;

use super::reply;
use super::request::AuthorizedRequest;
use crate::app::App;
use crate::error::AppError;
use crate::libraries::Libraries;

/// `GET /api/v1/libraries`: returns all libraries.
pub async fn list(req: AuthorizedRequest) -> Result<Response, AppError> {
    let items = match of(&req.app) {
        Ok(libraries) => libraries.list().await?,
        Err(_) => Vec::new(),
    };
    reply::json(StatusCode::OK, &Page { items, next_cursor: None })
}

/// `POST /api/v1/libraries`: adds a library, and begins to scan it.
pub async fn add(req: AuthorizedRequest) -> Result<Response, AppError> {
    let app = req.app.clone();
    let new: NewLibrary = req.json().await?;
    reply::json(StatusCode::CREATED, &of(&app)?.add(new).await?)
}

/// `POST /api/v1/libraries/{id}/scan`: begins a scan.
pub async fn scan(req: AuthorizedRequest, id: Uuid) -> Result<Response, AppError> {
    reply::json(StatusCode::ACCEPTED, &of(&req.app)?.request_scan(id).await?)
}

/// `DELETE /api/v1/libraries/{id}`: removes a library and its movies. Its files stay.
pub async fn remove(req: AuthorizedRequest, id: Uuid) -> Result<Response, AppError> {
    reply::json(StatusCode::OK, &of(&req.app)?.remove(id).await?)
}

fn of(app: &App) -> Result<&Libraries, AppError> {
    let libraries = app.storage.as_ref().and_then(|storage| storage.libraries.as_ref());
    libraries.ok_or_else(|| {
        AppError::Conflict(
            "this server serves no libraries: they need a server that runs alone on one machine (setting \
             library_roots_file); upload the folder instead: ginflix upload FOLDER --add"
                .to_owned(),
        )
    })
}
