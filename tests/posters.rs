//! Posters over HTTP: they are decoded, refused or made harmless, and sent in two widths.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use std::fs;
use std::time::Duration;

use ginflix_api::error::ErrorCode;
use ginflix_api::movie::Movie;
use ginflix_api::paths;
use ginflix_api::poster::PosterWidth;
use ginflix_tests::browser::Browser;
use ginflix_tests::http::{expect_error, header};
use ginflix_tests::pictures::{self, size_of_webp};
use ginflix_tests::server::Server;
use reqwest::{Method, RequestBuilder, Response};
use rusqlite::Connection;

const MEBIBYTE: u64 = 1 << 20;

async fn with_movie() -> (Server, Movie) {
    let server = Server::start();
    server.put_media("film.mp4", b"bytes of a film".to_vec()).await;
    let movie = server.add_movie("Film", "film.mp4").await;
    (server, movie)
}

fn put(server: &Server, movie: &Movie, picture: impl Into<Vec<u8>>) -> RequestBuilder {
    server.admin(Method::PUT, &paths::poster(movie.id)).body(picture.into())
}

/// Sets a poster, and returns its path.
async fn set(server: &Server, movie: &Movie, picture: impl Into<Vec<u8>>) -> String {
    let response = put(server, movie, picture).send().await.unwrap();
    assert_eq!(response.status(), 200);
    response.json::<Movie>().await.unwrap().poster_path.unwrap()
}

async fn get(server: &Server, path: &str) -> Response {
    server.anonymous(Method::GET, path).send().await.unwrap()
}

#[tokio::test]
async fn a_poster_is_sent_in_two_widths() {
    let (server, movie) = with_movie().await;
    let path = set(&server, &movie, pictures::photo(900, 1350, 1)).await;
    let mut tags = Vec::new();
    for (path, size) in [
        (path.clone(), (640, 960)),
        (paths::poster_of_width(&path, PosterWidth::Large), (640, 960)),
        (paths::poster_of_width(&path, PosterWidth::Small), (256, 384)),
    ] {
        let response = get(&server, &path).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(header(&response, "content-type"), "image/webp");
        assert_eq!(header(&response, "cache-control"), "max-age=31536000, immutable");
        let tag = header(&response, "etag");
        let again = server.anonymous(Method::GET, &path).header("if-none-match", &tag);
        assert_eq!(again.send().await.unwrap().status(), 304);
        assert_eq!(size_of_webp(&response.bytes().await.unwrap()), size, "{path}");
        tags.push(tag);
    }
    assert_eq!(tags[0], tags[1]);
    assert_ne!(tags[0], tags[2]);
    let wrong = server.anonymous(Method::GET, &format!("{path}&width=100"));
    let message = expect_error(wrong, 400, ErrorCode::Invalid).await;
    assert_eq!(message, "width: must be 256 or 640");

    let newer = set(&server, &movie, pictures::small(1)).await;
    assert_ne!(newer, path);
    let older = get(&server, &path).await;
    assert_eq!(header(&older, "cache-control"), "no-cache");
    assert_eq!(size_of_webp(&older.bytes().await.unwrap()), (2, 3));
    let removed = server.admin(Method::DELETE, &paths::poster(movie.id)).send().await.unwrap();
    assert_eq!(removed.status(), 204);
    expect_error(server.anonymous(Method::GET, &newer), 404, ErrorCode::NotFound).await;
}

#[tokio::test]
async fn what_is_no_picture_is_refused() {
    let (server, movie) = with_movie().await;
    let png = pictures::noise(100, 150, 1);
    let jpeg = pictures::photo(100, 150, 1);
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec();
    for other in [svg, b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(), png[..20].to_vec(), Vec::new()] {
        expect_error(put(&server, &movie, other), 415, ErrorCode::UnsupportedType).await;
    }
    expect_error(put(&server, &movie, vec![0; 6 << 20]), 413, ErrorCode::TooLarge).await;
    let header_only = png[..33].to_vec();
    for part in [header_only, png[..png.len() / 2].to_vec(), jpeg[..jpeg.len() / 2].to_vec()] {
        let message = expect_error(put(&server, &movie, part), 422, ErrorCode::Damaged).await;
        assert!(message.contains("save it again"), "{message}");
    }
    expect_error(server.anonymous(Method::GET, &paths::poster(movie.id)), 404, ErrorCode::NotFound)
        .await;
    let media = "film.mp4".parse().unwrap();
    let import = server.admin(Method::PUT, &paths::import_poster(&media)).body(png[..99].to_vec());
    expect_error(import, 422, ErrorCode::Damaged).await;
}

#[tokio::test]
async fn a_file_that_is_a_page_as_well_becomes_a_picture() {
    let (server, movie) = with_movie().await;
    let script = b"<html><script>alert(1)</script>";
    let polyglot = [&pictures::photo(100, 150, 1)[..], script].concat();
    let path = set(&server, &movie, polyglot).await;
    let response = get(&server, &path).await;
    assert_eq!(header(&response, "x-content-type-options"), "nosniff");
    assert_eq!(header(&response, "content-security-policy"), "default-src 'none'");
    let content = response.bytes().await.unwrap();
    assert_eq!(size_of_webp(&content), (100, 150));
    assert!(!content.windows(8).any(|bytes| bytes == b"<script>"));
}

/// Returns the most memory that a server has had so far, in bytes.
fn most_memory(server: &Server) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() * 1024
}

#[tokio::test]
async fn the_memory_for_a_picture_is_bounded() {
    let (server, movie) = with_movie().await;
    set(&server, &movie, pictures::photo(900, 1350, 1)).await;
    let before = most_memory(&server);
    // The dimensions of the header. Its pixels would take 1.2 GB.
    let mut huge = pictures::noise(100, 150, 1);
    huge[16..24].copy_from_slice(&[0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20]);
    let message = expect_error(put(&server, &movie, huge), 422, ErrorCode::Invalid).await;
    assert!(message.contains("20000 × 20000"), "{message}");
    let grown = most_memory(&server) - before;
    assert!(grown < 16 * MEBIBYTE, "{grown} bytes more for a picture that is refused");
    // Four bytes each, as if it were transparent: the decoded picture takes 96 MB.
    let flat = pictures::transparent(4000, 6000);
    let path = set(&server, &movie, flat).await;
    let grown = most_memory(&server) - before;
    assert!(grown < 160 * MEBIBYTE, "{grown} bytes more for the largest picture");
    let small = get(&server, &paths::poster_of_width(&path, PosterWidth::Small)).await;
    assert_eq!(size_of_webp(&small.bytes().await.unwrap()), (256, 384));
}

#[tokio::test]
async fn pictures_are_made_again_of_what_is_stored() {
    let (mut server, movie) = with_movie().await;
    let other = server.add_movie("Other", "film.mp4").await;
    let path = set(&server, &movie, pictures::photo(300, 450, 1)).await;
    let broken = set(&server, &other, pictures::photo(300, 450, 2)).await;
    assert!(server.stop().success());
    let pictures = server.volume().join("posters");
    assert_eq!(fs::read_dir(&pictures).unwrap().count(), 4);
    fs::remove_dir_all(&pictures).unwrap();
    // As a version that looked only at the header of a poster accepted it.
    let database = Connection::open(server.volume().join("catalog.db")).unwrap();
    let cut = "UPDATE posters SET bytes = substr(bytes, 1, 1000) WHERE movie_id = ?1";
    assert_eq!(database.execute(cut, [other.id.0.as_bytes()]).unwrap(), 1);
    drop(database);
    server.start_again();
    for _ in 0..2 {
        let response = get(&server, &path).await;
        assert_eq!(size_of_webp(&response.bytes().await.unwrap()), (300, 450));
        let request = server.anonymous(Method::GET, &broken);
        let message = expect_error(request, 404, ErrorCode::NotFound).await;
        assert!(message.ends_with("upload it again"), "{message}");
    }
    assert_eq!(fs::read_dir(&pictures).unwrap().count(), 4);
    let page = get(&server, "/").await;
    assert_eq!(page.status(), 200);
    // The same file again is decoded again.
    let repaired = set(&server, &other, pictures::photo(300, 450, 2)).await;
    assert_eq!(get(&server, &repaired).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_loads_little_for_a_home_page_of_200_posters() {
    const MOVIES: usize = 200;
    const LIMIT_BYTES: f64 = 400_000.0;
    let (server, _) = with_movie().await;
    let files: Vec<_> = (0..8).map(|seed| pictures::photo(600, 900, seed)).collect();
    for number in 0..MOVIES {
        let movie = server.add_movie(&format!("Movie {number}"), "film.mp4").await;
        set(&server, &movie, files[number % files.len()].clone()).await;
    }
    let browser = Browser::launch().await;
    for path in ["/", "/movies"] {
        let tab = browser.open(&server.url(path)).await;
        tab.disable_cache().await;
        tab.goto(&server.url(path)).await;
        // Others are loaded when somebody comes near them.
        let complete = "document.readyState === 'complete' && [...document.querySelectorAll('.card img')]
            .filter((img) => { const { top, left } = img.getBoundingClientRect(); return top < innerHeight && left < innerWidth })
            .every((img) => img.naturalWidth > 0)";
        tab.wait_for_within(complete, Duration::from_secs(60)).await;
        let widths = "[...new Set([...document.querySelectorAll('.card img')]
            .filter((img) => img.currentSrc).map((img) => new URL(img.currentSrc).searchParams.get('width')))]";
        assert_eq!(tab.eval(widths).await, serde_json::json!(["256"]), "{path}");
        let loaded = "performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))
            .filter((entry) => entry.entryType === 'navigation' || entry.name.includes('/poster'))
            .map((entry) => entry.transferSize)";
        let loaded = tab.eval(loaded).await;
        let sizes: Vec<f64> =
            loaded.as_array().unwrap().iter().map(|size| size.as_f64().unwrap()).collect();
        let (count, total) = (sizes.len(), sizes.iter().sum::<f64>());
        assert!(count > 6, "{path}: {sizes:?}");
        assert!(total < LIMIT_BYTES, "{path}: {count} responses have {total} bytes: {sizes:?}");
        tab.assert_no_errors();
        tab.close().await;
    }
    browser.close().await;
}
