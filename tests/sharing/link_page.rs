//! The page of a signed link, for somebody without an account.

use std::time::Duration;

use ginflix_api::link::Link;
use ginflix_api::paths;
use ginflix_api::playback::Playback;
use ginflix_tests::http::header;
use ginflix_tests::media_files;
use ginflix_tests::server::Server;
use ginflix_tests::viewer::{JUDGEMENT_TIMEOUT, wait_until_judged};
use ginflix_tests::wait;
use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, Response};
use serde_json::{Value, json};

const BYTES: &[u8] = b"the bytes of a film";

async fn create_link(server: &Server, media: &str, lifetime: SignedDuration) -> Link {
    let body = json!({ "media": media, "expires_at": Timestamp::now() + lifetime, "for": "Zoë" });
    let response = server.admin(Method::POST, paths::LINKS).json(&body).send().await.unwrap();
    assert_eq!(response.status(), 201, "{}", response.text().await.unwrap());
    response.json().await.unwrap()
}

async fn get(server: &Server, path: &str) -> Response {
    server.anonymous(Method::GET, path).send().await.unwrap()
}

/// Returns the first URL of the file in a page.
fn stream_url(page: &str) -> String {
    let (_, rest) = page.split_once("data-file=\"").expect("a player");
    rest.split_once('"').unwrap().0.replace("&#38;", "&")
}

/// Asserts that neither other sites nor search engines learn the URL of the page.
#[track_caller]
fn assert_hidden(response: &Response) {
    assert_eq!(header(response, "referrer-policy"), "no-referrer");
    assert_eq!(header(response, "x-robots-tag"), "noindex");
    assert_eq!(header(response, "cache-control"), "private, no-cache");
    assert!(header(response, "content-security-policy").contains("frame-ancestors 'none'"));
}

#[tokio::test]
async fn the_page_plays_the_file_of_its_link_and_gives_nothing_else() {
    for access in ["private", "public"] {
        let server = Server::start_with(&["--access", access]);
        server.put_media("a film.mp4", BYTES.to_vec()).await;
        server.add_movie("Das <Boot>", "a film.mp4").await;
        let link = create_link(&server, "a film.mp4", SignedDuration::from_hours(1)).await;
        let request = server.anonymous(Method::GET, &link.page_path);
        let response = request.header("accept-encoding", "br").send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_hidden(&response);
        // A page with a secret is not compressed.
        assert!(!response.headers().contains_key("content-encoding"));
        let page = response.text().await.unwrap();
        assert!(page.contains("Das &#60;Boot&#62;</h1>"), "{page}");
        for other in ["action=\"/search\"", "href=\"/login", "/poster", "/admin", "/account"] {
            assert!(!page.contains(other), "{other} in {page}");
        }
        assert_eq!(stream_url(&page), link.path);
        let played = get(&server, &stream_url(&page)).await;
        assert_eq!(played.bytes().await.unwrap(), BYTES);
    }
}

#[tokio::test]
async fn a_file_without_a_movie_has_its_name_and_a_removed_one_an_explanation() {
    let server = Server::start_with(&["--access", "private"]);
    server.put_media("film.mp4", BYTES.to_vec()).await;
    let link = create_link(&server, "film.mp4", SignedDuration::from_hours(1)).await;
    let page = get(&server, &link.page_path).await.text().await.unwrap();
    assert!(page.contains("dir=\"auto\">film.mp4</h1>"), "{page}");
    let file = paths::media(&"film.mp4".parse().unwrap());
    let removed = server.admin(Method::DELETE, &file).send().await.unwrap();
    assert_eq!(removed.status(), 204);
    let response = get(&server, &link.page_path).await;
    assert_eq!(response.status(), 404);
    assert_hidden(&response);
    assert!(response.text().await.unwrap().contains("This film is no longer here"));
}

#[tokio::test]
async fn the_day_of_the_end_is_in_the_language_of_the_viewer() {
    let server = Server::start_with(&["--access", "private"]);
    server.put_media("film.mp4", BYTES.to_vec()).await;
    let link = create_link(&server, "film.mp4", SignedDuration::from_hours(24)).await;
    let day = link.expires_at.strftime("%-d").to_string();
    let in_french = if day == "1" { "1er".to_owned() } else { day.clone() };
    for (language, until, start) in [
        ("en", "This link works until", format!("{day} ")),
        ("de", "Dieser Link gilt bis", format!("{day}. ")),
        ("fr", "Ce lien est valable jusqu’au", format!("{in_french} ")),
    ] {
        let request = server.anonymous(Method::GET, &link.page_path);
        let response = request.header("accept-language", language).send().await.unwrap();
        assert_eq!(header(&response, "content-language"), language);
        let page = response.text().await.unwrap();
        let (_, rest) = page.split_once(until).expect("the end of the link");
        let time = rest.split_once("</time>").unwrap().0;
        let expected = format!("<time datetime=\"{}\">{start}", link.expires_at);
        assert!(time.trim_start().starts_with(&expected), "{time}");
        assert!(time.ends_with(&link.expires_at.strftime(" %Y").to_string()), "{time}");
    }
}

#[tokio::test]
async fn a_link_that_opens_nothing_says_what_to_do() {
    let server = Server::start_with(&["--access", "private"]);
    server.put_media("film.mp4", BYTES.to_vec()).await;
    server.put_media("other.mp4", BYTES.to_vec()).await;
    let link = create_link(&server, "film.mp4", SignedDuration::from_secs(2)).await;
    let query = link.page_path.split_once('?').unwrap().1;
    let signature = query.rsplit_once('=').unwrap().1;
    let altered = |from: &str, to: &str| link.page_path.replacen(from, to, 1);
    let wrong = [
        "/watch/film.mp4".to_owned(),
        "/watch/film.mp4?signature=".to_owned(),
        altered("film.mp4", "other.mp4"),
        altered("film.mp4", "unknown.mp4"),
        altered("expires=", "expires=9"),
        altered("for=", "for=x"),
        altered(signature, &signature.chars().rev().collect::<String>()),
    ];
    for path in wrong {
        let response = get(&server, &path).await;
        assert_eq!(response.status(), 403, "{path}");
        assert_hidden(&response);
        let page = response.text().await.unwrap();
        assert!(page.contains("This link does not work"), "{page}");
        assert!(page.contains("ask the person who sent the link for a new one"), "{page}");
        assert!(!page.contains("id=\"player\""), "{page}");
    }
    let expired = async || {
        let response = get(&server, &link.page_path).await;
        (response.status() == 410).then_some(response)
    };
    let expired = wait::until_async(Duration::from_secs(30), "the end of a link", expired).await;
    assert_hidden(&expired);
    let page = expired.text().await.unwrap();
    assert!(page.contains("This link has expired"), "{page}");
    assert!(page.contains("ask the person who sent the link for a new one"), "{page}");
    assert!(!server.log().contains(signature), "the log has a signature");
}

/// Sends a JSON document to a path below that of a link's page, with this query.
async fn post(server: &Server, path: &str, query: &str, body: &Value) -> Response {
    let request = server.anonymous(Method::POST, &format!("{path}?{query}"));
    request.json(body).send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_holder_of_a_link_watches_counts() {
    let server = Server::start_with(&["--access", "private"]);
    let content = std::fs::read(media_files::three_seconds()).unwrap();
    server.put_media("film.mp4", content).await;
    let movie = server.add_movie("The Long Field", "film.mp4").await;
    let link = create_link(&server, "film.mp4", SignedDuration::from_hours(1)).await;
    let (page, query) = link.page_path.split_once('?').unwrap();
    let playbacks = format!("{page}/playbacks");
    let started = post(&server, &playbacks, query, &Value::Null).await;
    assert_eq!(started.status(), 201);
    let playback: Playback = started.json().await.unwrap();
    assert_eq!(playback.movie_id, movie.id);
    assert_eq!(get(&server, &link.path).await.bytes().await.unwrap().len() as u64, {
        std::fs::metadata(media_files::three_seconds()).unwrap().len()
    });
    let end = playback.needed_seconds + 0.25;
    let report = json!({ "position_seconds": end, "played": [{ "start": 0.0, "end": end }] });
    let path = format!("{playbacks}/{}", playback.id);
    wait::until_async(JUDGEMENT_TIMEOUT, "the view", async || {
        let reported = post(&server, &path, query, &report).await;
        assert_eq!(reported.status(), 200);
        reported.json::<Playback>().await.unwrap().counted.then_some(())
    })
    .await;
    assert_eq!(wait_until_judged(&server, movie.id).await.counted, 1);
}

#[tokio::test]
async fn playbacks_of_other_links_are_refused() {
    let server = Server::start_with(&["--access", "private"]);
    server.put_media("film.mp4", BYTES.to_vec()).await;
    server.put_media("other.mp4", BYTES.to_vec()).await;
    server.add_movie("The Long Field", "film.mp4").await;
    let link = create_link(&server, "film.mp4", SignedDuration::from_hours(1)).await;
    let (page, query) = link.page_path.split_once('?').unwrap();
    let other = create_link(&server, "other.mp4", SignedDuration::from_hours(1)).await;
    let (other_page, other_query) = other.page_path.split_once('?').unwrap();
    let altered = query.replacen("account=", "account=x", 1);
    for (page, query, status) in [
        (page, "", 401),
        (page, altered.as_str(), 403),
        (page, other_query, 403),
        // No movie has this file.
        (other_page, other_query, 404),
    ] {
        let refused = post(&server, &format!("{page}/playbacks"), query, &Value::Null).await;
        assert_eq!(refused.status(), status, "{page}?{query}");
    }
}
