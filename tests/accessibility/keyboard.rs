//! Everything can be done by the keyboard alone, and the element that has the focus is seen.

use std::time::Duration;

use ginflix_tests::browser::{Browser, Tab};
use ginflix_tests::server::PASSWORD;
use serde_json::{Value, json};

use super::pages::Site;

/// More elements than a page of the test has.
const MAX_TAB_STOPS: usize = 150;
const PLAYBACK_TIMEOUT: Duration = Duration::from_secs(60);

/// Describes the element with the focus: whether it is the body, what it is, and what is wrong with its display.
const FOCUSED: &str = "(() => {
    const e = document.activeElement;
    if (!e || e === document.body) return { isBody: true };
    const label = e.ariaLabel || e.textContent.trim().slice(0, 30) || e.id || e.name;
    // A range is drawn by the elements beside it.
    const frame = e.type === 'range' ? e.parentElement : e;
    const shown = [frame, e.closest('label'), e.parentElement, ...frame.querySelectorAll('*')].filter(Boolean);
    const hasRing = shown.some((one) => {
        const s = getComputedStyle(one);
        return (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none';
    });
    const r = e.getBoundingClientRect();
    const isSeen = r.width > 0 && r.height > 0 && r.right > 0 && r.left < innerWidth && r.bottom > 0 && r.top < innerHeight
        && frame.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    e.dataset.reached = 'yes';
    return { isBody: false, name: `${e.localName} ${label}`, fault: hasRing ? isSeen ? '' : 'is not seen' : 'has no ring' };
})()";

/// Moves the focus to the start of the page, also where a field has it.
const BEGIN: &str =
    "document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex')";

/// The controls that a page shows, and which the focus did not reach. Of radio buttons, arrow keys reach the others.
const NOT_REACHED: &str =
    "[...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
    .filter((e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !e.disabled && e.tabIndex >= 0
        && e.type !== 'radio' && !e.dataset.reached && e.getClientRects().length)
    .map((e) => e.outerHTML.slice(0, 120))";

/// Goes through a page by the Tab key until the focus leaves it. Returns the faults.
async fn walk(tab: &Tab, what: &str) -> Vec<String> {
    let mut faults = Vec::new();
    tab.eval(BEGIN).await;
    for _ in 0..MAX_TAB_STOPS {
        tab.press("Tab").await;
        // Controls that were hidden appear by a transition.
        tab.eval(
            "Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {})))",
        )
        .await;
        let focused = tab.eval(FOCUSED).await;
        if focused["isBody"] == json!(true) {
            let missed = tab.eval(NOT_REACHED).await;
            let missed = missed.as_array().unwrap().iter().filter_map(Value::as_str);
            faults.extend(missed.map(|element| format!("{what}: {element} is not reached")));
            return faults;
        }
        if focused["fault"] != json!("") {
            faults.push(format!("{what}: {} {}", focused["name"], focused["fault"]));
        }
    }
    faults.push(format!("{what}: the focus does not leave the page"));
    faults
}

/// Presses Tab until the focus is on this element.
async fn tab_to(tab: &Tab, selector: &str) {
    for _ in 0..MAX_TAB_STOPS {
        tab.press("Tab").await;
        let is_there = format!("document.activeElement.matches({selector:?})");
        if tab.eval(&is_there).await == json!(true) {
            return;
        }
    }
    panic!("Tab does not lead to {selector}");
}

/// Types a text where the focus is.
async fn type_text(tab: &Tab, text: &str) {
    for letter in text.chars() {
        tab.press(&letter.to_string()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_control_of_a_page_is_reached_and_shows_the_focus() {
    let site = Site::start().await;
    let browser = Browser::launch().await;
    let mut faults = Vec::new();
    let tab = browser.open(&site.url("/login")).await;
    for path in ["/", "/movies", "/search?q=field", "/collections", "/login"] {
        tab.goto(&site.url(path)).await;
        tab.wait_for("document.readyState === 'complete'").await;
        faults.extend(walk(&tab, path).await);
    }
    site.log_in(&tab).await;
    for path in ["/admin", "/admin/media", "/admin/movies/new", "/account", "/list", "/history"] {
        tab.goto(&site.url(path)).await;
        tab.wait_for("document.readyState === 'complete'").await;
        faults.extend(walk(&tab, path).await);
    }
    tab.goto(&site.movie_url()).await;
    tab.wait_for("player.readyState >= 2 && !document.getElementById('controls').hidden").await;
    faults.extend(walk(&tab, "a movie").await);
    tab.assert_no_errors();
    browser.close().await;
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_movie_is_found_and_watched_by_keys_alone() {
    let site = Site::start().await;
    let browser = Browser::launch().await;
    let tab = browser.open(&site.url("/login")).await;
    tab.wait_for("document.readyState === 'complete'").await;
    tab_to(&tab, "#name").await;
    type_text(&tab, "admin").await;
    tab_to(&tab, "#password").await;
    type_text(&tab, PASSWORD).await;
    tab.press("Enter").await;
    tab.wait_for("document.querySelector('[data-log-out]') && document.readyState === 'complete'")
        .await;
    // The first results come while typing; arrows choose one of them.
    tab.press("/").await;
    tab.wait_for("document.activeElement.id === 'q'").await;
    type_text(&tab, "long").await;
    tab.wait_for("document.querySelector('[role=listbox] [role=option]')?.checkVisibility()").await;
    tab.press("ArrowDown").await;
    tab.press("Enter").await;
    tab.wait_for("window.player?.readyState >= 2 && !document.getElementById('controls').hidden")
        .await;
    tab_to(&tab, "#play").await;
    tab.press("Enter").await;
    tab.wait_for_within("!player.paused && player.currentTime > 0.2", PLAYBACK_TIMEOUT).await;
    // A panel gives the focus back to its button.
    tab_to(&tab, "#show-settings").await;
    tab.press("Enter").await;
    tab.wait_for("!document.getElementById('settings').hidden").await;
    tab.press("Escape").await;
    tab.wait_for("document.getElementById('settings').hidden && document.activeElement.id === 'show-settings'").await;
    // A dialog keeps the focus, and gives it back too.
    tab.press("?").await;
    tab.wait_for("document.getElementById('shortcuts').open").await;
    for _ in 0..5 {
        tab.press("Tab").await;
        let is_inside = "document.activeElement === document.body || !!document.activeElement.closest('#shortcuts')";
        assert_eq!(tab.eval(is_inside).await, json!(true));
    }
    tab.press("Escape").await;
    tab.wait_for("!document.getElementById('shortcuts').open && document.activeElement.id === 'show-settings'").await;
    tab.assert_no_errors();
    browser.close().await;
}
