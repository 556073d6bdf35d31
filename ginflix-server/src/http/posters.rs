//! Posters: pictures whose URLs change with their content, so that caches can keep them.

use ginflix_api::movie::{MAX_POSTER_BYTES, Movie, MovieId};
use ginflix_api::poster::PosterWidth;
use serde::Deserialize;
use warp::http::StatusCode;
use warp::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderValue};
use warp::reply::Response;

use super::request::AuthorizedRequest;
use super::{precondition, reply};
use crate::app::App;
use crate::error::AppError;
use crate::posters::{self, PosterVersion};

/// The query of a poster's URL. Unknown keys are accepted, because a signed link may add some.
#[derive(Deserialize)]
struct PosterQuery {
    /// First digits of the hash of the file that was sent, as in `poster_path` of a movie.
    v: Option<String>,
    /// The width in pixels; without it, the larger one.
    width: Option<u32>,
}

/// `GET /api/v1/movies/{id}/poster`: returns the picture in one of its widths.
pub async fn show(req: AuthorizedRequest, id: MovieId) -> Result<Response, AppError> {
    let query: PosterQuery = req.query()?;
    let width = query.width.map_or(Ok(PosterWidth::Large), parse_width)?;
    let current = current_version(&req.app, id, query.v.as_deref()).await?;
    if precondition::is_not_modified(&req.headers, &entity_tag(&current, width))? {
        let not_modified = reply::empty(StatusCode::NOT_MODIFIED);
        return complete(&req, &query, &current, width, not_modified);
    }
    let picture = req.app.posters.picture(&req.app.catalog, id, &current, width).await?;
    let response = Response::new(picture.content.into());
    complete(&req, &query, &picture.version, width, response)
}

fn parse_width(pixels: u32) -> Result<PosterWidth, AppError> {
    PosterWidth::from_pixels(pixels).ok_or_else(|| {
        let [small, large] = PosterWidth::ALL.map(PosterWidth::pixels);
        AppError::invalid("width", format!("must be {small} or {large}"))
    })
}

/// Returns the version of a movie's poster. It may be that of some seconds ago, unless the client knows another one.
async fn current_version(
    app: &App,
    id: MovieId,
    known: Option<&str>,
) -> Result<PosterVersion, AppError> {
    let recent = app.catalog.movie_to_play(id).await?;
    let version_of = |movie: &Movie| movie.poster_version().and_then(PosterVersion::parse);
    let version = version_of(&recent);
    let is_known = version.as_ref().is_some_and(|version| Some(&*version.to_string()) == known);
    let version = if is_known { version } else { version_of(&app.catalog.movie(id).await?) };
    version.ok_or_else(|| AppError::NotFound(format!("poster of movie {id}")))
}

fn entity_tag(version: &PosterVersion, width: PosterWidth) -> String {
    format!("\"{version}-{}\"", width.pixels())
}

/// Adds the header fields of a picture.
fn complete(
    req: &AuthorizedRequest,
    query: &PosterQuery,
    version: &PosterVersion,
    width: PosterWidth,
    mut response: Response,
) -> Result<Response, AppError> {
    let is_current = query.v.as_deref() == Some(&*version.to_string());
    let cache = match (is_current, req.app.config.is_private()) {
        (true, false) => "max-age=31536000, immutable",
        // A shared cache must not give it to other clients.
        (true, true) => "private, max-age=31536000, immutable",
        (false, _) => "no-cache",
    };
    let headers = response.headers_mut();
    let tag = entity_tag(version, width);
    headers.insert(ETAG, HeaderValue::from_str(&tag).map_err(AppError::internal)?);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(posters::CONTENT_TYPE));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    // A browser that opens the picture by itself must not run anything in it.
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'"));
    reply::share_with_other_origins(&mut response);
    Ok(response)
}

/// `PUT /api/v1/movies/{id}/poster`: stores the body as the poster, and returns the movie.
pub async fn set(req: AuthorizedRequest, id: MovieId) -> Result<Response, AppError> {
    let app = req.app.clone();
    app.catalog.movie(id).await?;
    let picture = req.bytes("a poster", MAX_POSTER_BYTES).await?;
    let poster = app.posters.check(picture).await?;
    reply::json(StatusCode::OK, &app.catalog.set_poster(id, &poster).await?)
}

/// `DELETE /api/v1/movies/{id}/poster`: removes the poster.
pub async fn remove(req: AuthorizedRequest, id: MovieId) -> Result<Response, AppError> {
    req.app.catalog.remove_poster(id).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}
