//! Which language a client gets the pages in: that of its choice, which a cookie keeps, else that of its browser.

use serde::Deserialize;
use warp::http::HeaderMap;
use warp::http::header::{ACCEPT_LANGUAGE, CONTENT_LANGUAGE, CONTENT_TYPE, HeaderValue};
use warp::reply::Response;

use super::appearance::{self, Chooser, LANGUAGE_COOKIE};
use super::auth;
use super::request::AuthorizedRequest;
use crate::catalog::store::Preferences;
use crate::error::AppError;
use crate::locale::Locale;
use crate::locale::negotiation::negotiate;

/// Returns the language for a request with these header fields.
pub fn preferred(headers: &HeaderMap) -> Locale {
    let chosen = auth::cookie(headers, LANGUAGE_COOKIE).and_then(Locale::from_tag);
    let lines = headers.get_all(ACCEPT_LANGUAGE).iter();
    chosen.unwrap_or_else(|| negotiate(lines.filter_map(|line| line.to_str().ok())))
}

/// Adds `Content-Language` to a page.
pub fn label(headers: &HeaderMap, response: &mut Response) {
    let content_type = response.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    if content_type.is_some_and(|kind| kind.starts_with(b"text/html")) {
        let language = HeaderValue::from_static(preferred(headers).tag());
        response.headers_mut().insert(CONTENT_LANGUAGE, language);
    }
}

/// The form of the switch on each page.
#[derive(Deserialize)]
struct LanguageForm {
    language: String,
    #[serde(default)]
    next: String,
}

/// `POST /language`: keeps a language, and returns to the page.
pub async fn choose(req: AuthorizedRequest) -> Result<Response, AppError> {
    let chooser = Chooser::of(&req).await?;
    let form: LanguageForm = appearance::form(req).await?;
    let locale = Locale::from_tag(&form.language).ok_or_else(|| {
        let tags = Locale::ALL.map(Locale::tag).join(", ");
        AppError::invalid("language", format!("must be one of {tags}"))
    })?;
    let language = Some(locale.tag().to_owned());
    chooser.keep(&Preferences { language, theme: None }, &form.next).await
}

#[cfg(test)]
mod tests {
    use warp::http::header::COOKIE;

    use super::*;
    use crate::app::App;
    use crate::http::routes::routes;
    use crate::http::test_request::request;

    #[test]
    fn the_choice_comes_before_the_browser() {
        let preferred_of = |cookie: &str, accepted: &str| {
            let fields = [(COOKIE, cookie), (ACCEPT_LANGUAGE, accepted)];
            preferred(
                &fields.map(|(name, value)| (name, value.parse().unwrap())).into_iter().collect(),
            )
        };
        assert_eq!(preferred_of("a=b", "fr"), Locale::French);
        assert_eq!(preferred_of("a=b; ginflix_language=de", "fr"), Locale::German);
        assert_eq!(preferred_of("ginflix_language=xx", "fr"), Locale::French);
        assert_eq!(preferred_of("ginflix_language=", ""), Locale::English);
    }

    #[tokio::test]
    async fn pages_say_their_language() {
        let (_dir, app) = App::in_temp_dir().await;
        let site = routes(&app);
        for path in ["/", "/login", "/nowhere"] {
            let page = request("GET", path).header("accept-language", "de-AT").reply(&site).await;
            assert_eq!(page.headers()[CONTENT_LANGUAGE], "de", "{path}");
            let text = String::from_utf8(page.into_body().to_vec()).unwrap();
            assert!(text.contains("<html lang=\"de\">"), "{path}");
        }
        let list = request("GET", "/api/v1/movies").header("accept-language", "de");
        assert!(!list.reply(&site).await.headers().contains_key(CONTENT_LANGUAGE));
    }
}
