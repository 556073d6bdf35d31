//! Markup in every text that people enter is text on every page.

use ginflix_api::collection::Collection;
use ginflix_api::movie::Movie;
use ginflix_api::paths;
use ginflix_tests::browser::Browser;
use ginflix_tests::media_files;
use ginflix_tests::server::Server;
use reqwest::Method;
use serde_json::json;

use super::log_in;

/// Each part would set `attacked` or load a file, if it were markup.
const MARKUP: &str =
    "\"'><script>attacked=1</script><img src=/x onerror=attacked=1></title>{{7*7}}";
/// The same as cues of subtitles.
const CUES: &str = "1\n00:00:00,000 --> 00:00:30,000\n<img src=/x onerror=attacked=1><script>attacked=1</script><b>Hello</b>\n";

/// Adds a movie, subtitles and a collection with markup in every field.
async fn fill(server: &Server) -> (Movie, Collection) {
    let content = std::fs::read(media_files::faststart()).unwrap();
    server.put_media("film.mp4", content).await;
    let request = server.admin(Method::POST, &paths::subtitles(&"film.mp4".parse().unwrap()));
    let query = [("file_name", "film.en.srt"), ("title", MARKUP), ("default", "true")];
    let added = request.query(&query).body(CUES).send().await.unwrap();
    assert_eq!(added.status(), 201);
    let details = json!({ "title": MARKUP, "media": "film.mp4", "description": MARKUP, "genres": ["<script>attacked=1</script>"], "directors": [MARKUP], "cast": [MARKUP],
        "episode": { "series": MARKUP, "season": 1, "number": 1 } });
    let added = server.admin(Method::POST, paths::MOVIES).json(&details).send().await.unwrap();
    assert_eq!(added.status(), 201);
    let movie: Movie = added.json().await.unwrap();
    let details = json!({ "title": MARKUP, "description": MARKUP });
    let added = server.admin(Method::POST, "/api/v1/collections").json(&details).send().await;
    let collection: Collection = added.unwrap().json().await.unwrap();
    let path = format!("/api/v1/collections/{}/movies", collection.id);
    let put = server.admin(Method::PUT, &path).json(&json!({ "movies": [movie.id] })).send().await;
    assert!(put.unwrap().status().is_success());
    (movie, collection)
}

#[tokio::test(flavor = "multi_thread")]
async fn markup_in_every_text_is_shown_as_text() {
    let server = Server::start();
    let (movie, collection) = fill(&server).await;
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url("/login?next=javascript:attacked=1//")).await;
    log_in(&tab).await;
    let pages = [
        ("/".to_owned(), true),
        ("/movies".to_owned(), true),
        ("/collections".to_owned(), true),
        (format!("/collections/{}", collection.id), true),
        (format!("/movies/{}", movie.id), true),
        ("/search?q=%3Cscript%3Eattacked%3D1%3C%2Fscript%3E".to_owned(), false),
        ("/admin".to_owned(), true),
        (format!("/admin/movies/{}", movie.id), false),
    ];
    for (path, shows_title) in pages {
        tab.goto(&server.url(&path)).await;
        tab.wait_for("document.readyState === 'complete'").await;
        if shows_title {
            let shown = format!("document.body.innerText.includes({MARKUP:?})");
            assert_eq!(tab.eval(&shown).await, json!(true), "{path}");
        }
        assert_eq!(tab.eval("typeof attacked").await, json!("undefined"), "{path}");
    }
    // Results while typing, and what the player shows.
    tab.goto(&server.url(&format!("/movies/{}", movie.id))).await;
    tab.wait_for("player.readyState >= 2 && !document.getElementById('show-subtitles').hidden")
        .await;
    tab.eval("void player.play()").await;
    tab.wait_for("document.getElementById('captions').textContent.includes('Hello')").await;
    assert_eq!(tab.eval("captions.querySelectorAll('img, script').length").await, json!(0));
    tab.click("#show-subtitles").await;
    let listed = format!("document.getElementById('subtitles').textContent.includes({MARKUP:?})");
    tab.wait_for(&listed).await;
    tab.type_into("#q", "script").await;
    tab.wait_for("document.querySelector('[role=option]')?.textContent.includes('<script>')").await;
    assert_eq!(tab.eval("typeof attacked").await, json!("undefined"));
    tab.assert_no_errors();
    browser.close().await;
}
