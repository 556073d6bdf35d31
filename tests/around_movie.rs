//! What is around the page of a movie: similar movies, and what crawlers and programs that show links read.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use ginflix_api::movie::Movie;
use ginflix_tests::http::noise;
use ginflix_tests::server::Server;
use reqwest::Method;
use serde_json::{Value, json};

/// Adds a movie with these fields.
async fn add(server: &Server, fields: Value) -> Movie {
    let added = server.admin(Method::POST, "/api/v1/movies").json(&fields).send().await.unwrap();
    assert_eq!(added.status(), 201);
    added.json().await.unwrap()
}

async fn text(server: &Server, path: &str) -> String {
    server.admin(Method::GET, path).send().await.unwrap().text().await.unwrap()
}

/// Returns the titles of the cards of a page, in order.
fn titles(page: &str) -> Vec<&str> {
    let cards = page.split("<span class=\"card-title\" dir=\"auto\">").skip(1);
    cards.filter_map(|card| Some(card.split_once('<')?.0)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn similar_movies_come_by_people_and_genres() {
    let server = Server::start();
    server.put_media("film.mp4", noise(1000, 1)).await;
    let movie = |title: &str, cast: &[&str], genres: &[&str]| json!({ "title": title, "media": "film.mp4", "cast": cast, "genres": genres });
    let shown = add(&server, movie("The Field", &["Ada"], &["Drama", "War"])).await;
    add(&server, movie("One Genre", &[], &["War"])).await;
    add(&server, movie("Nothing", &["Bob"], &["Comedy"])).await;
    add(&server, movie("Both", &["Ada"], &["drama"])).await;
    add(&server, movie("One Person", &["Ada"], &[])).await;
    let page = text(&server, &format!("/movies/{}", shown.id)).await;
    assert_eq!(titles(&page), ["Both", "One Person", "One Genre"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_page_describes_itself() {
    let server = Server::start();
    server.put_media("film.mp4", noise(1000, 1)).await;
    let fields = json!({ "title": "A & B", "media": "film.mp4", "description": "Two\nletters." });
    let movie = add(&server, fields).await;
    let path = format!("/movies/{}", movie.id);
    let page = text(&server, &path).await;
    for meta in [
        "<meta property=\"og:title\" content=\"A &#38; B\">".to_owned(),
        "<meta name=\"description\" content=\"Two letters.\">".to_owned(),
        format!("<meta property=\"og:url\" content=\"{}\">", server.url(&path)),
    ] {
        assert!(page.contains(&meta), "{meta} in {page}");
    }
    let private = Server::start_with(&["--access", "private"]);
    private.put_media("film.mp4", noise(1000, 1)).await;
    let movie = add(&private, json!({ "title": "A & B", "media": "film.mp4" })).await;
    let page = text(&private, &format!("/movies/{}", movie.id)).await;
    assert!(!page.contains("og:"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn crawlers_are_told_what_they_may_request() {
    let robots = async |server: &Server| {
        let response = server.anonymous(Method::GET, "/robots.txt").send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
        response.text().await.unwrap()
    };
    let public = robots(&Server::start()).await;
    assert!(public.contains("Disallow: /stream/\n") && !public.contains("Disallow: /\n"));
    let private = robots(&Server::start_with(&["--access", "private"])).await;
    assert_eq!(private, "User-agent: *\nDisallow: /\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_site_can_be_installed() {
    let server = Server::start_with(&["--access", "private"]);
    let response = server.anonymous(Method::GET, "/manifest.webmanifest").send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/manifest+json");
    let manifest: Value = response.json().await.unwrap();
    assert_eq!(manifest["start_url"], "/");
    let icon = manifest["icons"][0]["src"].as_str().unwrap();
    let icon = server.anonymous(Method::GET, icon).send().await.unwrap();
    assert_eq!(icon.headers()["content-type"], "image/svg+xml");
}
