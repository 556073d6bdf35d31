//! The pages of an account: its settings and sessions, its history and its list.

use askama::Template;
use ginflix_api::account::Role;
use ginflix_api::watching::{OwnSession, WatchQuery, WatchedMovie};
use serde::Deserialize;
use warp::http::StatusCode;
use warp::reply::Response;

use super::card::{Card, Progress, Removal};
use super::watching::{day, mark};
use super::{Layout, html, links};
use crate::catalog::store::HistoryFilter;
use crate::error::AppError;
use crate::http::account::current_session;
use crate::http::request::AuthorizedRequest;

/// Movies on one page: fills rows of 2, 3, 4, 5 and 6.
const PAGE_SIZE: u32 = 60;

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    layout: Layout,
    name: String,
    role: &'static str,
    /// The day on which the account was created.
    since: String,
    sessions: Vec<SessionRow>,
}

impl AccountPage {
    fn has_other_sessions(&self) -> bool {
        self.sessions.iter().any(|session| !session.is_current)
    }
}

/// A session in the list.
struct SessionRow {
    id: String,
    browser: String,
    /// When it began and when it was last used.
    times: String,
    is_current: bool,
}

impl From<OwnSession> for SessionRow {
    fn from(session: OwnSession) -> Self {
        let began = format!("Logged in on {}", day(session.created_at));
        let times = match session.used_at.filter(|_| !session.is_current) {
            Some(used_at) => format!("{began}, last used on {}", day(used_at)),
            None => began,
        };
        Self {
            id: session.id.to_string(),
            browser: session.browser.unwrap_or_else(|| "Unknown browser".to_owned()),
            times,
            is_current: session.is_current,
        }
    }
}

/// `GET /account`: returns the page of the account.
pub async fn account(req: AuthorizedRequest) -> Result<Response, AppError> {
    let session = current_session(&req)?;
    let user = req.app.accounts.own_account(session.account).await?;
    let sessions = req.app.accounts.own_sessions(session).await?;
    let page = AccountPage {
        layout: Layout::new(&req),
        role: match user.role {
            Role::Admin => "Administrator",
            Role::Viewer => "Viewer",
        },
        since: day(user.created_at),
        name: user.name,
        sessions: sessions.into_iter().map(SessionRow::from).collect(),
    };
    html(StatusCode::OK, &page)
}

/// A page with the movies of a history or a list.
#[derive(Template)]
#[template(path = "own_movies.html")]
struct OwnMoviesPage {
    layout: Layout,
    /// Whether this is the history, and not the list.
    is_history: bool,
    cards: Vec<Card>,
    /// URL of the next page, if there is one.
    next: Option<String>,
}

impl OwnMoviesPage {
    fn title(&self) -> &'static str {
        if self.is_history { "History" } else { "My list" }
    }
}

/// The query of a page. Unknown keys are accepted, because other sites add some to links.
#[derive(Deserialize, Default)]
#[serde(default)]
struct OwnMoviesQuery {
    cursor: String,
}

/// Returns the query of the catalogue for a page.
fn watch_query(req: &AuthorizedRequest) -> Result<WatchQuery, AppError> {
    let OwnMoviesQuery { cursor } = req.query()?;
    let cursor = Some(cursor).filter(|cursor| !cursor.is_empty());
    Ok(WatchQuery { limit: Some(PAGE_SIZE), cursor })
}

/// `GET /history`: returns a page of what the account has watched.
pub async fn history(req: AuthorizedRequest) -> Result<Response, AppError> {
    let (account, query) = (current_session(&req)?.account, watch_query(&req)?);
    let found = req.app.catalog.history(account, HistoryFilter::All, &query).await?;
    let page = OwnMoviesPage {
        layout: Layout::new(&req),
        is_history: true,
        cards: found.items.iter().map(history_card).collect(),
        next: found.next_cursor.map(|next| links::with_query("/history", &[("cursor", &next)])),
    };
    html(StatusCode::OK, &page)
}

fn history_card(entry: &WatchedMovie) -> Card {
    let progress = Progress::new(entry.position_seconds, entry.duration_seconds);
    let left = progress.map(|progress| format!(" · {}", progress.time_left()));
    Card {
        facts: format!("{}{}", day(entry.watched_at), left.unwrap_or_default()),
        progress,
        is_watched: entry.watched,
        removal: Some(Removal::History),
        ..Card::from(&entry.movie)
    }
}

/// `GET /list`: returns a page of the list of the account.
pub async fn list(req: AuthorizedRequest) -> Result<Response, AppError> {
    let (account, query) = (current_session(&req)?.account, watch_query(&req)?);
    let found = req.app.catalog.watch_list(account, &query).await?;
    let card = |movie| Card { removal: Some(Removal::List), ..Card::from(movie) };
    let mut cards: Vec<Card> = found.items.iter().map(|entry| card(&entry.movie)).collect();
    mark(&req, &mut cards).await;
    let page = OwnMoviesPage {
        layout: Layout::new(&req),
        is_history: false,
        cards,
        next: found.next_cursor.map(|next| links::with_query("/list", &[("cursor", &next)])),
    };
    html(StatusCode::OK, &page)
}
