//! Accounts: administrators list, create, change and remove them.

use ginflix_api::account::{NewUser, UserPatch};
use ginflix_api::{Page, paths};
use percent_encoding::percent_decode_str;
use warp::http::StatusCode;
use warp::http::header::{HeaderValue, LOCATION};
use warp::reply::Response;

use super::reply;
use super::request::AuthorizedRequest;
use crate::error::AppError;

/// `GET /api/v1/users`: returns all accounts.
pub async fn list(req: AuthorizedRequest) -> Result<Response, AppError> {
    let items = req.app.accounts.users().await?;
    reply::json(StatusCode::OK, &Page { items, next_cursor: None })
}

/// `POST /api/v1/users`: creates an account.
pub async fn create(req: AuthorizedRequest) -> Result<Response, AppError> {
    let app = req.app.clone();
    let new: NewUser = req.json().await?;
    let user = app.accounts.create_user(new).await?;
    let mut response = reply::json(StatusCode::CREATED, &user)?;
    let location = HeaderValue::from_str(&paths::user(&user.name)).map_err(AppError::internal)?;
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}

/// `PATCH /api/v1/users/{name}`: sets another password or role, and ends the account's sessions.
pub async fn change(req: AuthorizedRequest, name: String) -> Result<Response, AppError> {
    let app = req.app.clone();
    let patch: UserPatch = req.json().await?;
    reply::json(StatusCode::OK, &app.accounts.change_user(&decode(&name), patch).await?)
}

/// `DELETE /api/v1/users/{name}`: removes an account and ends its sessions.
pub async fn remove(req: AuthorizedRequest, name: String) -> Result<Response, AppError> {
    req.app.accounts.remove_user(&decode(&name)).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

/// Decodes the name in a path. A segment that is not UTF-8 is no account's name either way.
fn decode(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}
