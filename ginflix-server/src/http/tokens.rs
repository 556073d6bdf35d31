//! API tokens, for administrators.

use ginflix_api::Page;
use ginflix_api::account::{CreatedToken, NewToken};
use warp::http::StatusCode;
use warp::reply::Response;

use super::reply;
use super::request::Req;
use crate::error::AppError;

/// `GET /api/v1/tokens`: all of them, without their secrets.
pub async fn list(req: Req) -> Result<Response, AppError> {
    let items = req.app.accounts.tokens().await?;
    reply::json(StatusCode::OK, &Page { items, next_cursor: None })
}

/// `POST /api/v1/tokens`: makes one and tells its secret once.
pub async fn create(req: Req) -> Result<Response, AppError> {
    let app = req.app.clone();
    let new: NewToken = req.json().await?;
    let (secret, facts) = app.accounts.create_token(new).await?;
    reply::json(StatusCode::CREATED, &CreatedToken { token: secret.reveal().to_owned(), facts })
}

/// `DELETE /api/v1/tokens/{name}`: ends one at once.
pub async fn revoke(req: Req, name: String) -> Result<Response, AppError> {
    req.app.accounts.revoke_token(&name).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}
