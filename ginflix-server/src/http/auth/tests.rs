use warp::http::header::{HeaderName, HeaderValue};

use super::*;

const TOKEN: &str = "0123456789abcdefghijklmnopqrstuvwxyz_-ABCDE";

fn headers(fields: &[(&str, &str)]) -> HeaderMap {
    let field = |&(name, value): &(&str, &str)| {
        (HeaderName::try_from(name).unwrap(), HeaderValue::from_str(value).unwrap())
    };
    fields.iter().map(field).collect()
}

#[test]
fn a_bearer_token_takes_precedence_over_a_cookie() {
    let secret = Secret::parse(TOKEN).unwrap();
    let bearer = format!("bearer {TOKEN}");
    let cookie = format!("a=b; ginflix_session={TOKEN}; c=d");
    let presented =
        |fields: &[(&str, &str)]| presented_credential(&headers(fields), false).unwrap();
    assert_eq!(presented(&[]), None);
    assert_eq!(presented(&[("cookie", "ginflix_session=; x=y")]), None);
    assert_eq!(
        presented(&[("cookie", &cookie)]),
        Some(PresentedCredential::Cookie(secret.clone()))
    );
    assert_eq!(
        presented(&[("cookie", &cookie), ("authorization", &bearer)]),
        Some(PresentedCredential::Bearer(secret))
    );
}

#[test]
fn over_tls_only_the_cookie_with_the_prefix_counts() {
    let prefixed = format!("__Host-ginflix_session={TOKEN}");
    let plain = format!("ginflix_session={}", TOKEN.to_uppercase());
    let both = format!("{plain}; {prefixed}");
    let presented = |cookie: &str, is_secure| {
        let found = presented_credential(&headers(&[("cookie", cookie)]), is_secure).unwrap();
        found.map(|found| found.secret().reveal().to_owned())
    };
    assert_eq!(presented(&plain, true), None);
    assert_eq!(presented(&plain, false), Some(TOKEN.to_uppercase()));
    for is_secure in [true, false] {
        assert_eq!(presented(&prefixed, is_secure).as_deref(), Some(TOKEN));
        assert_eq!(presented(&both, is_secure).as_deref(), Some(TOKEN));
    }
}

#[test]
fn a_malformed_authorization_is_not_ignored() {
    let basic = format!("Basic {TOKEN}");
    for wrong in ["", "Bearer", "Bearer ", "Bearer short", &basic, TOKEN] {
        let refused = presented_credential(&headers(&[("authorization", wrong)]), false);
        assert!(matches!(refused, Err(AppError::Unauthenticated(_))), "{wrong:?}");
    }
}

#[test]
fn the_site_comes_from_the_browsers_headers() {
    let site = |fields: &[(&str, &str)]| request_site(&headers(fields));
    let host = ("host", "films.example:4463");
    assert_eq!(site(&[host]), RequestSite::Unknown);
    assert_eq!(site(&[host, ("origin", "http://films.example:4463")]), RequestSite::Same);
    assert_eq!(site(&[host, ("origin", "https://Films.example:4463")]), RequestSite::Same);
    assert_eq!(site(&[host, ("origin", "http://films.example")]), RequestSite::Other);
    assert_eq!(site(&[host, ("origin", "http://evil.example:4463")]), RequestSite::Other);
    assert_eq!(site(&[host, ("origin", "null")]), RequestSite::Other);
    assert_eq!(site(&[("origin", "http://films.example:4463")]), RequestSite::Other);
    // A proxy may change Host, but no page can forge Sec-Fetch-Site.
    let same = ("sec-fetch-site", "same-origin");
    assert_eq!(site(&[host, ("origin", "https://films.example"), same]), RequestSite::Same);
    assert_eq!(site(&[host, ("sec-fetch-site", "none")]), RequestSite::Same);
    for other in ["same-site", "cross-site", "x"] {
        let fields = [host, ("origin", "http://films.example:4463"), ("sec-fetch-site", other)];
        assert_eq!(site(&fields), RequestSite::Other);
    }
}

#[test]
fn only_changes_need_the_same_origin() {
    let none = headers(&[("host", "films.example")]);
    let foreign = headers(&[("host", "films.example"), ("origin", "http://evil.example")]);
    assert!(require_same_origin(&Method::GET, &foreign).is_ok());
    assert!(require_same_origin(&Method::HEAD, &none).is_ok());
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        assert!(require_same_origin(&method, &none).is_err());
        assert!(require_same_origin(&method, &foreign).is_err());
    }
    assert!(reject_cross_site(&none).is_ok());
    assert!(reject_cross_site(&foreign).is_err());
}
