//! What the account that is logged in has watched, and its list. No change is audited: what somebody watches is nobody
//! else's business.

use ginflix_api::movie::MovieId;
use ginflix_api::watching::{WatchPosition, WatchQuery, WatchState};
use warp::http::StatusCode;
use warp::reply::Response;

use super::reply;
use super::request::AuthorizedRequest;
use crate::catalog::store::HistoryFilter;
use crate::error::AppError;

/// Largest report of a position, in bytes: two numbers.
const MAX_POSITION_BYTES: u64 = 4 * 1024;

/// Returns the name of the account.
fn account(req: &AuthorizedRequest) -> Result<&str, AppError> {
    let account = req.identity.session_account();
    account.ok_or(AppError::Unauthenticated("you are not logged in"))
}

/// Returns the name of the account for a change, of which there are only so many.
fn writer(req: &AuthorizedRequest) -> Result<&str, AppError> {
    let account = account(req)?;
    req.app.accounts.count_write(account)?;
    Ok(account)
}

fn done() -> Response {
    reply::empty(StatusCode::NO_CONTENT)
}

/// `GET /api/v1/account/watching`: returns a page of the movies to continue.
pub async fn list(req: AuthorizedRequest) -> Result<Response, AppError> {
    let query: WatchQuery = req.query()?;
    let page = req.app.catalog.history(account(&req)?, HistoryFilter::Unfinished, &query).await?;
    reply::json(StatusCode::OK, &page)
}

/// `PUT /api/v1/account/watching/{id}`: stores where the account stopped. The content type does not matter, as a page that
/// is closed may not be able to set it.
pub async fn set_position(req: AuthorizedRequest, id: MovieId) -> Result<Response, AppError> {
    let (app, account) = (req.app.clone(), writer(&req)?.to_owned());
    let position: WatchPosition = req.json_within(MAX_POSITION_BYTES).await?;
    app.catalog.set_position(&account, id, position).await?;
    Ok(done())
}

/// `DELETE /api/v1/account/watching/{id}`: forgets where the account stopped.
pub async fn reset_position(req: AuthorizedRequest, id: MovieId) -> Result<Response, AppError> {
    req.app.catalog.reset_position(writer(&req)?, id).await?;
    Ok(done())
}

/// `GET /api/v1/account/history`: returns a page of the history.
pub async fn history(req: AuthorizedRequest) -> Result<Response, AppError> {
    let query: WatchQuery = req.query()?;
    let page = req.app.catalog.history(account(&req)?, HistoryFilter::All, &query).await?;
    reply::json(StatusCode::OK, &page)
}

/// `DELETE /api/v1/account/history`: clears the history.
pub async fn clear_history(req: AuthorizedRequest) -> Result<Response, AppError> {
    req.app.catalog.clear_history(writer(&req)?).await?;
    Ok(done())
}

/// `PUT /api/v1/account/history/{id}`: marks a movie as watched.
pub async fn mark_watched(req: AuthorizedRequest, id: MovieId) -> Result<Response, AppError> {
    req.app.catalog.mark_watched(writer(&req)?, id).await?;
    Ok(done())
}

/// `DELETE /api/v1/account/history/{id}`: removes a movie from the history, with its position and its mark.
pub async fn forget(req: AuthorizedRequest, id: MovieId) -> Result<Response, AppError> {
    req.app.catalog.forget_watched(writer(&req)?, id).await?;
    Ok(done())
}

/// `GET /api/v1/account/list`: returns a page of the list.
pub async fn watch_list(req: AuthorizedRequest) -> Result<Response, AppError> {
    let query: WatchQuery = req.query()?;
    reply::json(StatusCode::OK, &req.app.catalog.watch_list(account(&req)?, &query).await?)
}

/// `PUT /api/v1/account/list/{id}`: adds a movie to the list.
pub async fn add_to_list(req: AuthorizedRequest, id: MovieId) -> Result<Response, AppError> {
    req.app.catalog.add_to_list(writer(&req)?, id).await?;
    Ok(done())
}

/// `DELETE /api/v1/account/list/{id}`: removes a movie from the list.
pub async fn remove_from_list(req: AuthorizedRequest, id: MovieId) -> Result<Response, AppError> {
    req.app.catalog.remove_from_list(writer(&req)?, id).await?;
    Ok(done())
}

/// `GET /api/v1/account/movies/{id}`: returns what the account has to do with a movie.
pub async fn state(req: AuthorizedRequest, id: MovieId) -> Result<Response, AppError> {
    let states = req.app.catalog.watch_states(account(&req)?, &[id]).await?;
    if let Some(state) = states.get(&id) {
        return reply::json(StatusCode::OK, state);
    }
    req.app.catalog.movie(id).await?;
    reply::json(StatusCode::OK, &nothing(id))
}

/// Returns the state of a movie that the account has nothing to do with.
fn nothing(movie_id: MovieId) -> WatchState {
    WatchState {
        movie_id,
        position_seconds: 0.0,
        duration_seconds: 0.0,
        watched: false,
        listed: false,
    }
}
