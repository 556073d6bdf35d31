//! Style sheets, scripts and images of the pages, embedded in the binary: those of `assets/`, and those of other projects.
//!
//! Their URLs contain one version, the hash of all of them, so that browsers can cache them for
//! good and scripts can import each other by plain names.

use std::borrow::Cow;
use std::sync::LazyLock;

use bytes::Bytes;
use rust_embed::Embed;
use sha2::{Digest, Sha256};
use warp::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderValue, VARY};
use warp::http::{HeaderMap, StatusCode};
use warp::reply::Response;

use super::content_coding::{self, entity_tag};
use super::request::AuthorizedRequest;
use super::{precondition, reply};
use crate::error::AppError;
use crate::locale::Locale;

mod compressed;
mod messages;
mod modules;
mod packages;

pub use self::modules::imported;
pub use self::packages::has_hls_js;

#[derive(Embed)]
#[folder = "assets/"]
struct Assets;

/// A file that pages load.
struct Asset {
    content: Cow<'static, [u8]>,
    /// The SHA-256 of the content.
    hash: [u8; 32],
}

/// Iterates over the names of all assets.
fn names() -> impl Iterator<Item = Cow<'static, str>> {
    let generated = packages::names().chain([messages::NAME]).map(Cow::Borrowed);
    Assets::iter().chain(generated)
}

/// Returns the asset of this name, in this language.
fn find(name: &str, locale: Locale) -> Option<Asset> {
    if name == messages::NAME {
        return Some(messages::get(locale));
    }
    let own = Assets::get(name)
        .map(|file| Asset { hash: file.metadata.sha256_hash(), content: file.data });
    own.or_else(|| packages::get(name))
}

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = Sha256::new();
    for name in names() {
        hasher.update(name.as_bytes());
        for locale in Locale::ALL {
            hasher.update(find(&name, locale).map_or([0; 32], |file| file.hash));
        }
    }
    hex::encode(&hasher.finalize()[..8])
});

/// Returns the version in the URLs of assets: `/assets/VERSION/FILE`.
pub fn version() -> &'static str {
    &VERSION
}

/// Returns the version in the URLs of scripts for this language. Their folder has another `messages.js` than that of
/// other languages, which they import by its plain name.
pub fn version_in(locale: Locale) -> String {
    format!("{}-{}", version(), locale.tag())
}

/// `GET /assets/{version}/{file}`: returns an asset, for an old version its current content.
pub async fn get(
    req: AuthorizedRequest,
    requested_version: String,
    file: String,
) -> Result<Response, AppError> {
    let (requested, locale) = split_version(&requested_version);
    let found = find(&file, locale).ok_or_else(|| AppError::NotFound(format!("asset {file}")))?;
    let caching = cache_control(requested, version());
    respond(&req.headers, &file, found, caching).await
}

/// Splits a version as in URLs; one without a language is for English.
fn split_version(requested: &str) -> (&str, Locale) {
    let (version, tag) = requested.split_once('-').unwrap_or((requested, ""));
    (version, Locale::from_tag(tag).unwrap_or_default())
}

/// `GET /favicon.ico`: returns the icon to clients that do not read the page's link to it.
pub async fn favicon(req: AuthorizedRequest) -> Result<Response, AppError> {
    get(req, String::new(), "favicon.svg".to_owned()).await
}

async fn respond(
    request: &HeaderMap,
    name: &str,
    file: Asset,
    caching: &'static str,
) -> Result<Response, AppError> {
    let bytes = match file.content {
        Cow::Borrowed(embedded) => Bytes::from_static(embedded),
        Cow::Owned(read) => read.into(),
    };
    let mut coding = content_coding::preferred(request);
    let compressed = match coding {
        Some(coding) => compressed::get(file.hash, coding, bytes.clone()).await?,
        None => None,
    };
    coding = coding.filter(|_| compressed.is_some());
    let tag = entity_tag(&file.hash, coding);
    let mut response = if precondition::is_not_modified(request, &tag)? {
        reply::empty(StatusCode::NOT_MODIFIED)
    } else {
        let mut response = Response::new(compressed.unwrap_or(bytes).into());
        let coding = coding.map(|coding| (CONTENT_ENCODING, coding.header_value()));
        response.headers_mut().extend(coding);
        response
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(ETAG, HeaderValue::from_str(&tag).map_err(AppError::internal)?);
    Ok(response)
}

/// Returns `Cache-Control` for an asset. Only the current version is cached, because the URL of an
/// older page gets the current file. A debug build reads files from the disk, so they may change.
fn cache_control(requested: &str, current: &str) -> &'static str {
    if requested == current && !cfg!(debug_assertions) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use warp::http::header::{ACCEPT_ENCODING, IF_NONE_MATCH};

    use super::*;

    #[test]
    fn every_asset_has_a_type_and_no_external_url() {
        assert!(Assets::iter().any(|name| name == "site.css"));
        for name in names() {
            assert_ne!(content_type(&name), "application/octet-stream", "{name}");
        }
        for name in Assets::iter() {
            let text = String::from_utf8(Assets::get(&name).unwrap().data.into_owned()).unwrap();
            let text = text.replace("http://www.w3.org/", "");
            assert!(!text.contains("http://") && !text.contains("https://"), "{name}");
        }
    }

    #[tokio::test]
    async fn a_known_tag_gets_no_body() {
        let file = || find("site.css", Locale::English).unwrap();
        for accepted in ["identity", "gzip", "br"] {
            let accepts = HeaderMap::from_iter([(ACCEPT_ENCODING, accepted.parse().unwrap())]);
            let first = respond(&accepts, "site.css", file(), "no-cache").await.unwrap();
            let tag = first.headers()[ETAG].clone();
            assert_eq!(first.headers()[CONTENT_TYPE], "text/css; charset=utf-8");
            let coding = first.headers().get(CONTENT_ENCODING).map(|value| value.to_str().unwrap());
            assert_eq!(coding.unwrap_or("identity"), accepted);
            let mut again = accepts.clone();
            again.insert(IF_NONE_MATCH, tag.clone());
            let second = respond(&again, "site.css", file(), "no-cache").await.unwrap();
            assert_eq!(second.status(), StatusCode::NOT_MODIFIED);
            assert_eq!(second.headers()[ETAG], tag);
            let other = HeaderMap::from_iter([
                (ACCEPT_ENCODING, if accepted == "br" { "gzip" } else { "br" }.parse().unwrap()),
                (IF_NONE_MATCH, tag),
            ]);
            let third = respond(&other, "site.css", file(), "no-cache").await.unwrap();
            assert_eq!(third.status(), StatusCode::OK);
        }
    }
}
