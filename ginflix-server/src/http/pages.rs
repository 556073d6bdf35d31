//! The web site: what all pages share.

pub mod admin;
pub mod catalogue;
pub mod login;
pub mod movie;

mod card;
mod format;
mod links;
mod placeholder;

use askama::Template;
use warp::http::StatusCode;
use warp::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY,
    VARY, X_FRAME_OPTIONS,
};
use warp::reply::Response;

use super::assets;
use super::auth::Identity;
use super::request::Req;
use crate::delivery::request_id::RequestId;
use crate::error::AppError;

/// Nothing from elsewhere, nothing inline, in nobody's frame. `blob:` is the
/// preview of a poster that is about to be uploaded.
const POLICY: &str = "default-src 'self'; img-src 'self' blob:; base-uri 'none'; \
    object-src 'none'; form-action 'self'; frame-ancestors 'none'";

/// What stands around the content of every page.
struct Frame {
    /// Name of who is logged in.
    account: Option<String>,
    is_admin: bool,
    in_admin: bool,
    /// What the search field holds.
    q: String,
    /// This page's own path and query, to come back to after the log-in.
    here: String,
    release: &'static str,
    /// How old this page is, where the catalogue is away.
    as_of: Option<String>,
}

impl Frame {
    /// The frame for who asks.
    fn of(req: &Req) -> Self {
        let account = match &req.identity {
            Identity::Known { name, .. } => Some(name.clone()),
            Identity::Anonymous | Identity::Peer(_) => None,
        };
        let path = req.path.as_str();
        let query = if req.query.is_empty() { "" } else { "?" };
        Self {
            account,
            is_admin: req.identity.is_admin(),
            in_admin: path == "/admin" || path.starts_with("/admin/"),
            q: String::new(),
            here: format!("{path}{query}{}", req.query),
            release: env!("CARGO_PKG_VERSION"),
            as_of: req.app.catalog.age().map(|age| format::duration(age.as_secs_f64())),
        }
    }

    /// The frame where it is not known who asks.
    fn anonymous() -> Self {
        Self {
            account: None,
            is_admin: false,
            in_admin: false,
            q: String::new(),
            here: "/".to_owned(),
            release: env!("CARGO_PKG_VERSION"),
            as_of: None,
        }
    }

    /// Where an asset is.
    fn asset(&self, file: &str) -> String {
        format!("/assets/{}/{file}", assets::version())
    }
}

/// A page as a response, with the headers that every page has.
fn html(status: StatusCode, page: &impl Template) -> Result<Response, AppError> {
    const COOP: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
    let mut response = Response::new(page.render().map_err(AppError::internal)?.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        // Pages differ by who is logged in.
        (CACHE_CONTROL, "private, no-cache"),
        (VARY, "cookie, authorization"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "same-origin"),
        (X_FRAME_OPTIONS, "DENY"),
        (COOP, "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    frame: Frame,
    status: u16,
    heading: &'static str,
    message: String,
    /// Nothing is broken: it is only to be tried again.
    passes: bool,
    show_id: bool,
    request_id: String,
}

/// An error for people: for paths outside the API, the streams and the probes.
pub fn error_page(status: StatusCode, message: &str, request_id: &RequestId) -> Response {
    let page = ErrorPage {
        frame: Frame::anonymous(),
        status: status.as_u16(),
        heading: heading(status),
        message: sentence(message),
        passes: status == StatusCode::SERVICE_UNAVAILABLE,
        show_id: status.is_server_error(),
        request_id: request_id.to_string(),
    };
    html(status, &page).unwrap_or_else(|_| super::reply::empty(status))
}

/// With a capital letter and a full stop.
fn sentence(words: &str) -> String {
    let mut chars = words.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars).chain(words.ends_with(char::is_alphanumeric).then_some('.')).collect()
}

fn heading(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "Please log in",
        StatusCode::FORBIDDEN => "This is not for your account",
        StatusCode::NOT_FOUND => "This page is not here",
        StatusCode::METHOD_NOT_ALLOWED => "This does not work that way",
        StatusCode::TOO_MANY_REQUESTS => "Too many attempts",
        StatusCode::SERVICE_UNAVAILABLE => "Not available right now",
        s if s.is_server_error() => "Something went wrong here",
        _ => "This cannot be shown",
    }
}

#[cfg(test)]
mod tests;
