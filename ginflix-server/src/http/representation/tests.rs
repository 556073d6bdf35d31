use std::io::Read;
use std::net::Ipv4Addr;

use uuid::Uuid;
use warp::http::Method;
use warp::http::header::{ACCEPT_ENCODING, IF_NONE_MATCH};

use super::*;
use crate::delivery::request_id::RequestId;
use crate::http::request::RequestContext;

fn request(method: Method, headers: HeaderMap) -> RequestHead {
    let id = RequestId(Uuid::nil());
    let context = RequestContext { id, client: Ipv4Addr::LOCALHOST.into(), is_secure: false };
    RequestHead { context, method, path: "/".to_owned(), query: String::new(), headers }
}

fn get(fields: &[(warp::http::HeaderName, &str)]) -> RequestHead {
    let field = |(name, value): &(warp::http::HeaderName, &str)| {
        (name.clone(), HeaderValue::from_str(value).unwrap())
    };
    request(Method::GET, fields.iter().map(field).collect())
}

fn page(content: &str, compression: Option<Compression>) -> Response {
    let mut response = Response::new(content.to_owned().into());
    let caching = HeaderValue::from_static("private, no-cache");
    response.headers_mut().insert(CACHE_CONTROL, caching);
    response.headers_mut().insert(VARY, HeaderValue::from_static("cookie"));
    response.extensions_mut().extend(compression.map(extension).unwrap_or_default());
    response
}

fn extension(compression: Compression) -> warp::http::Extensions {
    let mut extensions = warp::http::Extensions::new();
    extensions.insert(compression);
    extensions
}

async fn body(response: Response) -> Bytes {
    response.into_body().collect().await.unwrap().to_bytes()
}

fn long_text() -> String {
    "a line of a page\n".repeat(500)
}

#[tokio::test]
async fn a_long_page_is_compressed_as_the_client_prefers() {
    let head = get(&[(ACCEPT_ENCODING, "gzip, br")]);
    let response = complete(&head, page(&long_text(), Some(Compression::Allowed))).await.unwrap();
    assert_eq!(response.headers()[CONTENT_ENCODING], "br");
    assert!(response.headers()[ETAG].to_str().unwrap().ends_with("-br\""));
    let vary: Vec<_> = response.headers().get_all(VARY).iter().collect();
    assert_eq!(vary, ["cookie", "accept-encoding"]);
    let compressed = body(response).await;
    let mut decoded = String::new();
    brotli::Decompressor::new(&compressed[..], 4096).read_to_string(&mut decoded).unwrap();
    assert_eq!(decoded, long_text());
}

#[tokio::test]
async fn a_short_page_and_one_with_a_secret_are_sent_as_they_are() {
    let head = get(&[(ACCEPT_ENCODING, "br")]);
    for (text, compression) in
        [("short".to_owned(), Compression::Allowed), (long_text(), Compression::Forbidden)]
    {
        let response = complete(&head, page(&text, Some(compression))).await.unwrap();
        assert!(!response.headers().contains_key(CONTENT_ENCODING));
        assert!(response.headers().contains_key(ETAG));
        assert_eq!(body(response).await, text);
    }
}

#[tokio::test]
async fn a_client_that_has_the_page_gets_304_without_content() {
    let plain = get(&[]);
    let first = complete(&plain, page(&long_text(), Some(Compression::Allowed))).await.unwrap();
    let tag = first.headers()[ETAG].to_str().unwrap().to_owned();
    let again = get(&[(IF_NONE_MATCH, &tag)]);
    let second = complete(&again, page(&long_text(), Some(Compression::Allowed))).await.unwrap();
    assert_eq!(second.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(
        (&second.headers()[ETAG], &second.headers()[CACHE_CONTROL]),
        (&first.headers()[ETAG], &first.headers()[CACHE_CONTROL])
    );
    assert!(body(second).await.is_empty());
    // The tag is that of the content as it is, so it does not stand for the compressed content.
    let other = get(&[(IF_NONE_MATCH, &tag), (ACCEPT_ENCODING, "br")]);
    let third = complete(&other, page(&long_text(), Some(Compression::Allowed))).await.unwrap();
    assert_eq!(third.status(), StatusCode::OK);
    let changed = complete(&again, page("other", Some(Compression::Allowed))).await.unwrap();
    assert_eq!(changed.status(), StatusCode::OK);
}

#[tokio::test]
async fn what_nobody_may_keep_has_no_tag() {
    let mut response = page(&long_text(), Some(Compression::Allowed));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let response = complete(&get(&[(ACCEPT_ENCODING, "gzip")]), response).await.unwrap();
    assert_eq!(response.headers()[CONTENT_ENCODING], "gzip");
    assert!(!response.headers().contains_key(ETAG));
}

#[tokio::test]
async fn other_responses_stay_as_their_handler_made_them() {
    let accepts = || HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("br"))]);
    let allowed = || page(&long_text(), Some(Compression::Allowed));
    let unmarked = (Method::GET, page(&long_text(), None));
    let created = (Method::POST, allowed());
    let mut failed = (Method::GET, allowed());
    *failed.1.status_mut() = StatusCode::NOT_FOUND;
    let mut tagged = (Method::GET, allowed());
    tagged.1.headers_mut().insert(ETAG, HeaderValue::from_static("\"1\""));
    for (method, response) in [unmarked, created, failed, tagged] {
        let before = response.headers().clone();
        let response = complete(&request(method, accepts()), response).await.unwrap();
        assert_eq!(response.headers(), &before);
        assert_eq!(body(response).await, long_text());
    }
}
