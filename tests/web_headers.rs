//! Header fields of the web site: compression, entity tags, policies of browsers and the session cookie.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use std::collections::HashSet;
use std::io::Read;

use ginflix_api::paths;
use ginflix_tests::http::{header, noise};
use ginflix_tests::media_files;
use ginflix_tests::server::{PASSWORD, Server};
use reqwest::{Method, Response};
use serde_json::json;

/// Undoes a content coding.
fn decode(coding: &str, content: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::new();
    match coding {
        "br" => brotli::Decompressor::new(content, 4096).read_to_end(&mut decoded).unwrap(),
        "gzip" => flate2::read::GzDecoder::new(content).read_to_end(&mut decoded).unwrap(),
        other => panic!("unknown coding {other}"),
    };
    decoded
}

/// Gets a path as an administrator with these header fields.
async fn get(server: &Server, path: &str, fields: &[(&str, &str)]) -> Response {
    let request = server.admin(Method::GET, path);
    let add = |request: reqwest::RequestBuilder, (name, value): &(&str, &str)| {
        request.header(*name, *value)
    };
    fields.iter().fold(request, add).send().await.unwrap()
}

/// Returns a PNG image of one pixel.
fn picture() -> Vec<u8> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let text = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    STANDARD.decode(text).unwrap()
}

/// Returns the value of a header field; empty if it is missing.
fn optional(response: &Response, name: &str) -> String {
    response.headers().get(name).map_or(String::new(), |value| value.to_str().unwrap().to_owned())
}

/// Returns whether caches keep apart what differs by `Accept-Encoding`.
fn varies_by_encoding(response: &Response) -> bool {
    response.headers().get_all("vary").iter().any(|value| value == "accept-encoding")
}

/// Returns the URLs of the assets that a page names.
fn assets_of(page: &str) -> Vec<String> {
    let quoted = page.split('"').filter(|text| text.starts_with("/assets/"));
    quoted.map(str::to_owned).collect()
}

/// Adds some movies, so that pages and lists are long.
async fn add_movies(server: &Server) {
    server.put_media("film.mp4", noise(1000, 1)).await;
    for number in 0..8 {
        server.add_movie(&format!("A movie with the number {number}"), "film.mp4").await;
    }
}

#[tokio::test]
async fn pages_lists_and_assets_are_compressed_as_the_client_prefers() {
    let server = Server::start();
    add_movies(&server).await;
    let page = get(&server, "/", &[]).await.text().await.unwrap();
    let mut targets = assets_of(&page);
    assert!(targets.len() > 4, "{targets:?}");
    targets.retain(|target| target.contains("site.css") || target.contains("home.js"));
    targets.extend(["/", paths::MOVIES, "/api/v1/openapi.json", "/login"].map(str::to_owned));
    for target in &targets {
        let plain = get(&server, target, &[]).await;
        assert_eq!(optional(&plain, "content-encoding"), "", "{target}");
        assert!(varies_by_encoding(&plain), "{target}");
        let content = plain.bytes().await.unwrap();
        for (accepted, coding) in
            [("br", "br"), ("gzip", "gzip"), ("gzip, deflate, br", "br"), ("br;q=0, *", "gzip")]
        {
            let response = get(&server, target, &[("accept-encoding", accepted)]).await;
            assert_eq!(header(&response, "content-encoding"), coding, "{target}: {accepted}");
            assert!(varies_by_encoding(&response), "{target}");
            let length: usize = header(&response, "content-length").parse().unwrap();
            let compressed = response.bytes().await.unwrap();
            assert_eq!(compressed.len(), length, "{target}");
            assert!(compressed.len() < content.len(), "{target}: {accepted}");
            assert!(decode(coding, &compressed) == content, "{target}: {accepted}");
        }
        for refused in ["identity", "br;q=0, gzip;q=0", "zstd", "*;q=0"] {
            let response = get(&server, target, &[("accept-encoding", refused)]).await;
            assert_eq!(optional(&response, "content-encoding"), "", "{target}: {refused}");
            assert!(response.bytes().await.unwrap() == content, "{target}: {refused}");
        }
    }
}

/// The most bytes of the home page with its style sheets and scripts, compressed.
const MAX_HOME_BYTES: usize = 30_000;

#[tokio::test]
async fn the_home_page_is_light() {
    let server = Server::start();
    server.put_media("film.mp4", noise(1000, 1)).await;
    for n in 0..120 {
        let genres = [format!("Genre {}", n % 8), format!("Another {}", n % 12)];
        let movie = json!({
            "title": format!("A movie with the number {n} of {}", n * n % 89), "media": "film.mp4",
            "genres": genres, "year": 1900 + n, "description": "A story. ".repeat(50),
        });
        let added = server.admin(Method::POST, paths::MOVIES).json(&movie).send().await.unwrap();
        assert_eq!(added.status(), 201);
    }
    let page = get(&server, "/", &[]).await.text().await.unwrap();
    assert!(page.matches("<li>").count() > 80, "rows are missing: {page}");
    let mut sizes = Vec::new();
    for target in assets_of(&page).into_iter().chain(["/".to_owned()]) {
        let response = get(&server, &target, &[("accept-encoding", "br")]).await;
        sizes.push((response.bytes().await.unwrap().len(), target));
    }
    assert!(sizes.len() > 8, "{sizes:?}");
    let total: usize = sizes.iter().map(|(size, _)| size).sum();
    assert!(total < MAX_HOME_BYTES, "{total} bytes: {sizes:?}");
}

#[tokio::test]
async fn what_the_browser_has_is_not_sent_again() {
    let server = Server::start();
    add_movies(&server).await;
    let page = get(&server, "/", &[]).await.text().await.unwrap();
    let style_sheet = assets_of(&page).into_iter().find(|url| url.ends_with("site.css")).unwrap();
    for target in ["/", "/admin", "/api/v1/openapi.json", &style_sheet] {
        let mut tags = HashSet::new();
        for accepted in ["identity", "gzip", "br"] {
            let accept = ("accept-encoding", accepted);
            let first = get(&server, target, &[accept]).await;
            let tag = header(&first, "etag");
            assert!(tags.insert(tag.clone()), "{target}: {tag} is also another coding's");
            let again = get(&server, target, &[accept, ("if-none-match", &tag)]).await;
            assert_eq!(again.status(), 304, "{target}: {accepted}");
            for name in ["etag", "cache-control", "vary"] {
                assert_eq!(header(&again, name), header(&first, name), "{target}: {accepted}");
            }
            assert_eq!(optional(&again, "content-encoding"), "", "{target}");
            assert!(again.bytes().await.unwrap().is_empty(), "{target}");
        }
    }
    let tag = header(&get(&server, "/", &[]).await, "etag");
    server.add_movie("One more", "film.mp4").await;
    assert_eq!(get(&server, "/", &[("if-none-match", &tag)]).await.status(), 200);
}

#[tokio::test]
async fn a_page_of_an_account_is_kept_by_its_browser_only() {
    let server = Server::start();
    let page = get(&server, "/", &[]).await;
    assert_eq!(header(&page, "cache-control"), "private, no-cache");
    assert_eq!(header(&page, "vary"), "cookie, authorization, accept-language");
    let anonymous = server.anonymous(Method::GET, "/").send().await.unwrap();
    assert_ne!(header(&anonymous, "etag"), header(&page, "etag"));
}

#[tokio::test]
async fn head_has_the_fields_of_get() {
    let server = Server::start();
    for accepted in ["identity", "br"] {
        let head = server.admin(Method::HEAD, "/").header("accept-encoding", accepted);
        let head = head.send().await.unwrap();
        let get = get(&server, "/", &[("accept-encoding", accepted)]).await;
        for name in ["etag", "content-length", "content-encoding"] {
            assert_eq!(optional(&head, name), optional(&get, name), "{accepted}: {name}");
        }
    }
}

#[tokio::test]
async fn media_posters_and_errors_are_never_compressed() {
    let server = Server::start();
    let media = std::fs::read(media_files::faststart()).unwrap();
    server.put_media("film.mp4", media).await;
    let movie = server.add_movie("Film", "film.mp4").await;
    let poster = server.admin(Method::PUT, &paths::poster(movie.id)).body(picture());
    assert_eq!(poster.header("content-type", "image/png").send().await.unwrap().status(), 200);
    // A file of a format that nobody inspects, and that would become smaller.
    let text = b"a line of text\n".repeat(1000);
    std::fs::write(server.volume().join("media/text.mp4"), &text).unwrap();
    let poster = paths::poster(movie.id);
    let playlist = "/stream/film.mp4/hls/master.m3u8";
    for path in ["/stream/text.mp4", "/stream/film.mp4", playlist, &poster, "/healthz"] {
        let response = get(&server, path, &[("accept-encoding", "br, gzip")]).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(optional(&response, "content-encoding"), "", "{path}");
        assert!(!varies_by_encoding(&response), "{path}");
    }
    let missing = format!("/{}", "x".repeat(3000));
    for path in [&missing, &format!("/api/v1/movies?q={}", "x".repeat(3000))] {
        let response = get(&server, path, &[("accept-encoding", "br")]).await;
        assert!(response.status().is_client_error(), "{path}: {}", response.status());
        assert_eq!(optional(&response, "content-encoding"), "", "{path}");
    }
}

#[tokio::test]
async fn a_page_with_a_signed_link_is_not_compressed() {
    let accept = [("accept-encoding", "br")];
    for (access, coding) in [("public", "br"), ("private", "")] {
        let server = Server::start_with(&["--access", access]);
        add_movies(&server).await;
        let movie = server.add_movie("Film", "film.mp4").await;
        let page = get(&server, &paths::movie_page(movie.id), &accept).await;
        assert_eq!(optional(&page, "content-encoding"), coding, "{access}");
        assert!(page.headers().contains_key("etag"), "{access}");
        let catalogue = get(&server, "/", &accept).await;
        assert_eq!(header(&catalogue, "content-encoding"), "br", "{access}");
    }
}

#[tokio::test]
async fn a_page_names_every_module_that_its_scripts_import() {
    let server = Server::start();
    add_movies(&server).await;
    let movie = server.add_movie("Film", "film.mp4").await;
    let pages = ["/", "/movies", "/login", "/admin", "/admin/media"];
    for path in pages.into_iter().chain([paths::movie_page(movie.id).as_str()]) {
        let page = get(&server, path, &[]).await.text().await.unwrap();
        let named = assets_of(&page);
        let unique: HashSet<_> = named.iter().collect();
        assert_eq!(unique.len(), named.len(), "{path} names an asset twice: {named:?}");
        for script in named.iter().filter(|url| url.ends_with(".js")) {
            let source = get(&server, script, &[]).await.text().await.unwrap();
            let folder = script.rsplit_once('/').unwrap().0;
            for import in source.split(" from \"./").skip(1) {
                let module = format!("{folder}/{}", import.split('"').next().unwrap());
                assert!(named.contains(&module), "{path} does not name {module} of {script}");
            }
        }
    }
}

#[tokio::test]
async fn each_kind_of_route_has_its_policies() {
    let server = Server::start();
    server.put_media("film.mp4", noise(1000, 1)).await;
    let movie = server.add_movie("Film", "film.mp4").await;
    let poster = server.admin(Method::PUT, &paths::poster(movie.id)).body(picture());
    assert_eq!(poster.header("content-type", "image/png").send().await.unwrap().status(), 200);
    let page = get(&server, "/", &[]).await.text().await.unwrap();
    let style_sheet = assets_of(&page).into_iter().find(|url| url.ends_with("site.css")).unwrap();
    let placeholder = format!("/movies/{}/placeholder.svg", movie.id);
    for (path, sharing) in [
        ("/", "same-origin"),
        ("/login", "same-origin"),
        ("/there/is/no/such/page", "same-origin"),
        (&paths::movie_page(movie.id), "same-origin"),
        (&style_sheet, "same-origin"),
        (paths::MOVIES, "same-origin"),
        ("/healthz", "same-origin"),
        (&placeholder, "cross-origin"),
        (&paths::poster(movie.id), "cross-origin"),
        ("/stream/film.mp4", ""),
        ("/stream/missing.mp4", ""),
    ] {
        let response = get(&server, path, &[]).await;
        assert_eq!(optional(&response, "cross-origin-resource-policy"), sharing, "{path}");
        assert_eq!(header(&response, "x-content-type-options"), "nosniff", "{path}");
    }
    for path in ["/", "/login", "/admin", "/there/is/no/such/page"] {
        let response = get(&server, path, &[]).await;
        for (name, value) in [
            ("cross-origin-opener-policy", "same-origin"),
            ("referrer-policy", "same-origin"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(header(&response, name), value, "{path}");
        }
        let permissions = header(&response, "permissions-policy");
        for feature in ["camera=()", "geolocation=()", "fullscreen=(self)", "autoplay=(self)"] {
            assert!(permissions.split(", ").any(|part| part == feature), "{path}: {permissions}");
        }
        assert!(header(&response, "content-security-policy").contains("default-src 'self'"));
    }
}

/// Logs in, perhaps through a proxy that ends TLS, and returns what sets the session cookie.
async fn log_in(server: &Server, scheme: &str) -> String {
    let body = json!({ "name": "admin", "password": PASSWORD });
    let request = server.anonymous(Method::POST, paths::SESSION).json(&body);
    let response = request.header("x-forwarded-proto", scheme).send().await.unwrap();
    assert_eq!(response.status(), 201);
    header(&response, "set-cookie")
}

#[tokio::test]
async fn over_tls_the_session_cookie_is_bound_to_the_host() {
    let server = Server::start_with(&["--trusted-proxies", "127.0.0.1", "--access", "private"]);
    server.put_media("film.mp4", noise(1000, 1)).await;
    let secure = log_in(&server, "https").await;
    assert!(secure.starts_with("__Host-ginflix_session="), "{secure}");
    assert!(secure.contains("; Path=/;") && secure.ends_with("; Secure"), "{secure}");
    assert!(!secure.to_lowercase().contains("domain"), "{secure}");
    let plain = log_in(&server, "http").await;
    assert!(plain.starts_with("ginflix_session=") && !plain.contains("Secure"), "{plain}");
    let pair = |cookie: &str| cookie.split(';').next().unwrap().to_owned();
    for (cookie, scheme, status) in [
        (pair(&secure), "https", 200),
        (pair(&plain), "http", 200),
        // It may be planted by another host of the domain.
        (pair(&plain), "https", 401),
        (format!("{}; {}", pair(&plain), pair(&secure)), "https", 200),
    ] {
        for path in [paths::SESSION, "/stream/film.mp4"] {
            let request = server.anonymous(Method::GET, path).header("cookie", &cookie);
            let response = request.header("x-forwarded-proto", scheme).send().await.unwrap();
            assert_eq!(response.status(), status, "{path} {scheme} {cookie}");
        }
    }
    let end = server.anonymous(Method::DELETE, paths::SESSION).header("cookie", pair(&secure));
    let end = end.header("x-forwarded-proto", "https").header("sec-fetch-site", "same-origin");
    let ended = end.send().await.unwrap();
    assert_eq!(ended.status(), 204);
    let removed = header(&ended, "set-cookie");
    assert!(removed.starts_with("__Host-ginflix_session=;"), "{removed}");
    assert!(removed.contains("; Max-Age=0;") && removed.ends_with("; Secure"), "{removed}");
}

#[tokio::test]
async fn a_stranger_cannot_claim_tls() {
    let server = Server::start();
    let cookie = log_in(&server, "https").await;
    assert!(cookie.starts_with("ginflix_session="), "{cookie}");
}
