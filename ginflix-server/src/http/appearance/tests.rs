use super::*;
use crate::http::routes::routes;
use crate::http::test_request::request;

#[test]
fn a_cookie_is_kept_for_a_year() {
    let text = |is_secure| cookie(LANGUAGE_COOKIE, "de", is_secure).unwrap();
    let plain = "ginflix_language=de; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax";
    assert_eq!(text(false), plain);
    assert_eq!(text(true), format!("{plain}; Secure").as_str());
}

#[test]
fn only_what_is_known_gets_a_cookie() {
    for (language, theme, expected) in [
        (None, None, [].as_slice()),
        (Some("de"), Some("dark"), &["ginflix_language=de", "ginflix_theme=dark"]),
        (Some("xx"), Some("system"), &["ginflix_theme=system"]),
        (Some("FR"), Some("sepia"), &["ginflix_language=fr"]),
    ] {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let chosen = Preferences { language: owned(language), theme: owned(theme) };
        let mut response = reply::empty(StatusCode::OK);
        set_cookies(&mut response, &chosen, false).unwrap();
        let set = response.headers().get_all(SET_COOKIE).iter();
        let set: Vec<_> =
            set.map(|value| value.to_str().unwrap().split(';').next().unwrap()).collect();
        assert_eq!(set, expected, "{language:?} {theme:?}");
    }
}

#[tokio::test]
async fn a_switch_returns_to_a_page_of_this_site() {
    let (_dir, app) = App::in_temp_dir().await;
    let site = routes(&app);
    for (path, choice) in [("/language", "language=fr"), ("/theme", "theme=dark")] {
        for (next, location) in [
            ("&next=%2Fsearch%3Fq%3Da%2520b", "/search?q=a%20b"),
            ("&next=https%3A%2F%2Fevil.example", "/"),
            ("&next=%2F%2Fevil.example", "/"),
            ("&next=%2F%0D%0Aset-cookie:%20a=b", "/"),
            ("&next=%2F%C3%A9", "/"),
            ("", "/"),
        ] {
            let form = format!("{choice}{next}");
            let response = request("POST", path).body(&form).reply(&site).await;
            assert_eq!(response.status(), StatusCode::SEE_OTHER, "{form}");
            assert_eq!(response.headers()[LOCATION], location, "{form}");
            let cookie = response.headers()[SET_COOKIE].to_str().unwrap();
            assert!(cookie.starts_with(&format!("ginflix_{choice}; ")), "{cookie}");
        }
    }
}

#[tokio::test]
async fn a_switch_refuses_other_sites_and_other_choices() {
    let (_dir, app) = App::in_temp_dir().await;
    let site = routes(&app);
    for (path, name) in [("/language", "language"), ("/theme", "theme")] {
        let twice = format!("{name}=de&{name}=dark");
        for form in [&format!("{name}=xx"), "next=/", "", &twice, "\u{1}"] {
            let response = request("POST", path).body(form).reply(&site).await;
            assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{form}");
            assert!(!response.headers().contains_key(SET_COOKIE));
        }
        let foreign = request("POST", path).header("sec-fetch-site", "cross-site");
        let response = foreign.body(twice).reply(&site).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        let long = format!("{name}=de&next=/{}", "x".repeat(MAX_FORM_BYTES as usize));
        let response = request("POST", path).body(long).reply(&site).await;
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
        let followed = request("GET", path).reply(&site).await;
        assert_eq!(followed.status(), StatusCode::METHOD_NOT_ALLOWED);
    }
}
