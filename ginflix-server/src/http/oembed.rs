//! `/oembed`: tells other sites how to embed the player of a movie, by the address of its page (oembed.com).

use askama::Template;
use ginflix_api::error::ErrorCode;
use ginflix_api::movie::MovieId;
use serde::{Deserialize, Serialize};
use warp::http::StatusCode;
use warp::http::header::{CONTENT_TYPE, HOST, HeaderValue};
use warp::reply::Response;

use super::pages::embed::require_embedding;
use super::pages::open_graph::site_of;
use super::reply;
use super::representation::Compression;
use super::request::AuthorizedRequest;
use crate::error::AppError;

/// Width of the player in CSS pixels, if the other site asks for no smaller one.
const DEFAULT_WIDTH: u32 = 960;

/// What other sites ask for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OembedQuery {
    /// The URL of the page of a movie.
    url: String,
    /// `json` or `xml`.
    format: Option<String>,
    /// The greatest width of the player in CSS pixels.
    maxwidth: Option<u32>,
    /// The greatest height of the player in CSS pixels.
    maxheight: Option<u32>,
}

/// The response: a player of the type `video`.
#[derive(Serialize, Template)]
#[template(path = "oembed.xml")]
struct Embedding {
    version: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    title: String,
    provider_name: &'static str,
    provider_url: String,
    html: String,
    width: u32,
    height: u32,
}

/// The element that embeds the player.
#[derive(Template)]
#[template(path = "embed_frame.html")]
struct EmbedFrame<'a> {
    src: &'a str,
    title: &'a str,
    width: u32,
    height: u32,
}

/// `GET /oembed?url=…`: describes the player of a movie.
pub async fn show(req: AuthorizedRequest) -> Result<Response, AppError> {
    require_embedding(&req)?;
    let query: OembedQuery = req.query()?;
    let is_xml = match query.format.as_deref() {
        None | Some("json") => false,
        Some("xml") => true,
        Some(_) => return Ok(unknown_format(&req)),
    };
    let (width, height) = size_within(query.maxwidth, query.maxheight)?;
    let not_found = || AppError::NotFound("movie at this address".to_owned());
    let host = req.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if query.url.is_empty() {
        return Err(AppError::invalid("url", "must be the address of the page of a movie"));
    }
    let (id, start) = movie_at(&query.url, host).ok_or_else(not_found)?;
    let movie = req.app.catalog.movie(id).await?;
    let site = site_of(&req).ok_or_else(not_found)?;
    let start = start.map_or(String::new(), |seconds| format!("?t={seconds}"));
    let src = format!("{site}/embed/movies/{id}{start}");
    let frame = EmbedFrame { src: &src, title: &movie.title, width, height };
    let embedding = Embedding {
        version: "1.0",
        kind: "video",
        html: frame.render().map_err(AppError::internal)?,
        title: movie.title,
        provider_name: "GinFlix",
        provider_url: format!("{site}/"),
        width,
        height,
    };
    if is_xml { xml(&embedding) } else { reply::json(StatusCode::OK, &embedding) }
}

fn xml(embedding: &Embedding) -> Result<Response, AppError> {
    let mut response = Response::new(embedding.render().map_err(AppError::internal)?.into());
    let content_type = HeaderValue::from_static("text/xml; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response.extensions_mut().insert(Compression::Allowed);
    Ok(response)
}

/// Responds to a request for another format with 501, as the specification says.
fn unknown_format(req: &AuthorizedRequest) -> Response {
    reply::error_body(
        StatusCode::NOT_IMPLEMENTED,
        ErrorCode::Invalid,
        "format: must be json or xml".to_owned(),
        &req.context.id,
    )
}

/// Returns the movie whose page has this URL on this host, and the second at which the URL starts it.
fn movie_at(url: &str, host: &str) -> Option<(MovieId, Option<u32>)> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let (authority, path) = rest.split_once('/')?;
    if !authority.eq_ignore_ascii_case(host) {
        return None;
    }
    let path = path.split('#').next().unwrap_or_default();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let id = path.strip_prefix("movies/")?.parse().ok()?;
    let start = query.split('&').find_map(|pair| pair.strip_prefix("t=")?.parse().ok());
    Some((id, start))
}

/// Returns the width and height of the player, which are 16:9, within these limits.
fn size_within(max_width: Option<u32>, max_height: Option<u32>) -> Result<(u32, u32), AppError> {
    for (name, limit) in [("maxwidth", max_width), ("maxheight", max_height)] {
        if limit == Some(0) {
            return Err(AppError::invalid(name, "must be at least 1"));
        }
    }
    let by_height = max_height.map_or(DEFAULT_WIDTH, |height| height.saturating_mul(16) / 9);
    let width = DEFAULT_WIDTH.min(max_width.unwrap_or(DEFAULT_WIDTH)).min(by_height).max(1);
    Ok((width, (width * 9 / 16).max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn players_fit_their_limits() {
        let size = |width, height| size_within(width, height).unwrap();
        assert_eq!(size(None, None), (960, 540));
        assert_eq!(size(Some(640), None), (640, 360));
        assert_eq!(size(None, Some(180)), (320, 180));
        assert_eq!(size(Some(4000), Some(u32::MAX)), (960, 540));
        assert_eq!(size(Some(1), Some(1)), (1, 1));
        assert!(size_within(Some(0), None).is_err() && size_within(None, Some(0)).is_err());
    }

    #[test]
    fn only_pages_of_movies_on_this_host_are_known() {
        let id = MovieId::new();
        let host = "films.example:8080";
        let at = |url: &str| movie_at(&url.replace("ID", &id.to_string()), host);
        assert_eq!(at("https://films.example:8080/movies/ID"), Some((id, None)));
        assert_eq!(at("http://FILMS.example:8080/movies/ID?a=b&t=12#x"), Some((id, Some(12))));
        assert_eq!(at("http://films.example:8080/movies/ID?t=x"), Some((id, None)));
        for other in [
            "http://films.example/movies/ID",
            "http://films.example:8080@evil.example/movies/ID",
            "http://evil.example/films.example:8080/movies/ID",
            "ftp://films.example:8080/movies/ID",
            "//films.example:8080/movies/ID",
            "http://films.example:8080/collections/ID",
            "http://films.example:8080/movies/",
            "http://films.example:8080",
            "",
        ] {
            assert_eq!(at(other), None, "{other}");
        }
    }
}
