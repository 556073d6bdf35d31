//! What the player does while the server cannot be reached.

use std::time::Duration;

use ginflix_tests::browser::{Browser, Tab};
use ginflix_tests::proxy::{Proxy, ProxyMode};

use super::player::{READY, assert_keys};
use super::{PLAYBACK_TIMEOUT, start_with_movie};

const EXPLAINED: &str = "!document.getElementById('player-error').hidden \
    && document.fullscreenElement.contains(document.getElementById('player-error')) \
    && document.querySelector('.problem-title').textContent \
        === 'The connection to the server was lost'";

/// Waits until this much time has passed since the server was stopped, while the explanation stays.
async fn wait_while_explained(tab: &Tab, outage: Duration) {
    let begun = std::time::Instant::now();
    let mut was_explained = true;
    let passed = async || {
        was_explained &= tab.eval(EXPLAINED).await == true;
        (begun.elapsed() >= outage).then_some(())
    };
    let timeout = outage + Duration::from_secs(30);
    ginflix_tests::wait::until_async(timeout, "the end of the outage", passed).await;
    assert!(was_explained, "the explanation disappeared");
}

/// Stops the server during full screen, starts it again on another port after `outage`, and expects that playing goes on.
async fn assert_survives(outage: Duration) {
    let (mut server, movie) = start_with_movie().await;
    let proxy = Proxy::start(server.address(), ProxyMode::Forward);
    let browser = Browser::launch().await;
    let tab = browser.open(&proxy.url(&format!("/movies/{}", movie.id))).await;
    tab.wait_for(READY).await;
    assert_keys(&tab, &[("f", "document.fullscreenElement?.id === 'screen'")]).await;
    server.stop();
    // All of the short movie may be loaded, but not from another address.
    let leave = "player.dataset.file += '?fresh'; player.src = player.dataset.file; \
        void player.play().catch(() => {})";
    tab.eval(leave).await;
    tab.wait_for_within(EXPLAINED, PLAYBACK_TIMEOUT).await;
    wait_while_explained(&tab, outage).await;
    server.start_again();
    proxy.set_upstream(server.address());
    let goes_on = "document.getElementById('player-error').hidden \
        && player.currentTime > 1 && !player.paused";
    tab.wait_for_within(goes_on, PLAYBACK_TIMEOUT).await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_is_explained_in_full_screen_and_playing_goes_on() {
    assert_survives(Duration::ZERO).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes; make test-web runs it"]
async fn playing_goes_on_after_the_server_was_gone_for_three_minutes() {
    assert_survives(Duration::from_mins(3)).await;
}
