//! The next movie of a collection.

use ginflix_api::collection::Collection;
use ginflix_api::movie::Movie;
use ginflix_tests::browser::Browser;
use ginflix_tests::media_files;
use ginflix_tests::server::Server;
use reqwest::Method;
use serde_json::json;

use super::{PLAYBACK_TIMEOUT, add_movie, open_movie};

/// Starts a server with a collection of three short movies.
async fn start_with_collection() -> (Server, Vec<Movie>) {
    let server = Server::start();
    let mut movies = Vec::new();
    for number in 1..=3 {
        let name = format!("part{number}.mp4");
        movies.push(add_movie(&server, &media_files::three_seconds(), &name).await);
    }
    let body = json!({ "title": "The Field" });
    let added = server.admin(Method::POST, "/api/v1/collections").json(&body).send().await.unwrap();
    let collection: Collection = added.json().await.unwrap();
    let ids: Vec<_> = movies.iter().map(|movie| movie.id).collect();
    let path = format!("/api/v1/collections/{}/movies", collection.id);
    let put = server.admin(Method::PUT, &path).json(&json!({ "movies": ids }));
    assert!(put.send().await.unwrap().status().is_success());
    (server, movies)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_plays_from_one_movie_to_the_next() {
    let (server, movies) = start_with_collection().await;
    let browser = Browser::launch().await;
    let tab = open_movie(&browser, &server, &movies[0]).await;
    tab.wait_for("player.readyState >= 2").await;
    tab.press("k").await;
    let offered = "!document.getElementById('up-next').hidden \
        && document.getElementById('up-next-count').textContent.startsWith('Starts in')";
    tab.wait_for_within(offered, PLAYBACK_TIMEOUT).await;
    assert_eq!(tab.eval("document.activeElement.id").await, json!("up-next-go"));
    let second = format!("location.pathname.endsWith('{}') && player.played.length", movies[1].id);
    tab.wait_for_within(&second, PLAYBACK_TIMEOUT).await;
    // The viewer stops the countdown of the second one.
    tab.wait_for_within("!document.getElementById('up-next').hidden", PLAYBACK_TIMEOUT).await;
    tab.press("Escape").await;
    tab.wait_for("document.getElementById('up-next').hidden").await;
    tab.press("n").await;
    let third = format!("location.pathname.endsWith('{}') && player.readyState", movies[2].id);
    tab.wait_for(&third).await;
    assert_eq!(tab.eval("document.getElementById('up-next')").await, json!(null));
    tab.press("p").await;
    tab.wait_for(&format!("location.pathname.endsWith('{}')", movies[1].id)).await;
    tab.assert_no_errors();
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_countdown_can_be_switched_off() {
    let (server, movies) = start_with_collection().await;
    let browser = Browser::launch().await;
    let tab = open_movie(&browser, &server, &movies[0]).await;
    tab.wait_for("player.readyState >= 2").await;
    tab.click("#show-settings").await;
    tab.click("#up-next-on").await;
    tab.press("Escape").await;
    tab.press("k").await;
    tab.press("End").await;
    tab.wait_for("!document.getElementById('up-next').hidden").await;
    assert_eq!(tab.eval("document.getElementById('up-next-count').textContent").await, json!(""));
    tab.click("#up-next-go").await;
    tab.wait_for(&format!("location.pathname.endsWith('{}')", movies[1].id)).await;
    tab.wait_for("!document.getElementById('up-next-on').checked").await;
    tab.assert_no_errors();
    browser.close().await;
}
