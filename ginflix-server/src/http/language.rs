//! Which language a client gets the pages in: that of its choice, which a cookie keeps, else that of its browser.

use serde::Deserialize;
use warp::http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, HeaderValue, LOCATION,
    SET_COOKIE,
};
use warp::http::{HeaderMap, StatusCode};
use warp::reply::Response;

use super::pages::links::same_site;
use super::request::AuthorizedRequest;
use super::{auth, reply};
use crate::error::AppError;
use crate::locale::Locale;
use crate::locale::negotiation::negotiate;

/// Name of the cookie with the language that was chosen on a page.
pub const LANGUAGE_COOKIE: &str = "ginflix_language";

/// How long the choice is kept, in seconds: a year.
const COOKIE_LIFETIME_SECONDS: u64 = 365 * 24 * 60 * 60;
/// Largest form, in bytes: enough for the longest path that browsers send.
const MAX_FORM_BYTES: u64 = 16 * 1024;

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

/// `POST /language`: keeps a language in a cookie, and returns to the page.
pub async fn choose(req: AuthorizedRequest) -> Result<Response, AppError> {
    auth::reject_cross_site(&req.headers)?;
    let is_secure = req.context.is_secure;
    let content = req.bytes("this form", MAX_FORM_BYTES).await?;
    let form: LanguageForm = serde_urlencoded::from_bytes(&content)
        .map_err(|error| AppError::invalid("body", error.to_string()))?;
    let locale = Locale::from_tag(&form.language).ok_or_else(|| {
        let tags = Locale::ALL.map(Locale::tag).join(", ");
        AppError::invalid("language", format!("must be one of {tags}"))
    })?;
    let mut response = reply::empty(StatusCode::SEE_OTHER);
    let headers = response.headers_mut();
    // The path of a page is percent-encoded, so another character is not from the switch.
    let next = Some(same_site(&form.next)).filter(|next| next.is_ascii()).unwrap_or("/");
    headers.insert(LOCATION, HeaderValue::from_str(next).map_err(AppError::internal)?);
    headers.insert(SET_COOKIE, cookie(locale, is_secure)?);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn cookie(locale: Locale, is_secure: bool) -> Result<HeaderValue, AppError> {
    let secure = if is_secure { "; Secure" } else { "" };
    let tag = locale.tag();
    let text = format!(
        "{LANGUAGE_COOKIE}={tag}; Path=/; Max-Age={COOKIE_LIFETIME_SECONDS}; HttpOnly; SameSite=Lax{secure}"
    );
    HeaderValue::from_str(&text).map_err(AppError::internal)
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

    #[test]
    fn the_cookie_is_kept_for_a_year() {
        let text = |is_secure| cookie(Locale::German, is_secure).unwrap();
        let plain = "ginflix_language=de; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax";
        assert_eq!(text(false), plain);
        assert_eq!(text(true), format!("{plain}; Secure").as_str());
    }

    #[tokio::test]
    async fn the_switch_returns_to_a_page_of_this_site() {
        let (_dir, app) = App::in_temp_dir().await;
        let site = routes(&app);
        for (form, location) in [
            ("language=fr&next=%2Fsearch%3Fq%3Da%2520b", "/search?q=a%20b"),
            ("language=fr&next=https%3A%2F%2Fevil.example", "/"),
            ("language=fr&next=%2F%2Fevil.example", "/"),
            ("language=fr&next=%2F%0D%0Aset-cookie:%20a=b", "/"),
            ("language=fr&next=%2F%C3%A9", "/"),
            ("language=fr", "/"),
        ] {
            let response = request("POST", "/language").body(form).reply(&site).await;
            assert_eq!(response.status(), StatusCode::SEE_OTHER, "{form}");
            assert_eq!(response.headers()[LOCATION], location, "{form}");
            let cookie = response.headers()[SET_COOKIE].to_str().unwrap();
            assert!(cookie.starts_with("ginflix_language=fr; "), "{cookie}");
        }
    }

    #[tokio::test]
    async fn the_switch_refuses_other_sites_and_other_languages() {
        let (_dir, app) = App::in_temp_dir().await;
        let site = routes(&app);
        for form in ["language=xx", "next=/", "", "language=de&language=fr", "\u{1}"] {
            let response = request("POST", "/language").body(form).reply(&site).await;
            assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{form}");
            assert!(!response.headers().contains_key(SET_COOKIE));
        }
        let foreign = request("POST", "/language").header("sec-fetch-site", "cross-site");
        let response = foreign.body("language=de").reply(&site).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        let long = format!("language=de&next=/{}", "x".repeat(MAX_FORM_BYTES as usize));
        let response = request("POST", "/language").body(long).reply(&site).await;
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
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
