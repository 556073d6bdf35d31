//! What viewers give to others.

use std::io::{Read, Write};
use std::net::TcpListener;

use ginflix_api::link::Link;
use ginflix_api::paths;
use ginflix_tests::browser::{Browser, PAGE_TIMEOUT};
use ginflix_tests::media_files;
use ginflix_tests::server::Server;
use ginflix_tests::wait;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::json;

use super::{PLAYBACK_TIMEOUT, add_movie, open_movie, start_with};

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_link_plays_without_a_log_in() {
    let server = Server::start_with(&["--access", "private"]);
    add_movie(&server, &media_files::chapters_and_languages(), "film.mkv").await;
    let expires_at = Timestamp::now() + SignedDuration::from_hours(1);
    let link = json!({ "media": "film.mkv", "expires_at": expires_at });
    let link = server.admin(Method::POST, paths::LINKS).json(&link).send().await.unwrap();
    let link: Link = link.json().await.unwrap();
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url(&link.page_path)).await;
    tab.wait_for("document.querySelector('h1').textContent === 'The Long Field'").await;
    tab.wait_for("player.readyState >= 2").await;
    tab.click("#big-play").await;
    tab.wait_for_within("player.currentTime > 0.5", PLAYBACK_TIMEOUT).await;
    let reports = "performance.getEntriesByType('resource') \
        .some(({ name }) => name.includes('/watch/film.mkv/playbacks?'))";
    tab.wait_for(reports).await;
    // The other audio track comes by HLS, whose playlists and segments need the link too.
    tab.press("a").await;
    let by_hls = "player.currentSrc.startsWith('blob:') && player.readyState >= 2";
    tab.wait_for_within(by_hls, PLAYBACK_TIMEOUT).await;
    tab.assert_no_errors();
    // The position is kept for the next time.
    tab.eval("player.currentTime = 9; player.pause()").await;
    let saved = "Object.keys(localStorage).some((key) => key.startsWith('ginflix:position:'))";
    tab.wait_for(saved).await;
    tab.goto(&server.url(&link.page_path)).await;
    tab.wait_for("!document.getElementById('resume').hidden").await;
    tab.assert_no_errors();
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_of_a_movie_is_shared_with_a_start_time() {
    let (server, movie) = start_with(&media_files::chapters_and_languages(), "film.mkv").await;
    let browser = Browser::launch().await;
    let tab = open_movie(&browser, &server, &movie).await;
    tab.wait_for("player.readyState >= 2").await;
    tab.eval("navigator.clipboard.writeText = async (text) => { window.copied = text }; null")
        .await;
    let page = server.url(&paths::movie_page(movie.id));
    let address = "document.getElementById('share-address').value";

    // At the start, there is no choice.
    tab.click("#show-share").await;
    tab.wait_for("document.getElementById('share').open").await;
    assert_eq!(tab.eval(address).await, json!(page));
    assert_eq!(tab.eval("document.getElementById('share-start').disabled").await, json!(true));
    assert_eq!(tab.eval("document.activeElement.id").await, json!("share-copy"));
    tab.press("Escape").await;
    tab.wait_for("!document.getElementById('share').open").await;
    assert_eq!(tab.eval("document.activeElement.id").await, json!("show-share"));

    tab.eval("player.currentTime = 9.7").await;
    tab.wait_for("!player.seeking").await;
    tab.press("Enter").await;
    let label = "document.getElementById('share-start-label').textContent === 'Start at 0:09'";
    tab.wait_for(label).await;
    assert_eq!(tab.eval(address).await, json!(page));
    tab.click("#share-start").await;
    tab.wait_for(&format!("{address} === '{page}?t=9'")).await;
    tab.click("#share-copy").await;
    let status = "document.getElementById('share-status').textContent";
    tab.wait_for(&format!("{status} === 'Copied.' && copied === '{page}?t=9'")).await;
    // Keys of the player do nothing here.
    tab.press("k").await;
    assert_eq!(tab.eval("player.paused").await, json!(true));

    // Without a clipboard, the text is selected.
    tab.eval("navigator.clipboard.writeText = async () => { throw new Error() }; null").await;
    tab.click("#share-copy").await;
    tab.wait_for(&format!("{status}.startsWith('The address is selected')")).await;
    let selected = "(({ id, value, selectionStart: start, selectionEnd: end }) => \
        id === 'share-address' && value.slice(start, end))(document.activeElement)";
    assert_eq!(tab.eval(selected).await, json!(format!("{page}?t=9")));
    let may_copy = tab.eval("document.featurePolicy.allowsFeature('clipboard-write')").await;
    assert_eq!(may_copy, json!(true));
    tab.goto(&format!("{page}?t=9")).await;
    tab.wait_for("player.currentTime >= 9").await;
    tab.assert_no_errors();
    browser.close().await;
}

/// Answers every request with this page, until the test ends.
fn serve_page(listener: TcpListener, page: String) {
    std::thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let mut request = [0; 4096];
            let length = page.len();
            let _ = client.read(&mut request);
            let _ = write!(
                client,
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{page}"
            );
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_website_embeds_the_player_and_another_one_does_not() {
    let named = TcpListener::bind("127.0.0.1:0").unwrap();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = |listener: &TcpListener| format!("http://{}", listener.local_addr().unwrap());
    let (named_origin, other_origin) = (origin(&named), origin(&other));
    let server = Server::start_with(&["--embed-origins", &named_origin]);
    let movie = add_movie(&server, &media_files::chapters_and_languages(), "film.mkv").await;
    let url = server.url(&format!("/embed/movies/{}?t=5", movie.id));
    let page = format!(
        "<!doctype html><title>Host</title><link rel=icon href=data:,>\
         <iframe src=\"{url}\" width=640 height=360 allow=\"autoplay; fullscreen\"></iframe>"
    );
    serve_page(named, page.clone());
    serve_page(other, page);
    let browser = Browser::launch().await;
    let tab = browser.open(&named_origin).await;
    let starts = "player.readyState >= 2 && player.currentTime >= 5";
    tab.wait_in_frame("/embed/", starts, PAGE_TIMEOUT).await;
    let fits = "(({ scrollWidth, scrollHeight }) => \
        scrollWidth <= innerWidth && scrollHeight <= innerHeight)(document.documentElement)";
    tab.wait_in_frame("/embed/", fits, PAGE_TIMEOUT).await;
    // The big button is in the middle.
    tab.click("iframe").await;
    tab.wait_in_frame("/embed/", "player.currentTime > 5.5", PLAYBACK_TIMEOUT).await;
    tab.assert_no_errors();
    tab.goto(&other_origin).await;
    let refusal = "Framing";
    let is_refused =
        async || tab.errors().iter().any(|error| error.contains(refusal)).then_some(());
    wait::until_async(PAGE_TIMEOUT, "the refusal of the frame", is_refused).await;
    browser.close().await;
}
