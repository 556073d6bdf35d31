//! The page of a signed link: the player alone, for somebody without an account.
//!
//! It gives what the link gives: the file, and what belongs to it. Of the catalogue it shows the title.

use askama::Template;
use ginflix_api::media::MediaName;
use ginflix_api::movie::Movie;
use ginflix_api::paths;
use jiff::Timestamp;
use warp::http::StatusCode;
use warp::reply::Response;

use super::card::{Card, title_class};
use super::player_view::{PlayerView, download_of, playing_of};
use super::{Layout, hide_url, html};
use crate::clock::now;
use crate::error::AppError;
use crate::http::path_params::MediaNameParam;
use crate::http::request::AuthorizedRequest;
use crate::links::{LinkRejection, OpenLink};
use crate::locale::{Locale, formats};

#[derive(Template)]
#[template(path = "link.html")]
struct LinkPage {
    layout: Layout,
    player: PlayerView,
    /// The end of the link, for programs.
    expires: Timestamp,
    /// The day of its end.
    last_day: String,
}

impl LinkPage {
    fn title_class(&self) -> &'static str {
        title_class(&self.player.title)
    }
}

#[derive(Template)]
#[template(path = "link_error.html")]
struct LinkErrorPage {
    layout: Layout,
    heading: String,
    message: String,
}

/// `GET /watch/{name}?…`: plays a media file to the holder of a signed link, whose query it has.
pub async fn show(
    req: AuthorizedRequest,
    MediaNameParam(name): MediaNameParam,
) -> Result<Response, AppError> {
    if let Some(reason) = req.app.starting_reason() {
        return Err(AppError::Unavailable(reason));
    }
    let mut response = match req.app.links.open(&paths::stream(&name), &req.query, now()) {
        Ok(link) => play(&req, &name, link).await?,
        Err(rejection) => refuse(&req, rejection)?,
    };
    hide_url(&mut response);
    Ok(response)
}

async fn play(
    req: &AuthorizedRequest,
    name: &MediaName,
    link: OpenLink,
) -> Result<Response, AppError> {
    let media = match req.app.catalog.media(name).await {
        Err(AppError::NotFound(_)) => return removed(req),
        // The file plays without what the catalogue knows of it.
        other => other.ok(),
    };
    let movie = req.app.catalog.movies_playing(name).await.into_iter().next();
    let layout = Layout::new(req);
    let card = movie.as_ref().map(|movie| card(movie, req.app.config.is_private(), layout.locale));
    let stream = format!("{}?{}", paths::stream(name), link.query);
    let page = LinkPage {
        expires: link.expires,
        last_day: formats::day(layout.locale, link.expires),
        player: PlayerView {
            key: movie.as_ref().map_or_else(|| name.to_string(), |movie| movie.id.to_string()),
            title: movie.as_ref().map_or(name.as_str(), |movie| &movie.title).to_owned(),
            duration_seconds: movie.as_ref().and_then(|movie| movie.duration_seconds),
            backdrop: card.as_ref().map(Card::backdrop),
            poster: card.and_then(|card| card.poster),
            download: download_of(req, &stream),
            stream,
            playing: playing_of(media.as_ref(), layout.locale),
            playbacks: movie
                .as_ref()
                .map(|_| format!("{}?{}", paths::link_playbacks(name), link.query)),
            up_next: None,
            previous: None,
        },
        layout,
    };
    html(StatusCode::OK, &page)
}

/// Returns the card of the movie, for the picture before the start. The link does not open the poster of a private cluster.
fn card(movie: &Movie, is_private: bool, locale: Locale) -> Card {
    let card = Card::new(movie, locale);
    Card { poster: card.poster.filter(|_| !is_private), ..card }
}

/// Says that the file of a link was removed.
fn removed(req: &AuthorizedRequest) -> Result<Response, AppError> {
    let layout = Layout::new(req);
    let heading = layout.say("link-removed-heading").to_string();
    let message = layout.say("link-removed").to_string();
    html(StatusCode::NOT_FOUND, &LinkErrorPage { layout, heading, message })
}

/// Says what is wrong with a link.
fn refuse(req: &AuthorizedRequest, rejection: LinkRejection) -> Result<Response, AppError> {
    let layout = Layout::new(req);
    let (status, heading, message) = explanation(layout.locale, rejection);
    html(status, &LinkErrorPage { layout, heading, message })
}

/// Returns the status, a heading and a sentence for a link that opens nothing.
fn explanation(locale: Locale, rejection: LinkRejection) -> (StatusCode, String, String) {
    let (status, heading, message) = match rejection {
        LinkRejection::Expired(end) => (
            StatusCode::GONE,
            locale.say("link-expired-heading"),
            locale.say("link-expired").with("day", formats::day(locale, end)),
        ),
        LinkRejection::Broken => {
            (StatusCode::FORBIDDEN, locale.say("link-broken-heading"), locale.say("link-broken"))
        }
    };
    (status, heading.to_string(), message.to_string())
}
