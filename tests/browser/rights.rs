//! What somebody sees who may watch but not change anything, and who has no scripts.

use ginflix_tests::browser::Browser;
use reqwest::Method;
use serde_json::json;

use super::{PLAYBACK_TIMEOUT, start_with_movie};

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_sees_no_tools_of_administrators() {
    let (server, movie) = start_with_movie().await;
    let user = json!({ "name": "ann", "role": "viewer", "password": "correct horse" });
    let added = server.admin(Method::POST, "/api/v1/users").json(&user).send().await.unwrap();
    assert_eq!(added.status(), 201);
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url("/login?next=/admin")).await;
    tab.type_into("#login-form #name", "ann").await;
    tab.type_into("#login-form #password", "correct horse").await;
    tab.click("#login-form [type=submit]").await;
    // The page says why, and leads on; it shows nothing of what it would have had.
    tab.wait_for("!document.querySelector('#login-form') && document.readyState === 'complete'")
        .await;
    tab.wait_for(
        "document.querySelector('main h1').textContent === 'Your account may not do this'",
    )
    .await;
    assert_eq!(
        tab.eval("document.querySelectorAll('main form, main table').length").await,
        json!(0)
    );
    for path in ["/", &format!("/movies/{}", movie.id), "/account", "/list", "/history"] {
        tab.goto(&server.url(path)).await;
        tab.wait_for("document.readyState === 'complete'").await;
        let links = "document.querySelectorAll('a[href^=\"/admin\"]').length";
        assert_eq!(tab.eval(links).await, json!(0), "{path}");
    }
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_movie_plays_without_scripts_by_the_controls_of_the_browser() {
    let (server, movie) = start_with_movie().await;
    let browser = Browser::launch().await;
    let tab = browser.open("about:blank").await;
    tab.disable_scripts().await;
    tab.goto(&server.url(&format!("/movies/{}", movie.id))).await;
    tab.wait_for("player.readyState >= 2 && player.controls").await;
    assert_eq!(tab.eval("document.getElementById('controls').hidden").await, json!(true));
    // What the button of the browser does.
    tab.eval("void player.play()").await;
    tab.wait_for_within("player.currentTime > 1", PLAYBACK_TIMEOUT).await;
    tab.assert_no_errors();
    browser.close().await;
}
