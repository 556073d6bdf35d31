//! The search field of every page: the key "/", results while typing, the keys of a combobox.

use ginflix_tests::browser::{Browser, Tab};
use serde_json::{Value, json};

use super::{log_in, start_with_movie};

/// An expression that is true when there are so many options.
fn options(count: usize) -> String {
    format!("document.querySelectorAll('#search-results [role=option]').length == {count}")
}

async fn field(tab: &Tab, attribute: &str) -> Value {
    tab.eval(&format!("document.getElementById('q').getAttribute('{attribute}')")).await
}

/// Waits until the page of this path, in quotation marks, is complete and its scripts handle events.
async fn is_ready(tab: &Tab, path: &str) {
    let script = "document.getElementById('q').getAttribute('role') == 'combobox'";
    let page = format!("location.pathname == {path} && document.readyState == 'complete'");
    tab.wait_for(&format!("{page} && {script}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn movies_are_found_while_typing_on_every_page() {
    let (server, movie) = start_with_movie().await;
    server.add_movie("The Long Road", "film.mp4").await;
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url("/login?next=/admin")).await;
    log_in(&tab).await;
    let page = format!("/movies/{}", movie.id);
    for path in ["/admin", page.as_str(), "/movies", "/nothing/here"] {
        tab.goto(&server.url(path)).await;
        is_ready(&tab, &format!("'{path}'")).await;
        tab.press("/").await;
        tab.wait_for("document.activeElement.id == 'q'").await;
        assert_eq!(tab.eval("document.activeElement.value").await, json!(""), "{path}");
        // At once, so that there is one search, whose results stay.
        tab.eval("document.execCommand('insertText', false, 'long')").await;
        tab.wait_for(&options(2)).await;
        assert_eq!(field(&tab, "aria-expanded").await, json!("true"));
        assert_eq!(field(&tab, "aria-controls").await, json!("search-results"));
        let status = "document.getElementById('search-status').textContent";
        tab.wait_for(&format!("{status}.startsWith('2 movies found')")).await;
        let selected = "document.querySelector('#search-results [aria-selected=true]')";
        for (key, id) in [
            ("ArrowDown", Some("search-result-0")),
            ("ArrowDown", Some("search-result-1")),
            ("ArrowDown", None),
            ("ArrowUp", Some("search-result-1")),
            ("Home", Some("search-result-0")),
            ("End", Some("search-result-1")),
        ] {
            tab.press(key).await;
            assert_eq!(field(&tab, "aria-activedescendant").await, json!(id), "{path}: {key}");
            assert_eq!(tab.eval(&format!("{selected}?.id ?? null")).await, json!(id));
        }
        tab.press("Escape").await;
        assert_eq!(field(&tab, "aria-expanded").await, json!("false"));
        assert_eq!(tab.eval("document.activeElement.value").await, json!("long"), "{path}");
        tab.press("ArrowDown").await;
        tab.press("ArrowDown").await;
        let target = tab.eval(&format!("{selected}.pathname")).await;
        assert!(target.as_str().unwrap().starts_with("/movies/"), "{path}: {target}");
        tab.press("Enter").await;
        is_ready(&tab, &target.to_string()).await;
    }
    // Enter without a selection opens the page of all results.
    tab.type_into("#q", "long").await;
    tab.press("Enter").await;
    tab.wait_for("location.href.endsWith('/search?q=long')").await;
    // The only error is the page that does not exist.
    assert_eq!(tab.errors().len(), 1, "{:?}", tab.errors());
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn results_of_an_older_search_do_not_replace_newer_ones() {
    let (server, _) = start_with_movie().await;
    server.add_movie("Other", "film.mp4").await;
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url("/")).await;
    tab.wait_for("document.getElementById('q').getAttribute('role') == 'combobox'").await;
    // The response to the first search arrives when the test releases it, even if the request was aborted.
    tab.eval(
        "window.real = window.fetch; \
        window.fetch = (url) => String(url).includes('q=long') \
            ? new Promise((resolve) => { window.release = async () => { \
                const late = await real(url); resolve(late.clone()); await late.text(); \
                await new Promise(requestAnimationFrame); } }) \
            : real(url); null",
    )
    .await;
    tab.type_into("#q", "long").await;
    tab.wait_for("window.release").await;
    tab.retype("#q", "other").await;
    tab.wait_for(&options(1)).await;
    tab.eval("window.release()").await;
    let titles = "document.querySelector('.suggestion-title').textContent";
    assert_eq!(tab.eval(titles).await, json!("Other"));
    assert_eq!(tab.eval("document.querySelector('.search').className").await, json!("search"));
    tab.eval("window.fetch = () => Promise.reject(new TypeError('offline')); null").await;
    tab.retype("#q", "field").await;
    let note = "document.querySelector('.suggestions-note')";
    tab.wait_for(&format!("!{note}.hidden && {note}.textContent.includes('connection')")).await;
    assert_eq!(field(&tab, "aria-expanded").await, json!("false"));
    tab.eval("window.fetch = real; null").await;
    tab.retype("#q", "zzzz").await;
    tab.wait_for(&format!("{note}.textContent.startsWith('Nothing found')")).await;
    tab.assert_no_errors();
    browser.close().await;
}
