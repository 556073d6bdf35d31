//! Turns an error into the response that suits the client: JSON for programs, a page for people,
//! and a redirect to the log-in page for people who are not logged in.

use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use warp::http::StatusCode;
use warp::http::header::{CACHE_CONTROL, CONTENT_LANGUAGE, HeaderValue, LOCATION, RETRY_AFTER};
use warp::reply::Response;

use super::appearance::Theme;
use super::request::RawRequest;
use super::{language, pages, reply, stream, theme};
use crate::config::Config;
use crate::delivery::request_id::RequestId;
use crate::error::AppError;
use crate::locale::Locale;

/// The characters to encode in a path that becomes the value of a query parameter.
const QUERY_VALUE: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// Prefix of the paths of media files.
pub const STREAM_PREFIX: &str = "/stream/";

/// Builds the response to one request that fails.
pub struct ErrorResponder {
    request_id: RequestId,
    /// Path and query to return to after the log-in; `None` for programs.
    page: Option<String>,
    /// The language and the theme of that page.
    appearance: (Locale, Theme),
    /// The settings of CORS for requests of media files, so that pages of other origins can read
    /// the error; `None` for other requests.
    stream_cors: Option<Arc<Config>>,
}

impl ErrorResponder {
    /// Keeps the facts about a request that its error response depends on.
    pub fn new(request: &RawRequest) -> Self {
        let path = request.path.as_str();
        let page = (wants_html(path) && request.method.is_safe()).then(|| {
            let query = if request.query.is_empty() { "" } else { "?" };
            format!("{path}{query}{}", request.query)
        });
        let stream_cors = path.starts_with(STREAM_PREFIX).then(|| Arc::clone(&request.app.config));
        let headers = &request.headers;
        let appearance = (language::preferred(headers), theme::preferred(headers));
        Self { request_id: request.context.id, page, appearance, stream_cors }
    }

    /// Builds the response for an error.
    pub fn respond(&self, error: &AppError) -> Response {
        match (&self.page, error) {
            (Some(page), AppError::Unauthenticated(_)) => redirect_to_login(page),
            (Some(path), error) => {
                let json = reply::error(error, &self.request_id);
                let (status, id) = (json.status(), &self.request_id);
                let mut page = pages::error_page(status, error, id, self.appearance, path);
                let headers = page.headers_mut();
                if let Some(retry_after) = json.headers().get(RETRY_AFTER) {
                    headers.insert(RETRY_AFTER, retry_after.clone());
                }
                let language = HeaderValue::from_static(self.appearance.0.tag());
                headers.insert(CONTENT_LANGUAGE, language);
                page
            }
            _ => {
                let mut response = reply::error(error, &self.request_id);
                if let Some(config) = &self.stream_cors {
                    stream::set_cors_headers(config, response.headers_mut());
                }
                response
            }
        }
    }
}

/// Returns whether a path is one of the web site, where an error is a page and not JSON.
fn wants_html(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    !matches!(first, "api" | "stream" | "peer" | "healthz" | "readyz" | "oembed")
}

fn redirect_to_login(page: &str) -> Response {
    let mut response = reply::empty(StatusCode::SEE_OTHER);
    let location = format!("/login?next={}", utf8_percent_encode(page, QUERY_VALUE));
    // A percent-encoded path is always a valid field value.
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(LOCATION, location);
    }
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn people_get_pages_and_programs_get_json() {
        for page in ["/", "/login", "/movies/x", "/admin/new", "/nowhere", "/apia"] {
            assert!(wants_html(page), "{page}");
        }
        for program in ["/api/v1/movies", "/api", "/stream/a.mp4", "/healthz", "/readyz", "/oembed"]
        {
            assert!(!wants_html(program), "{program}");
        }
    }

    #[test]
    fn people_who_are_not_logged_in_come_back_after_the_log_in() {
        let logged_out = AppError::Unauthenticated("log in");
        let responder = |page: Option<&str>| ErrorResponder {
            request_id: RequestId(Uuid::nil()),
            page: page.map(str::to_owned),
            appearance: (Locale::English, Theme::System),
            stream_cors: None,
        };
        let response = responder(Some("/admin/movies?q=a&b=ü")).respond(&logged_out);
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(
            response.headers().get(LOCATION).unwrap(),
            "/login?next=/admin/movies%3Fq%3Da%26b%3D%C3%BC"
        );
        assert_eq!(responder(None).respond(&logged_out).status(), StatusCode::UNAUTHORIZED);
        let other = responder(Some("/admin")).respond(&AppError::Forbidden("no"));
        assert_eq!(other.status(), StatusCode::FORBIDDEN);
    }
}
