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
fn a_bearer_token_goes_before_a_cookie() {
    let secret = Secret::parse(TOKEN).unwrap();
    let bearer = format!("bearer {TOKEN}");
    let cookie = format!("a=b; ginflix_session={TOKEN}; c=d");
    let of = |fields: &[(&str, &str)]| shown(&headers(fields)).unwrap();
    assert_eq!(of(&[]), None);
    assert_eq!(of(&[("cookie", "ginflix_session=; x=y")]), None);
    assert_eq!(of(&[("cookie", &cookie)]), Some(Shown::Cookie(secret.clone())));
    assert_eq!(of(&[("cookie", &cookie), ("authorization", &bearer)]), Some(Shown::Bearer(secret)));
}

#[test]
fn what_is_no_bearer_token_is_not_passed_over() {
    let basic = format!("Basic {TOKEN}");
    for wrong in ["", "Bearer", "Bearer ", "Bearer short", &basic, TOKEN] {
        let refused = shown(&headers(&[("authorization", wrong)]));
        assert!(matches!(refused, Err(AppError::Unauthenticated(_))), "{wrong:?}");
    }
}

#[test]
fn the_browser_says_whose_page_asks() {
    let site = |fields: &[(&str, &str)]| asking_site(&headers(fields));
    let host = ("host", "films.example:4463");
    assert_eq!(site(&[host]), Site::Unsaid);
    assert_eq!(site(&[host, ("origin", "http://films.example:4463")]), Site::Same);
    assert_eq!(site(&[host, ("origin", "https://Films.example:4463")]), Site::Same);
    assert_eq!(site(&[host, ("origin", "http://films.example")]), Site::Other);
    assert_eq!(site(&[host, ("origin", "http://evil.example:4463")]), Site::Other);
    assert_eq!(site(&[host, ("origin", "null")]), Site::Other);
    assert_eq!(site(&[("origin", "http://films.example:4463")]), Site::Other);
    // A proxy may change Host, but no page can forge this.
    let same = ("sec-fetch-site", "same-origin");
    assert_eq!(site(&[host, ("origin", "https://films.example"), same]), Site::Same);
    assert_eq!(site(&[host, ("sec-fetch-site", "none")]), Site::Same);
    for other in ["same-site", "cross-site", "x"] {
        let fields = [host, ("origin", "http://films.example:4463"), ("sec-fetch-site", other)];
        assert_eq!(site(&fields), Site::Other);
    }
}

#[test]
fn only_what_changes_things_needs_the_origin() {
    let none = headers(&[("host", "films.example")]);
    let foreign = headers(&[("host", "films.example"), ("origin", "http://evil.example")]);
    assert!(require_same_origin(&Method::GET, &foreign).is_ok());
    assert!(require_same_origin(&Method::HEAD, &none).is_ok());
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        assert!(require_same_origin(&method, &none).is_err());
        assert!(require_same_origin(&method, &foreign).is_err());
    }
    assert!(refuse_other_site(&none).is_ok());
    assert!(refuse_other_site(&foreign).is_err());
}
