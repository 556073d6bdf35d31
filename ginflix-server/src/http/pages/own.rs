//! The pages of an account: its settings and sessions, its history and its list.

use askama::Template;
use ginflix_api::account::Role;
use ginflix_api::watching::{OwnSession, WatchQuery, WatchedMovie};
use serde::Deserialize;
use warp::http::StatusCode;
use warp::reply::Response;

use super::card::{Card, Progress, Removal};
use super::watching::mark;
use super::{Layout, html, links};
use crate::accounts::browser_name::{SOME_BROWSER, THE_COMMAND};
use crate::catalog::store::HistoryFilter;
use crate::error::AppError;
use crate::http::account::current_session;
use crate::http::request::AuthorizedRequest;
use crate::locale::messages::Message;
use crate::locale::{Locale, formats};

/// Movies on one page: fills rows of 2, 3, 4, 5 and 6.
const PAGE_SIZE: u32 = 60;

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    layout: Layout,
    name: String,
    role: String,
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

impl SessionRow {
    fn new(session: &OwnSession, locale: Locale) -> Self {
        let began = formats::day(locale, session.created_at);
        let times = match session.used_at.filter(|_| !session.is_current) {
            Some(used_at) => {
                let used = formats::day(locale, used_at);
                locale.say("session-began-used").with("began", began).with("used", used)
            }
            None => locale.say("session-began").with("began", began),
        };
        Self {
            id: session.id.to_string(),
            browser: browser_in(locale, session.browser.as_deref()),
            times: times.to_string(),
            is_current: session.is_current,
        }
    }
}

/// Says in a language what was stored of a browser at the log-in, such as `Firefox on Linux`.
fn browser_in(locale: Locale, stored: Option<&str>) -> String {
    let Some(stored) = stored else { return locale.say("session-unknown").to_string() };
    let (browser, system) = match stored.split_once(" on ") {
        Some((browser, system)) => (browser, Some(system)),
        None => (stored, None),
    };
    let browser = match browser {
        THE_COMMAND => locale.say("session-command").to_string(),
        SOME_BROWSER => locale.say("session-some-browser").to_string(),
        name => name.to_owned(),
    };
    // Each language has its own article.
    let system = system.map(|system| system.strip_prefix("an ").unwrap_or(system));
    match system {
        Some(system) => locale
            .say("session-browser")
            .with("browser", browser)
            .with("system", system)
            .to_string(),
        None => browser,
    }
}

/// `GET /account`: returns the page of the account.
pub async fn account(req: AuthorizedRequest) -> Result<Response, AppError> {
    let session = current_session(&req)?;
    let user = req.app.accounts.own_account(session.account).await?;
    let sessions = req.app.accounts.own_sessions(session).await?;
    let layout = Layout::new(&req);
    let locale = layout.locale;
    let page = AccountPage {
        layout,
        role: match user.role {
            Role::Admin => locale.say("account-role-admin").to_string(),
            Role::Viewer => locale.say("account-role-viewer").to_string(),
        },
        since: formats::day(locale, user.created_at),
        name: user.name,
        sessions: sessions.iter().map(|session| SessionRow::new(session, locale)).collect(),
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
    fn title(&self) -> Message<'_> {
        match self.is_history {
            true => self.layout.say("history-heading"),
            false => self.layout.say("own-list-link"),
        }
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
    let layout = Layout::new(&req);
    let page = OwnMoviesPage {
        is_history: true,
        cards: found.items.iter().map(|entry| history_card(entry, layout.locale)).collect(),
        layout,
        next: found.next_cursor.map(|next| links::with_query("/history", &[("cursor", &next)])),
    };
    html(StatusCode::OK, &page)
}

fn history_card(entry: &WatchedMovie, locale: Locale) -> Card {
    let progress = Progress::new(entry.position_seconds, entry.duration_seconds);
    let left = progress.map(|progress| format!(" · {}", progress.time_left(locale)));
    Card {
        facts: format!("{}{}", formats::day(locale, entry.watched_at), left.unwrap_or_default()),
        progress,
        is_watched: entry.watched,
        removal: Some(Removal::History),
        ..Card::new(&entry.movie, locale)
    }
}

/// `GET /list`: returns a page of the list of the account.
pub async fn list(req: AuthorizedRequest) -> Result<Response, AppError> {
    let (account, query) = (current_session(&req)?.account, watch_query(&req)?);
    let found = req.app.catalog.watch_list(account, &query).await?;
    let layout = Layout::new(&req);
    let card = |movie| Card { removal: Some(Removal::List), ..Card::new(movie, layout.locale) };
    let mut cards: Vec<Card> = found.items.iter().map(|entry| card(&entry.movie)).collect();
    mark(&req, &mut cards).await;
    let page = OwnMoviesPage {
        layout,
        is_history: false,
        cards,
        next: found.next_cursor.map(|next| links::with_query("/list", &[("cursor", &next)])),
    };
    html(StatusCode::OK, &page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_named_in_each_language() {
        for (stored, expected) in [
            (
                Some("Firefox on Linux"),
                ["Firefox on Linux", "Firefox unter Linux", "Firefox sur Linux"],
            ),
            (
                Some("Safari on an iPhone"),
                ["Safari on an iPhone", "Safari auf einem iPhone", "Safari sur un iPhone"],
            ),
            (
                Some("A browser on Windows"),
                ["A browser on Windows", "Ein Browser unter Windows", "Un navigateur sur Windows"],
            ),
            (
                Some("The ginflix command"),
                ["The ginflix command", "Der Befehl ginflix", "La commande ginflix"],
            ),
            (Some("Opera"), ["Opera"; 3]),
            (None, ["Unknown browser", "Unbekannter Browser", "Navigateur inconnu"]),
        ] {
            assert_eq!(Locale::ALL.map(|locale| browser_in(locale, stored)), expected);
        }
    }
}
