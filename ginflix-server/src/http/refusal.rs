//! An error in the form that whoever asked can use: JSON for programs, pages
//! for people, and the log-in page for people who are not logged in.

use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use warp::http::StatusCode;
use warp::http::header::{CACHE_CONTROL, HeaderValue, LOCATION, RETRY_AFTER};
use warp::reply::Response;

use super::request::Incoming;
use super::{pages, reply, stream};
use crate::config::Config;
use crate::delivery::request_id::RequestId;
use crate::error::AppError;

/// What a path keeps as it is inside a query's value.
const QUERY_VALUE: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// Where films are streamed.
const STREAM: &str = "/stream/";

/// Who gets the answer.
pub struct Asker {
    id: RequestId,
    /// The path and query to come back to after the log-in, for people.
    page: Option<String>,
    /// Who asks for a stream may be a page elsewhere, and is to read why it got none.
    stream: Option<Arc<Config>>,
}

impl Asker {
    /// Whoever sent this request.
    pub fn of(request: &Incoming) -> Self {
        let path = request.path.as_str();
        let page = (wants_html(path) && request.method.is_safe()).then(|| {
            let query = if request.query.is_empty() { "" } else { "?" };
            format!("{path}{query}{}", request.query)
        });
        let stream = path.starts_with(STREAM).then(|| Arc::clone(&request.app.config));
        Self { id: request.origin.id, page, stream }
    }

    /// The error, told to them.
    pub fn refuse(&self, error: &AppError) -> Response {
        match (&self.page, error) {
            (Some(page), AppError::Unauthenticated(_)) => to_log_in(page),
            (Some(_), error) => {
                let told = reply::error(error, &self.id);
                let mut page = pages::error_page(told.status(), &error.to_string(), &self.id);
                if let Some(later) = told.headers().get(RETRY_AFTER) {
                    page.headers_mut().insert(RETRY_AFTER, later.clone());
                }
                page
            }
            _ => {
                let mut response = reply::error(error, &self.id);
                if let Some(config) = &self.stream {
                    stream::allow_origin(config, response.headers_mut());
                }
                response
            }
        }
    }
}

/// Whether a path is for people: an error there is a page, not JSON.
fn wants_html(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    !matches!(first, "api" | "stream" | "peer" | "healthz" | "readyz")
}

fn to_log_in(page: &str) -> Response {
    let mut response = reply::empty(StatusCode::SEE_OTHER);
    let place = format!("/login?next={}", utf8_percent_encode(page, QUERY_VALUE));
    // Percent-encoded, it is always a valid header value.
    if let Ok(place) = HeaderValue::from_str(&place) {
        response.headers_mut().insert(LOCATION, place);
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
        for program in ["/api/v1/movies", "/api", "/stream/a.mp4", "/healthz", "/readyz"] {
            assert!(!wants_html(program), "{program}");
        }
    }

    #[test]
    fn people_who_are_not_logged_in_come_back_after_the_log_in() {
        let nobody = AppError::Unauthenticated("log in");
        let asker = |page: Option<&str>| Asker {
            id: RequestId(Uuid::nil()),
            page: page.map(str::to_owned),
            stream: None,
        };
        let sent = asker(Some("/admin/movies?q=a&b=ü")).refuse(&nobody);
        assert_eq!(sent.status(), StatusCode::SEE_OTHER);
        assert_eq!(
            sent.headers().get(LOCATION).unwrap(),
            "/login?next=/admin/movies%3Fq%3Da%26b%3D%C3%BC"
        );
        assert_eq!(asker(None).refuse(&nobody).status(), StatusCode::UNAUTHORIZED);
        let other = asker(Some("/admin")).refuse(&AppError::Forbidden("no"));
        assert_eq!(other.status(), StatusCode::FORBIDDEN);
    }
}
