//! The catalogue over HTTP: adding, reading, searching, paging, changing and removing movies.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use ginflix_api::Page;
use ginflix_api::error::ErrorCode;
use ginflix_api::movie::Movie;
use ginflix_api::paths;
use ginflix_tests::http::{expect_error, header};
use ginflix_tests::server::Server;
use reqwest::Method;
use serde_json::json;

async fn with_media() -> Server {
    let server = Server::start();
    server.put_media("film.mp4", b"bytes of a film".to_vec()).await;
    server
}

async fn list(server: &Server, query: &str) -> Page<Movie> {
    let path = format!("{}?{query}", paths::MOVIES);
    let response = server.anonymous(Method::GET, &path).send().await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    // Lists have a Content-Length, so that they are not chunked.
    let length = header(&response, "content-length");
    let body = response.bytes().await.unwrap();
    assert_eq!(length, body.len().to_string());
    serde_json::from_slice(&body).unwrap()
}

fn titles(page: &Page<Movie>) -> Vec<&str> {
    page.items.iter().map(|movie| movie.title.as_str()).collect()
}

#[tokio::test]
async fn a_movie_is_returned_as_it_was_added() {
    let server = with_media().await;
    let body = json!({
        "title": "Der Himmel über Berlin", "media": "film.mp4", "description": "Angels <b>listen</b>.",
        "year": 1987, "genres": ["Drama", "Fantasy"], "directors": ["Wim Wenders"],
        "cast": ["Bruno Ganz", "Solveig Dommartin"],
    });
    let response = server.admin(Method::POST, paths::MOVIES).json(&body).send().await.unwrap();
    assert_eq!(response.status(), 201);
    let location = header(&response, "location");
    let added: Movie = response.json().await.unwrap();
    assert_eq!(location, paths::movie(added.id));

    let response = server.anonymous(Method::GET, &location).send().await.unwrap();
    let tag = header(&response, "etag");
    assert!(tag.starts_with(&format!("\"{}-", added.version)), "{tag}");
    let read: Movie = response.json().await.unwrap();
    assert_eq!(read, added);
    assert_eq!(read.title, "Der Himmel über Berlin");
    assert_eq!(read.description, "Angels <b>listen</b>.");
    assert_eq!(read.genres, ["Drama", "Fantasy"]);
    assert_eq!(read.stream_path, "/stream/film.mp4");
    assert_eq!(read.size_bytes, Some(15));
    assert_eq!(read.views, 0);
}

#[tokio::test]
async fn a_change_needs_the_version_that_was_read() {
    let server = with_media().await;
    let movie = server.add_movie("First", "film.mp4").await;
    let path = paths::movie(movie.id);
    let patch = |version: u64, title: &str| {
        let tag = format!("\"{version}\"");
        server.admin(Method::PATCH, &path).header("if-match", tag).json(&json!({ "title": title }))
    };
    let changed: Movie = patch(movie.version, "Second").send().await.unwrap().json().await.unwrap();
    assert_eq!((changed.title.as_str(), changed.version), ("Second", movie.version + 1));
    expect_error(patch(movie.version, "Lost"), 412, ErrorCode::PreconditionFailed).await;
    let read: Movie =
        server.anonymous(Method::GET, &path).send().await.unwrap().json().await.unwrap();
    assert_eq!(read.title, "Second");
}

#[tokio::test]
async fn null_removes_a_year_and_absence_keeps_it() {
    let server = with_media().await;
    let body = json!({ "title": "Film", "media": "film.mp4", "year": 1999 });
    let response = server.admin(Method::POST, paths::MOVIES).json(&body).send().await.unwrap();
    let movie: Movie = response.json().await.unwrap();
    let patch = async |body| -> Movie {
        let request = server.admin(Method::PATCH, &paths::movie(movie.id)).json(&body);
        request.send().await.unwrap().json().await.unwrap()
    };
    assert_eq!(patch(json!({ "description": "x" })).await.year, Some(1999));
    assert_eq!(patch(json!({ "year": null })).await.year, None);
}

#[tokio::test]
async fn search_matches_prefixes_of_words() {
    let server = with_media().await;
    for title in ["The Third Man", "Third Time Lucky", "Élan vital", "100% <Wolf>"] {
        server.add_movie(title, "film.mp4").await;
    }
    let found = async |q: &str| {
        let page = list(&server, &format!("q={q}")).await;
        let mut found: Vec<_> = titles(&page).into_iter().map(str::to_owned).collect();
        found.sort();
        found
    };
    assert_eq!(found("thi").await, ["The Third Man", "Third Time Lucky"]);
    assert_eq!(found("third%20ma").await, ["The Third Man"]);
    assert_eq!(found("elan").await, ["Élan vital"]);
    assert_eq!(found("wolf").await, ["100% <Wolf>"]);
    assert_eq!(found("nothing").await, Vec::<String>::new());
    // Misspelled words find the nearest title if no title matches exactly.
    assert_eq!(found("thrid%20man").await, ["The Third Man"]);
    assert_eq!(found("th").await, ["The Third Man", "Third Time Lucky"]);
    assert_eq!(found("tj").await, Vec::<String>::new());
    // Operators of the databases' query languages must not be errors.
    for operator in ["%22", "%27", "*", "%25", "a%22%20OR%20%22b", "(", "AND", "-", "%3B--"] {
        found(operator).await;
    }
}

#[tokio::test]
async fn the_pages_of_a_list_have_every_movie_once() {
    let server = with_media().await;
    let mut expected = Vec::new();
    for n in 0..25 {
        let title = format!("Film {n:02}");
        server.add_movie(&title, "film.mp4").await;
        expected.push(title);
    }
    for sort in ["title", "newest", "views", "week"] {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = list(&server, &format!("sort={sort}&limit=10{cursor}")).await;
            assert!(page.items.len() <= 10);
            all.extend(page.items.into_iter().map(|movie| movie.title));
            match page.next_cursor {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        if sort == "newest" {
            assert!(all.iter().eq(expected.iter().rev()), "{all:?}");
        }
        all.sort();
        assert_eq!(all, expected, "{sort}");
    }
}

#[tokio::test]
async fn a_removed_movie_is_gone_and_its_file_stays() {
    let server = with_media().await;
    let movie = server.add_movie("Film", "film.mp4").await;
    let media = server.admin(Method::DELETE, "/api/v1/media/film.mp4");
    expect_error(media, 409, ErrorCode::InUse).await;
    let path = paths::movie(movie.id);
    assert_eq!(server.admin(Method::DELETE, &path).send().await.unwrap().status(), 204);
    expect_error(server.anonymous(Method::GET, &path), 404, ErrorCode::NotFound).await;
    assert!(list(&server, "").await.items.is_empty());
    assert!(server.media("film.mp4").await.is_some());
    let media = server.admin(Method::DELETE, "/api/v1/media/film.mp4").send().await.unwrap();
    assert_eq!(media.status(), 204);
    expect_error(server.anonymous(Method::GET, "/stream/film.mp4"), 404, ErrorCode::NotFound).await;
}
