//! The pages of the web site, and what they share: the layout, the security headers and the error
//! page.

pub mod admin;
pub mod catalog;
pub mod collection;
pub mod embed;
pub mod home;
pub mod link_page;
pub mod login;
pub mod movie;
pub mod own;
pub mod watching;

pub mod links;

mod card;
mod chapters;
mod format;
pub mod open_graph;
mod placeholder;
mod playback_options;
mod player_view;
mod playing;
mod related;

use askama::Template;
use warp::http::StatusCode;
use warp::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION,
    REFERRER_POLICY, VARY, X_FRAME_OPTIONS,
};
use warp::reply::Response;

use super::appearance::Theme;
use super::assets;
use super::auth::Identity;
use super::language;
use super::representation::Compression;
use super::request::AuthorizedRequest;
use super::theme;
use crate::delivery::request_id::RequestId;
use crate::error::{AppError, whole_seconds};
use crate::locale::messages::Message;
use crate::locale::{Locale, formats};

/// `Content-Security-Policy` of all pages: nothing from other origins, nothing inline, no frames.
/// The preview of a poster that is not uploaded yet is a `blob:`, and so is the source of a video that a script fills.
const CONTENT_POLICY: &str = "default-src 'self'; img-src 'self' blob:; media-src 'self' blob:; \
    worker-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'";

/// `Permissions-Policy` of all pages: the player may start by itself, fill the screen and float, and a dialog may copy an address; what no page uses is off,
/// also for a script that should not be there. Chromium on Linux complains about `bluetooth` and `web-share`, which it does
/// not have.
const PERMISSIONS_POLICY: &str = "accelerometer=(), autoplay=(self), camera=(), clipboard-read=(), \
    clipboard-write=(self), display-capture=(), encrypted-media=(), fullscreen=(self), gamepad=(), geolocation=(), \
    gyroscope=(), hid=(), idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), \
    picture-in-picture=(self), publickey-credentials-get=(), screen-wake-lock=(), serial=(), storage-access=(), usb=(), \
    xr-spatial-tracking=()";

/// The data of the layout template, which surrounds the content of every page.
struct Layout {
    /// The language of the page.
    locale: Locale,
    /// The colours of the page.
    theme: Theme,
    /// Name of the account that is logged in.
    account: Option<String>,
    /// Whether that is an account with a history and a list, and not an API token.
    has_account: bool,
    is_admin: bool,
    in_admin: bool,
    /// Text of the search field.
    q: String,
    /// Path and query to return to after the log-in.
    path_and_query: String,
    /// Path and query of this page, to return to after the choice of a language.
    own_path: String,
    release: &'static str,
    /// Age of the page's data; `None` if it is current.
    age: Option<String>,
}

impl Layout {
    /// Builds the layout for the client of a request.
    fn new(req: &AuthorizedRequest) -> Self {
        let account = match &req.identity {
            Identity::Authenticated { name, .. } => Some(name.clone()),
            Identity::Anonymous | Identity::Peer(_) => None,
        };
        let path = req.path.as_str();
        let query = if req.query.is_empty() { "" } else { "?" };
        let own_path = format!("{path}{query}{}", req.query);
        let locale = language::preferred(&req.headers);
        let age = req.app.catalog.cache_age();
        Self {
            locale,
            theme: theme::preferred(&req.headers),
            account,
            has_account: req.identity.session_account().is_some(),
            is_admin: req.identity.is_admin(),
            in_admin: path == "/admin" || path.starts_with("/admin/"),
            q: String::new(),
            path_and_query: own_path.clone(),
            own_path,
            release: env!("CARGO_PKG_VERSION"),
            age: age.map(|age| formats::duration(locale, age.as_secs_f64())),
        }
    }

    /// Builds the English layout for a client that is not authenticated, as on error pages.
    fn anonymous() -> Self {
        Self {
            locale: Locale::English,
            theme: Theme::System,
            account: None,
            has_account: false,
            is_admin: false,
            in_admin: false,
            q: String::new(),
            path_and_query: "/".to_owned(),
            own_path: "/".to_owned(),
            release: env!("CARGO_PKG_VERSION"),
            age: None,
        }
    }

    /// Returns the modules that a page loads with a script.
    fn modules(&self, script: &str) -> impl Iterator<Item = &'static str> {
        assets::imported(script)
    }

    /// Returns the URL of an asset: of a script, one in the folder of the language, whose `messages.js` it imports.
    fn asset(&self, file: &str) -> String {
        let version = match file.ends_with(".js") {
            true => assets::version_in(self.locale),
            false => assets::version().to_owned(),
        };
        format!("/assets/{version}/{file}")
    }

    /// Returns the message of this key in the language of the page.
    fn say<'a>(&self, key: &'static str) -> Message<'a> {
        self.locale.say(key)
    }

    /// Returns the languages to choose from.
    fn languages(&self) -> [Locale; 3] {
        Locale::ALL
    }

    /// Returns the themes to choose from, and what they are called.
    fn themes(&self) -> [(Theme, Message<'static>); 3] {
        [
            (Theme::System, self.say("theme-system")),
            (Theme::Light, self.say("theme-light")),
            (Theme::Dark, self.say("theme-dark")),
        ]
    }
}

/// Renders a page to a response with the header fields that all pages have.
fn html(status: StatusCode, page: &impl Template) -> Result<Response, AppError> {
    const COOP: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
    const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");
    let mut response = Response::new(page.render().map_err(AppError::internal)?.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        // Pages differ by account, by language and by theme.
        (CACHE_CONTROL, "private, no-cache"),
        (VARY, "cookie, authorization, accept-language"),
        (CONTENT_SECURITY_POLICY, CONTENT_POLICY),
        (REFERRER_POLICY, "same-origin"),
        (X_FRAME_OPTIONS, "DENY"),
        (COOP, "same-origin"),
        (PERMISSIONS, PERMISSIONS_POLICY),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Beside text of the request, such as that of a search, a page has no secret but the name of the account.
    response.extensions_mut().insert(Compression::Allowed);
    Ok(response)
}

/// Keeps the URL of a page secret, because it opens something: no other site learns it, and no search engine lists it.
fn hide_url(response: &mut Response) {
    const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");
    let headers = response.headers_mut();
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(ROBOTS, HeaderValue::from_static("noindex"));
    // Anyone who reads the link could watch the movie.
    response.extensions_mut().insert(Compression::Forbidden);
}

/// Sends a browser from the URL that a page once had to its present one: a path of this site, percent-encoded.
fn redirect(path: &str) -> Result<Response, AppError> {
    let mut response = super::reply::empty(StatusCode::MOVED_PERMANENTLY);
    let location = HeaderValue::from_str(path).map_err(AppError::internal)?;
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    layout: Layout,
    status: u16,
    heading: String,
    message: String,
    /// Whether trying again later will probably help.
    is_temporary: bool,
    show_id: bool,
    request_id: String,
}

/// Renders an error as a page, for paths outside of the API, the streams and the probes. `own_path` is the path with the
/// query.
pub fn error_page(
    status: StatusCode,
    error: &AppError,
    request_id: &RequestId,
    (locale, theme): (Locale, Theme),
    own_path: &str,
) -> Response {
    let own_path = own_path.to_owned();
    let page = ErrorPage {
        layout: Layout { locale, theme, own_path, ..Layout::anonymous() },
        status: status.as_u16(),
        heading: heading(status, locale).to_string(),
        message: message(error, locale).to_string(),
        is_temporary: status == StatusCode::SERVICE_UNAVAILABLE,
        show_id: status.is_server_error(),
        request_id: request_id.to_string(),
    };
    html(status, &page).unwrap_or_else(|_| super::reply::empty(status))
}

/// Returns the message of an error for users of the pages: the errors themselves are English, and name fields.
fn message(error: &AppError, locale: Locale) -> Message<'static> {
    match error {
        AppError::Invalid { .. } => locale.say("error-invalid"),
        AppError::Forbidden(_) => locale.say("error-forbidden"),
        AppError::NotFound(_) => locale.say("error-not-found"),
        AppError::Gone(_) => locale.say("error-gone"),
        AppError::TooManyRequests { retry_after, .. } => {
            locale.say("error-too-many").with("seconds", whole_seconds(*retry_after))
        }
        AppError::Misdirected(_) => locale.say("error-misdirected"),
        AppError::Unavailable(_) => locale.say("error-unavailable"),
        AppError::Internal(_) => locale.say("error-internal"),
        _ => locale.say("error-other"),
    }
}

fn heading(status: StatusCode, locale: Locale) -> Message<'static> {
    match status {
        StatusCode::UNAUTHORIZED => locale.say("error-heading-log-in"),
        StatusCode::FORBIDDEN => locale.say("error-heading-forbidden"),
        StatusCode::NOT_FOUND => locale.say("error-heading-not-found"),
        StatusCode::METHOD_NOT_ALLOWED => locale.say("error-heading-not-supported"),
        StatusCode::TOO_MANY_REQUESTS => locale.say("error-heading-too-many"),
        StatusCode::SERVICE_UNAVAILABLE => locale.say("error-heading-unavailable"),
        s if s.is_server_error() => locale.say("error-heading-internal"),
        _ => locale.say("error-heading-other"),
    }
}

#[cfg(test)]
mod tests;
