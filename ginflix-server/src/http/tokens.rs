//! API tokens: administrators list, create and revoke them.

use ginflix_api::account::{CreatedToken, NewToken};
use ginflix_api::{Page, paths};
use warp::http::StatusCode;
use warp::http::header::{HeaderValue, LOCATION};
use warp::reply::Response;

use super::reply;
use super::request::AuthorizedRequest;
use crate::error::AppError;

/// `GET /api/v1/tokens`: returns all tokens, without their secrets.
pub async fn list(req: AuthorizedRequest) -> Result<Response, AppError> {
    let items = req.app.accounts.tokens().await?;
    reply::json(StatusCode::OK, &Page { items, next_cursor: None })
}

/// `POST /api/v1/tokens`: creates a token of the client's account, or of the account that the request
/// names, and returns its secret, which is not stored.
pub async fn create(req: AuthorizedRequest) -> Result<Response, AppError> {
    let app = req.app.clone();
    let creator = req.identity.account().map(str::to_owned);
    let new: NewToken = req.json().await?;
    let (secret, facts) = app.accounts.create_token(new, creator.as_deref()).await?;
    let location = HeaderValue::from_str(&paths::token(&facts.name)).map_err(AppError::internal)?;
    let created = CreatedToken { token: secret.reveal().to_owned(), info: facts };
    let mut response = reply::json(StatusCode::CREATED, &created)?;
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}

/// `DELETE /api/v1/tokens/{name}`: revokes a token, with immediate effect.
pub async fn revoke(req: AuthorizedRequest, name: String) -> Result<Response, AppError> {
    req.app.accounts.revoke_token(&name).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}
