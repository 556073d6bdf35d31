//! Positions, lists and the account page: for accounts on all browsers, for visitors in one.

use ginflix_api::movie::Movie;
use ginflix_tests::browser::{Browser, Tab};
use ginflix_tests::media_files;
use ginflix_tests::server::Server;
use reqwest::Method;
use serde_json::json;

use super::{PLAYBACK_TIMEOUT, open_movie, start_with_movie};

const PASSWORD: &str = "correct horse";
/// A position in the middle of the movie, to which tests seek.
const MIDDLE: f64 = media_files::DURATION_SECONDS as f64 / 2.0;

async fn start_with_accounts(names: &[&str]) -> (Server, Movie) {
    let (server, movie) = start_with_movie().await;
    for name in names {
        let user = json!({ "name": name, "role": "viewer", "password": PASSWORD });
        let added = server.admin(Method::POST, "/api/v1/users").json(&user).send().await.unwrap();
        assert_eq!(added.status(), 201);
    }
    (server, movie)
}

/// Logs in with a password, and waits for the page after it.
async fn log_in(tab: &Tab, server: &Server, name: &str, password: &str) {
    tab.goto(&server.url("/login")).await;
    tab.type_into("#login-form #name", name).await;
    tab.type_into("#login-form #password", password).await;
    tab.click("#login-form [type=submit]").await;
    tab.wait_for("document.querySelector('[data-log-out]') && document.readyState == 'complete'")
        .await;
}

async fn log_out(tab: &Tab) {
    tab.click("[data-log-out]").await;
    tab.wait_for(
        "document.querySelector('.menu a[href^=\"/login\"]') && document.readyState == 'complete'",
    )
    .await;
}

/// Plays a movie a little from its middle on, and pauses.
async fn play_middle(tab: &Tab) {
    tab.wait_for("player.readyState >= 1").await;
    tab.eval(&format!("player.currentTime = {MIDDLE}; player.play()")).await;
    tab.wait_for_within(&format!("player.currentTime > {MIDDLE} + 0.5"), PLAYBACK_TIMEOUT).await;
    tab.eval("player.pause()").await;
}

/// An expression that asks the server for what the account has to do with the movie.
fn state_of(movie: &Movie, condition: &str) -> String {
    format!(
        "fetch('/api/v1/account/movies/{}').then((r) => r.json()).then((state) => {condition})",
        movie.id
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_movie_goes_on_in_another_browser_of_the_account_only() {
    let (server, movie) = start_with_accounts(&["ann", "bob"]).await;
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url("/")).await;
    log_in(&tab, &server, "ann", PASSWORD).await;
    tab.goto(&server.url(&format!("/movies/{}", movie.id))).await;
    play_middle(&tab).await;
    tab.wait_for(&state_of(&movie, &format!("state.position_seconds >= {MIDDLE}"))).await;
    tab.assert_no_errors();
    browser.close().await;

    let browser = Browser::launch().await;
    let tab = browser.open(&server.url("/")).await;
    log_in(&tab, &server, "ann", PASSWORD).await;
    tab.wait_for("document.querySelector('#continue:not([hidden]) .card progress')").await;
    tab.click("#continue .card").await;
    tab.wait_for("player.readyState >= 1").await;
    let saved =
        "import('/assets/x/position.js').then((p) => p.savedPosition(player.dataset.movieId).at)";
    let at = tab.eval(saved).await.as_f64().unwrap();
    assert!((MIDDLE..MIDDLE + 10.0).contains(&at), "{at}");
    log_out(&tab).await;
    // Nothing of it stays for the next user.
    assert_eq!(
        tab.eval("Object.keys(localStorage).filter((key) => key.includes('position')).length")
            .await,
        json!(0)
    );
    log_in(&tab, &server, "bob", PASSWORD).await;
    assert_eq!(tab.eval("document.querySelectorAll('progress').length").await, json!(0));
    tab.goto(&server.url("/history")).await;
    tab.wait_for("document.body.textContent.includes('Nothing watched yet')").await;
    tab.assert_no_errors();
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_of_visitors_stay_in_the_browser_until_a_log_out() {
    let (server, movie) = start_with_accounts(&["ann"]).await;
    let browser = Browser::launch().await;
    let tab = open_movie(&browser, &server, &movie).await;
    play_middle(&tab).await;
    let key = format!("localStorage.getItem('ginflix:position:{}')", movie.id);
    tab.wait_for(&format!("{key} !== null")).await;
    tab.goto(&server.url("/")).await;
    let in_row = "document.querySelector('#continue:not([hidden]) .card progress')";
    tab.wait_for(in_row).await;
    tab.wait_for("document.querySelector('#continue .card-facts').textContent.endsWith(' left')")
        .await;
    // An account neither sees nor gets the positions of visitors.
    log_in(&tab, &server, "ann", PASSWORD).await;
    tab.goto(&server.url("/")).await;
    tab.wait_for("document.readyState == 'complete'").await;
    assert_eq!(tab.eval("document.querySelectorAll('progress').length").await, json!(0));
    assert!(tab.eval(&state_of(&movie, "state.position_seconds === 0")).await == json!(true));
    log_out(&tab).await;
    assert_eq!(tab.eval(&key).await, json!(null));
    assert_eq!(tab.eval("document.querySelector('#continue').hidden").await, json!(true));
    tab.assert_no_errors();
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_removes_a_movie_from_the_row() {
    let (server, movie) = start_with_movie().await;
    let browser = Browser::launch().await;
    let tab = open_movie(&browser, &server, &movie).await;
    play_middle(&tab).await;
    let key = format!("localStorage.getItem('ginflix:position:{}')", movie.id);
    tab.wait_for(&format!("{key} !== null")).await;
    tab.goto(&server.url("/")).await;
    tab.wait_for("document.querySelector('#continue:not([hidden]) .remove')").await;
    tab.click("#continue .remove").await;
    tab.wait_for("document.querySelector('#continue').hidden").await;
    assert_eq!(tab.eval(&key).await, json!(null));
    tab.assert_no_errors();
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn buttons_change_the_list_and_the_mark() {
    let (server, movie) = start_with_accounts(&["ann"]).await;
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url("/")).await;
    log_in(&tab, &server, "ann", PASSWORD).await;
    tab.goto(&server.url(&format!("/movies/{}", movie.id))).await;
    tab.wait_for("document.readyState == 'complete'").await;
    tab.click("#toggle-listed").await;
    tab.wait_for("document.querySelector('#toggle-listed').textContent === 'On my list'").await;
    tab.click("#toggle-watched").await;
    tab.wait_for("document.querySelector('#toggle-watched').textContent === 'Watched'").await;
    tab.goto(&server.url("/list")).await;
    tab.wait_for(
        "document.querySelector('#own-movies .watched-mark') && document.readyState == 'complete'",
    )
    .await;
    tab.click("#own-movies .remove").await;
    tab.wait_for("!document.querySelector('#own-empty').hidden").await;
    assert_eq!(
        tab.eval(&state_of(&movie, "[state.listed, state.watched]")).await,
        json!([false, true])
    );
    tab.goto(&server.url("/account")).await;
    tab.wait_for("document.readyState == 'complete'").await;
    tab.click("#clear-history").await;
    tab.wait_for("document.querySelector('#confirm').open").await;
    tab.click("#confirm-yes").await;
    tab.wait_for(&state_of(&movie, "!state.watched")).await;
    tab.assert_no_errors();
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_changes_the_password_and_ends_the_session_in_another_browser() {
    let (server, _) = start_with_accounts(&["ann"]).await;
    let (here, there) = (Browser::launch().await, Browser::launch().await);
    let (tab, other) = (here.open(&server.url("/")).await, there.open(&server.url("/")).await);
    log_in(&other, &server, "ann", PASSWORD).await;
    log_in(&tab, &server, "ann", PASSWORD).await;
    tab.click(".menu-account").await;
    tab.wait_for("document.querySelectorAll('[data-session]').length === 2 && document.readyState == 'complete'").await;
    tab.click("[data-end-session]").await;
    tab.wait_for("document.querySelectorAll('[data-session]').length === 1").await;
    other.goto(&server.url("/account")).await;
    other.wait_for("document.querySelector('#login-form')").await;

    log_in(&other, &server, "ann", PASSWORD).await;
    tab.type_into("#current-password", PASSWORD).await;
    tab.type_into("#new-password", "battery staple").await;
    tab.click("#password-form [type=submit]").await;
    tab.wait_for("document.querySelector('#toast').textContent.includes('password was changed')")
        .await;
    other.goto(&server.url("/account")).await;
    other.wait_for("document.querySelector('#login-form')").await;
    log_in(&other, &server, "ann", "battery staple").await;
    tab.assert_no_errors();
    other.assert_no_errors();
    here.close().await;
    there.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_accounts_fit_every_screen() {
    let name = "a-name-that-is-as-long-as-names-of-accounts-may-be-on-this-site_";
    let (server, movie) = start_with_accounts(&[name]).await;
    // The menu of an administrator is the longest one.
    let admin = server.admin(Method::PATCH, &format!("/api/v1/users/{name}"));
    assert_eq!(admin.json(&json!({ "role": "admin" })).send().await.unwrap().status(), 200);
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url("/")).await;
    log_in(&tab, &server, name, PASSWORD).await;
    tab.eval(&format!("fetch('/api/v1/account/list/{}', {{ method: 'PUT' }})", movie.id)).await;
    let put = "{ method: 'PUT', body: '{\"position_seconds\": 30, \"duration_seconds\": 60}' }";
    tab.eval(&format!("fetch('/api/v1/account/watching/{}', {put})", movie.id)).await;
    for width in [360, 768, 1920] {
        tab.emulate_screen(width, "light").await;
        for path in ["/", "/account", "/history", "/list", &format!("/movies/{}", movie.id)] {
            tab.goto(&server.url(path)).await;
            tab.wait_for("document.readyState === 'complete'").await;
            let overflow = "document.documentElement.scrollWidth - innerWidth";
            let overflow = tab.eval(overflow).await.as_i64().unwrap();
            assert!(overflow <= 0, "{path} at {width}: {overflow} px too wide");
        }
    }
    tab.assert_no_errors();
    browser.close().await;
}
