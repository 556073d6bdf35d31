//! Media files over HTTP: their exact bytes, ranges and validators (RFC 9110).

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use ginflix_api::error::ErrorCode;
use ginflix_api::paths;
use ginflix_tests::http::{client_builder, expect_error, header, noise, sha256};
use ginflix_tests::server::Server;
use reqwest::{Method, Response};

const NAME: &str = "film.mp4";
const PATH: &str = "/stream/film.mp4";
const LENGTH: usize = 1_000_003;

/// Starts a server with one media file of [`LENGTH`] bytes, and returns these.
async fn with_file() -> (Server, Vec<u8>) {
    let server = Server::start();
    let bytes = noise(LENGTH, 1);
    server.put_media(NAME, bytes.clone()).await;
    (server, bytes)
}

async fn get_range(server: &Server, range: &str) -> Response {
    server.anonymous(Method::GET, PATH).header("range", range).send().await.unwrap()
}

#[tokio::test]
async fn a_whole_file_arrives_unchanged() {
    let (server, bytes) = with_file().await;
    let response = server.anonymous(Method::GET, PATH).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "content-type"), "video/mp4");
    assert_eq!(header(&response, "content-length"), LENGTH.to_string());
    assert_eq!(header(&response, "accept-ranges"), "bytes");
    let body = response.bytes().await.unwrap();
    assert_eq!(sha256(&body), sha256(&bytes));
}

#[tokio::test]
async fn a_range_has_exactly_the_requested_bytes() {
    let (server, bytes) = with_file().await;
    let cases = [
        ("bytes=0-0", 0..1),
        ("bytes=0-99", 0..100),
        ("bytes=65536-131072", 65_536..131_073),
        ("bytes=999999-", 999_999..LENGTH),
        ("bytes=-3", LENGTH - 3..LENGTH),
        // An end beyond the file is clamped (RFC 9110 section 14.1.2).
        ("bytes=1000000-9999999", 1_000_000..LENGTH),
        ("bytes=0-99999999999999", 0..LENGTH),
        // A suffix longer than the file is the whole file.
        ("bytes=-9999999", 0..LENGTH),
    ];
    for (range, expected) in cases {
        let response = get_range(&server, range).await;
        assert_eq!(response.status(), 206, "{range}");
        let content_range = format!("bytes {}-{}/{LENGTH}", expected.start, expected.end - 1);
        assert_eq!(header(&response, "content-range"), content_range, "{range}");
        assert_eq!(header(&response, "content-length"), expected.len().to_string(), "{range}");
        let body = response.bytes().await.unwrap();
        assert!(body == bytes[expected], "{range}: other bytes than those of the file");
    }
}

#[tokio::test]
async fn a_range_beyond_the_file_is_refused_with_its_length() {
    let (server, _) = with_file().await;
    for range in ["bytes=1000003-", "bytes=1000003-1000009", "bytes=-0"] {
        let response = get_range(&server, range).await;
        assert_eq!(response.status(), 416, "{range}");
        assert_eq!(header(&response, "content-range"), format!("bytes */{LENGTH}"), "{range}");
    }
}

#[tokio::test]
async fn an_invalid_range_is_ignored() {
    let (server, _) = with_file().await;
    for range in ["bytes=", "bytes=5-2", "bytes=a-b", "lines=1-2", "bytes=1", "bytes 0-1"] {
        let response = get_range(&server, range).await;
        assert_eq!(response.status(), 200, "{range}");
        assert_eq!(header(&response, "content-length"), LENGTH.to_string(), "{range}");
    }
}

#[tokio::test]
async fn several_ranges_are_sent_as_parts() {
    let (server, bytes) = with_file().await;
    let response = get_range(&server, "bytes=0-9,500-509,-10").await;
    assert_eq!(response.status(), 206);
    let content_type = header(&response, "content-type");
    let boundary = content_type.strip_prefix("multipart/byteranges; boundary=");
    let boundary = boundary.expect(&content_type).to_owned();
    let length: usize = header(&response, "content-length").parse().unwrap();
    let body = response.bytes().await.unwrap();
    assert_eq!(body.len(), length);
    for part in [0..10, 500..510, LENGTH - 10..LENGTH] {
        let content_range = format!("bytes {}-{}/{LENGTH}", part.start, part.end - 1);
        let at = find(&body, content_range.as_bytes()).expect("a part for each range");
        let start = at + find(&body[at..], b"\r\n\r\n").unwrap() + 4;
        assert_eq!(body[start..start + part.len()], bytes[part]);
    }
    assert!(find(&body, format!("--{boundary}--").as_bytes()).is_some(), "no closing boundary");
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

#[tokio::test]
async fn head_has_the_header_fields_of_get_and_no_content() {
    let (server, _) = with_file().await;
    let get = server.anonymous(Method::GET, PATH).send().await.unwrap();
    let head = server.anonymous(Method::HEAD, PATH).send().await.unwrap();
    assert_eq!(head.status(), 200);
    for name in ["content-length", "content-type", "etag", "accept-ranges", "last-modified"] {
        assert_eq!(header(&head, name), header(&get, name), "{name}");
    }
    assert!(head.bytes().await.unwrap().is_empty());
}

/// RFC 9110, section 9.3.2.
#[tokio::test]
async fn a_response_to_head_has_no_content_over_http_2() {
    let (server, _) = with_file().await;
    let client = client_builder().http2_prior_knowledge().build().unwrap();
    for path in [PATH, "/", paths::MOVIES, paths::HEALTHZ, "/stream/other.mp4", "/api/v1/nothing"] {
        let send = async |method: Method| {
            let request = client.request(method.clone(), server.url(path));
            let response = request.send().await.unwrap();
            let (status, length) = (response.status(), header(&response, "content-length"));
            let content = response.bytes().await;
            (status, length, content.unwrap_or_else(|error| panic!("{method} {path}: {error}")))
        };
        let (status, length, _) = send(Method::GET).await;
        let head = send(Method::HEAD).await;
        assert_eq!((head.0, head.1), (status, length), "{path}");
        assert!(head.2.is_empty(), "{path}: HEAD has content");
    }
}

#[tokio::test]
async fn content_that_the_client_has_is_not_sent_again() {
    let (server, bytes) = with_file().await;
    let first = server.anonymous(Method::GET, PATH).send().await.unwrap();
    let etag = header(&first, "etag");
    assert!(etag.starts_with('"'), "If-Range needs a strong entity tag, not {etag}");
    let get = |name: &'static str, value: String| {
        server.anonymous(Method::GET, PATH).header(name, value).send()
    };

    let same = get("if-none-match", etag.clone()).await.unwrap();
    assert_eq!(same.status(), 304);
    assert_eq!(header(&same, "etag"), etag);
    assert!(same.bytes().await.unwrap().is_empty());
    assert_eq!(get("if-none-match", "\"other\"".into()).await.unwrap().status(), 200);

    let resume = |tag: &str| {
        let tail = server.anonymous(Method::GET, PATH).header("range", "bytes=1000000-");
        tail.header("if-range", tag).send()
    };
    let tail = resume(&etag).await.unwrap();
    assert_eq!(tail.status(), 206);
    assert_eq!(tail.bytes().await.unwrap(), bytes[1_000_000..]);
    let whole = resume("\"other\"").await.unwrap();
    assert_eq!(whole.status(), 200, "a changed file is sent whole");
    assert_eq!(whole.bytes().await.unwrap().len(), LENGTH);
}

#[tokio::test]
async fn other_content_of_the_same_name_has_another_entity_tag() {
    let (server, _) = with_file().await;
    let etag = |response: &Response| header(response, "etag");
    let before = etag(&server.anonymous(Method::HEAD, PATH).send().await.unwrap());
    let replace = ",replace dHJ1ZQ==";
    let other = noise(LENGTH, 2);
    let created = server.create_upload(NAME, LENGTH as u64, replace).send().await.unwrap();
    let location = header(&created, "location");
    let done = server.patch_upload(&location, 0, other.clone()).send().await.unwrap();
    assert_eq!(done.status(), 204);
    let response = server.anonymous(Method::GET, PATH).send().await.unwrap();
    assert_ne!(etag(&response), before);
    assert_eq!(sha256(&response.bytes().await.unwrap()), sha256(&other));
}

#[tokio::test]
async fn many_viewers_of_one_file_all_get_the_right_bytes() {
    let (server, bytes) = with_file().await;
    let viewers = (0..32).map(|viewer| {
        let start = viewer * 31_000;
        let request =
            server.anonymous(Method::GET, PATH).header("range", format!("bytes={start}-"));
        let expected = sha256(&bytes[start..]);
        async move {
            assert_eq!(sha256(&request.send().await?.bytes().await?), expected);
            Ok(())
        }
    });
    let all: Result<Vec<()>, reqwest::Error> =
        futures_util::future::join_all(viewers).await.into_iter().collect();
    all.unwrap();
}

#[tokio::test]
async fn unknown_media_are_not_found() {
    let (server, _) = with_file().await;
    for path in ["/stream/other.mp4", "/stream/", "/stream/a/b.mp4", "/stream/%2e%2e%2fcatalog.db"]
    {
        expect_error(server.anonymous(Method::GET, path), 404, ErrorCode::NotFound).await;
    }
    expect_error(server.anonymous(Method::PUT, PATH), 405, ErrorCode::MethodNotAllowed).await;
}

/// URL libraries normalize such paths, so this test writes its requests by hand.
#[test]
fn no_path_leads_out_of_the_media_folder() {
    let server = Server::start();
    for path in [
        "/stream/../catalog.db",
        "/stream/..%2fcatalog.db",
        "/stream/%2e%2e/catalog.db",
        "/stream/..%5ccatalog.db",
        "/stream//etc/passwd",
        "/stream/%2fetc%2fpasswd",
        "/stream/film.mp4%00.txt",
        "/../../etc/passwd",
    ] {
        let response = ginflix_wire::exchange(server.address(), &ginflix_wire::get(path));
        assert_eq!(response.status, 404, "{path}: {response:?}");
        let text = response.text();
        assert!(!text.contains("root:"), "{path}: {text}");
        assert!(!text.contains("SQLite"), "{path}: {text}");
    }
}

#[tokio::test]
async fn a_file_copied_into_the_volume_by_hand_is_served() {
    let (server, _) = with_file().await;
    let bytes = noise(5000, 3);
    std::fs::write(server.volume().join("media/by hand.webm"), &bytes).unwrap();
    let response = server.anonymous(Method::GET, "/stream/by%20hand.webm").send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "content-type"), "video/webm");
    assert_eq!(response.bytes().await.unwrap(), bytes);
}
