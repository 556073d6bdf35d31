//! What pages show of an account's history and list: on cards, on the page of a movie, and as a row of movies to continue.
//! While the database is unavailable, they show movies without it.

use askama::Template;
use ginflix_api::movie::{Movie, MovieId};
use ginflix_api::watching::{WatchQuery, WatchState, WatchedMovie};
use serde::Deserialize;
use warp::http::StatusCode;
use warp::reply::Response;

use super::card::{Card, Progress, Removal};
use super::{Layout, html};
use crate::catalog::store::HistoryFilter;
use crate::error::AppError;
use crate::http::language;
use crate::http::request::AuthorizedRequest;
use crate::locale::{Locale, formats};

/// The most movies in the row of movies to continue.
const ROW_LIMIT: u32 = 20;

/// Adds to cards how far the account has watched their movies, by one query for all.
pub async fn mark(req: &AuthorizedRequest, cards: impl IntoIterator<Item = &mut Card>) {
    let Some(account) = req.identity.session_account() else { return };
    let cards: Vec<&mut Card> = cards.into_iter().collect();
    let ids: Vec<MovieId> = cards.iter().filter_map(|card| card.id.parse().ok()).collect();
    let states = req.app.catalog.watch_states(account, &ids).await.unwrap_or_default();
    for card in cards {
        let state = card.id.parse().ok().and_then(|id: MovieId| states.get(&id));
        if let Some(state) = state {
            card.progress = Progress::new(state.position_seconds, state.duration_seconds);
            card.is_watched = state.watched;
        }
    }
}

/// The buttons of an account on the page of a movie, and where it stopped.
pub struct MovieActions {
    pub movie_id: MovieId,
    pub progress: Option<Progress>,
    pub is_watched: bool,
    pub is_listed: bool,
}

impl MovieActions {
    /// Loads them; `None` for visitors, who have no list.
    pub async fn load(req: &AuthorizedRequest, id: MovieId) -> Option<Self> {
        let account = req.identity.session_account()?;
        let states = req.app.catalog.watch_states(account, &[id]).await.ok()?;
        Some(Self::new(id, states.get(&id)))
    }

    fn new(movie_id: MovieId, state: Option<&WatchState>) -> Self {
        Self {
            movie_id,
            progress: state
                .and_then(|state| Progress::new(state.position_seconds, state.duration_seconds)),
            is_watched: state.is_some_and(|state| state.watched),
            is_listed: state.is_some_and(|state| state.listed),
        }
    }
}

/// The row of movies to continue. A script fills it for visitors, whose positions only the browser has.
pub struct ContinueRow {
    pub cards: Vec<Card>,
    pub is_visitor: bool,
}

impl ContinueRow {
    /// Loads the row.
    pub async fn load(req: &AuthorizedRequest) -> Self {
        let Some(account) = req.identity.session_account() else {
            return Self { cards: Vec::new(), is_visitor: true };
        };
        let query = WatchQuery { limit: Some(ROW_LIMIT), cursor: None };
        let locale = language::preferred(&req.headers);
        let page = req.app.catalog.history(account, HistoryFilter::Unfinished, &query).await;
        let entries = page.map(|page| page.items).unwrap_or_default();
        Self {
            cards: entries.iter().map(|entry| continue_card(entry, locale)).collect(),
            is_visitor: false,
        }
    }
}

fn continue_card(entry: &WatchedMovie, locale: Locale) -> Card {
    let progress = Progress::new(entry.position_seconds, entry.duration_seconds);
    Card {
        facts: progress.map(|progress| progress.time_left(locale)).unwrap_or_default(),
        progress,
        removal: Some(Removal::Row),
        ..Card::new(&entry.movie, locale)
    }
}

/// The cards of the row of a visitor.
#[derive(Template)]
#[template(path = "continue_cards.html")]
struct ContinueCards {
    layout: Layout,
    cards: Vec<Card>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ContinueQuery {
    movies: String,
}

/// `GET /continue?movies=ID,ID`: returns the cards of these movies, for the row of a visitor. Unknown movies are left out,
/// and so are those after the first 20.
pub async fn cards(req: AuthorizedRequest) -> Result<Response, AppError> {
    let query: ContinueQuery = req.query()?;
    let ids = query.movies.split(',').filter_map(|id| id.parse::<MovieId>().ok());
    let layout = Layout::new(&req);
    let mut cards = Vec::new();
    for id in ids.take(ROW_LIMIT as usize) {
        match req.app.catalog.movie(id).await {
            Ok(movie) => cards.push(visitor_card(&movie, layout.locale)),
            Err(AppError::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    html(StatusCode::OK, &ContinueCards { layout, cards })
}

fn visitor_card(movie: &Movie, locale: Locale) -> Card {
    Card { facts: String::new(), removal: Some(Removal::Row), ..Card::new(movie, locale) }
}

impl Progress {
    /// Says how much is left: `45 min left`.
    pub fn time_left(self, locale: Locale) -> String {
        let time = formats::duration(locale, self.of - self.at);
        locale.say("watching-left").with("time", time).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_movie_without_a_state_has_its_buttons() {
        let actions = MovieActions::new(MovieId::new(), None);
        assert!(actions.progress.is_none() && !actions.is_watched && !actions.is_listed);
    }

    #[test]
    fn the_time_left_is_rounded() {
        let left = |at, of| Some(Progress::new(at, of)?.time_left(Locale::English));
        assert_eq!(left(600.0, 4200.0).as_deref(), Some("1 h left"));
        assert_eq!(left(590.0, 600.0).as_deref(), Some("10 s left"));
        assert_eq!(left(0.0, 600.0), None);
        assert_eq!(left(10.0, 0.0), None);
    }
}
