//! What programs that are no browsers' pages ask a site for: `robots.txt` (RFC 9309) and the manifest of a web application.

use serde_json::json;
use warp::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use warp::reply::Response;

use super::assets;
use super::language;
use super::representation::Compression;
use super::request::AuthorizedRequest;
use crate::error::AppError;

/// What crawlers have no use for on a public site: forms, endless lists, and the API. Movies themselves are large.
const PUBLIC_ROBOTS: &str = "User-agent: *\n\
    Disallow: /admin\n\
    Disallow: /api/\n\
    Disallow: /login\n\
    Disallow: /search\n\
    Disallow: /stream/\n";

/// A private site shows crawlers nothing but the log-in.
const PRIVATE_ROBOTS: &str = "User-agent: *\nDisallow: /\n";

/// `GET /robots.txt`: tells crawlers which paths they may request.
pub async fn robots(req: AuthorizedRequest) -> Result<Response, AppError> {
    let text = if req.app.config.is_private() { PRIVATE_ROBOTS } else { PUBLIC_ROBOTS };
    Ok(file(text.to_owned(), "text/plain; charset=utf-8"))
}

/// `GET /manifest.webmanifest`: lets browsers install the site as an application.
pub async fn manifest(req: AuthorizedRequest) -> Result<Response, AppError> {
    let icon = format!("/assets/{}/favicon.svg", assets::version());
    let manifest = json!({
        "name": "GinFlix",
        "short_name": "GinFlix",
        "lang": language::preferred(&req.headers).tag(),
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#0e1211",
        "theme_color": "#0e1211",
        "icons": [{ "src": icon, "sizes": "any", "type": "image/svg+xml", "purpose": "any" }],
    });
    Ok(file(manifest.to_string(), "application/manifest+json"))
}

fn file(text: String, content_type: &'static str) -> Response {
    let mut response = Response::new(text.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response.extensions_mut().insert(Compression::Allowed);
    response
}
