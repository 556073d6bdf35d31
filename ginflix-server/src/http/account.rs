//! The own account of a user: its password and its sessions.

use ginflix_api::Page;
use ginflix_api::watching::PasswordChange;
use uuid::Uuid;
use warp::http::StatusCode;
use warp::reply::Response;

use super::auth;
use super::reply;
use super::request::AuthorizedRequest;
use crate::accounts::own::CurrentSession;
use crate::error::AppError;

/// Largest request to change a password, in bytes: enough for two passwords, escaped.
const MAX_PASSWORD_CHANGE_BYTES: u64 = 32 * 1024;

/// Returns the session that a request belongs to.
///
/// # Errors
/// `Unauthenticated` if there is none, which [`auth::AccessRule::Account`] rules out.
pub fn current_session(req: &AuthorizedRequest) -> Result<CurrentSession<'_>, AppError> {
    const NO_SESSION: AppError = AppError::Unauthenticated("you are not logged in");
    let presented = auth::presented_credential(&req.headers, req.context.is_secure)?;
    let secret_sha256 = presented.ok_or(NO_SESSION)?.secret().sha256();
    let account = req.identity.session_account().ok_or(NO_SESSION)?;
    Ok(CurrentSession { account, secret_sha256 })
}

/// `GET /api/v1/account`: returns the account.
pub async fn show(req: AuthorizedRequest) -> Result<Response, AppError> {
    let session = current_session(&req)?;
    reply::json(StatusCode::OK, &req.app.accounts.own_account(session.account).await?)
}

/// `PUT /api/v1/account/password`: sets another password, and ends the other sessions.
pub async fn change_password(req: AuthorizedRequest) -> Result<Response, AppError> {
    let (app, client) = (req.app.clone(), req.context.client);
    let CurrentSession { account, secret_sha256 } = current_session(&req)?;
    let account = account.to_owned();
    let change: PasswordChange = req.json_within(MAX_PASSWORD_CHANGE_BYTES).await?;
    let session = CurrentSession { account: &account, secret_sha256 };
    app.accounts.change_own_password(session, change, client).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

/// `GET /api/v1/account/sessions`: returns the sessions, without their secrets.
pub async fn sessions(req: AuthorizedRequest) -> Result<Response, AppError> {
    let items = req.app.accounts.own_sessions(current_session(&req)?).await?;
    reply::json(StatusCode::OK, &Page { items, next_cursor: None })
}

/// `DELETE /api/v1/account/sessions/{id}`: ends a session.
pub async fn end_session(req: AuthorizedRequest, id: Uuid) -> Result<Response, AppError> {
    let session = current_session(&req)?;
    req.app.accounts.end_own_session(session.account, id).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

/// `DELETE /api/v1/account/sessions`: ends all sessions but that of the request.
pub async fn end_other_sessions(req: AuthorizedRequest) -> Result<Response, AppError> {
    req.app.accounts.end_other_sessions(current_session(&req)?).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}
