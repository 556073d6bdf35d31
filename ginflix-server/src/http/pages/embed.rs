//! The embedded player: a movie alone, for a frame in a page of another site that the settings name.
//!
//! Everybody may watch on a public cluster, so the page needs no cookie, and ignores the account that the browser may have here.

use askama::Template;
use ginflix_api::movie::MovieId;
use warp::http::StatusCode;
use warp::http::header::{CONTENT_SECURITY_POLICY, HeaderValue, X_FRAME_OPTIONS};
use warp::reply::Response;

use super::card::Card;
use super::player_view::{PlayerView, download_of, playing_of};
use super::{CONTENT_POLICY, Layout, html};
use crate::config::Config;
use crate::error::AppError;
use crate::http::reply;
use crate::http::request::AuthorizedRequest;

#[derive(Template)]
#[template(path = "embed.html")]
struct EmbedPage {
    layout: Layout,
    player: PlayerView,
    /// The URL of the page of the movie.
    href: String,
}

/// `GET /embed/movies/{id}`: returns the embedded player of a movie.
pub async fn show(req: AuthorizedRequest, id: MovieId) -> Result<Response, AppError> {
    require_embedding(&req)?;
    let movie = req.app.catalog.movie(id).await?;
    let media = req.app.catalog.media(&movie.media).await.ok();
    let layout = Layout::new(&req);
    let card = Card::new(&movie, layout.locale);
    let player = PlayerView {
        key: id.to_string(),
        backdrop: Some(card.backdrop()),
        poster: card.poster,
        title: movie.title,
        duration_seconds: movie.duration_seconds,
        download: download_of(&req, &movie.stream_path),
        stream: movie.stream_path,
        playing: playing_of(media.as_ref(), layout.locale),
        playbacks: None,
        up_next: None,
        previous: None,
    };
    let href = format!("/movies/{id}");
    let mut response = html(StatusCode::OK, &EmbedPage { layout, player, href })?;
    let policy = HeaderValue::from_str(&content_policy(&req.app.config));
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, policy.map_err(AppError::internal)?);
    headers.remove(X_FRAME_OPTIONS);
    reply::share_with_other_origins(&mut response);
    Ok(response)
}

/// Checks that the settings name sites that may embed the player.
///
/// # Errors
/// Returns `NotFound` if they name none, and `Unavailable` during the start.
pub fn require_embedding(req: &AuthorizedRequest) -> Result<(), AppError> {
    if req.app.config.embed_origins.is_empty() {
        return Err(AppError::NotFound(format!("page {}", req.path)));
    }
    req.app.starting_reason().map_or(Ok(()), |reason| Err(AppError::Unavailable(reason)))
}

/// Returns the policy of all pages, but with the sites whose pages may have this one in a frame.
fn content_policy(config: &Config) -> String {
    let origins: Vec<&str> = config.embed_origins.iter().map(|origin| origin.as_str()).collect();
    let ancestors = format!("frame-ancestors {}", origins.join(" "));
    CONTENT_POLICY.replace("frame-ancestors 'none'", &ancestors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::App;

    #[tokio::test]
    async fn only_the_named_origins_may_have_it_in_a_frame() {
        let flags = ["--embed-origins", "https://a.example, https://B.example:8443"];
        let (_dir, app) = App::in_temp_dir_with(&flags).await;
        let policy = content_policy(&app.config);
        let ancestors = "; frame-ancestors https://a.example https://b.example:8443";
        assert!(policy.ends_with(ancestors), "{policy}");
        assert!(policy.starts_with("default-src 'self';"), "{policy}");
    }
}
