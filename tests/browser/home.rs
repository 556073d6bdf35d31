//! The home page and the list of all movies: the featured movie, rows, keys, few stops of the Tab key, no scripts.

use ginflix_tests::browser::{Browser, Tab};
use ginflix_tests::server::Server;
use reqwest::Method;
use serde_json::json;

use super::{log_in, start_with_movie};

/// How much the layout of the page has shifted, as Cumulative Layout Shift counts it.
const LAYOUT_SHIFT: &str = "new Promise((resolve) => { new PerformanceObserver((list) => resolve(list.getEntries()\
    .reduce((sum, entry) => sum + entry.value, 0))).observe({ type: 'layout-shift', buffered: true }); \
    setTimeout(() => resolve(0), 500); })";

/// Adds movies of the file `film.mp4`, of which each has two of 28 genres.
async fn add_movies(server: &Server, count: usize) {
    for n in 0..count {
        let genres = [format!("Genre {}", n % 4), format!("Genre {}", n % 28)];
        let movie = json!({ "title": format!("Movie {n}"), "media": "film.mp4", "genres": genres });
        let added = server.admin(Method::POST, "/api/v1/movies").json(&movie).send().await.unwrap();
        assert_eq!(added.status(), 201);
    }
}

/// Presses Tab until the expression is true, and returns how often.
async fn tabs_until(tab: &Tab, expression: &str) -> usize {
    for count in 1..=40 {
        tab.press("Tab").await;
        if tab.eval(expression).await == json!(true) {
            return count;
        }
    }
    panic!("no stop of the Tab key has {expression}");
}

#[tokio::test(flavor = "multi_thread")]
async fn play_of_the_featured_movie_asks_the_player_to_start() {
    let (server, movie) = start_with_movie().await;
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url("/")).await;
    let name = "document.getElementById('lead-play').textContent";
    assert_eq!(tab.eval(name).await, json!("Play: The Long Field"));
    let target = tab.eval("document.getElementById('lead-play').getAttribute('href')").await;
    assert_eq!(target, json!(format!("/movies/{}?play=1", movie.id)));
    tab.click("#lead-play").await;
    tab.wait_for(&format!("location.pathname == '/movies/{}'", movie.id)).await;
    tab.assert_no_errors();
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_move_by_buttons_and_keys_and_nothing_else_moves() {
    let (server, _) = start_with_movie().await;
    add_movies(&server, 30).await;
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url("/")).await;
    tab.wait_for("document.querySelectorAll('.row-buttons').length > 2").await;
    assert!(tab.eval(LAYOUT_SHIFT).await.as_f64().unwrap() < 0.02);
    let list = "document.querySelector('.row:not([hidden]) .row-list')";
    tab.eval("document.querySelectorAll('.row:not([hidden]) .row-buttons button')[1].click()")
        .await;
    tab.wait_for(&format!("{list}.scrollLeft > 300")).await;
    tab.wait_for("!document.querySelector('.row:not([hidden]) .row-buttons button').disabled")
        .await;
    let card =
        |n: usize| format!("document.activeElement == {list}.querySelectorAll('a.card')[{n}]");
    tab.eval(&format!("{list}.querySelector('a.card').focus()")).await;
    for (key, n) in [("ArrowRight", 1), ("End", 11), ("ArrowLeft", 10), ("Home", 0)] {
        tab.press(key).await;
        tab.wait_for(&card(n)).await;
    }
    tab.emulate_screen(360, "light").await;
    for path in ["/", "/movies?genre=Genre%2020", "/collections"] {
        tab.goto(&server.url(path)).await;
        tab.wait_for("document.readyState === 'complete'").await;
        let overflow = tab.eval("document.documentElement.scrollWidth - innerWidth").await;
        assert!(overflow.as_i64().unwrap() <= 0, "{path}: {overflow} px too wide");
    }
    tab.assert_no_errors();
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_row_of_movies_to_continue_moves_nothing() {
    let (server, movie) = start_with_movie().await;
    add_movies(&server, 30).await;
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url("/")).await;
    let position = format!(
        "localStorage.setItem('ginflix:position:{}', '{{\"at\":12,\"of\":40,\"when\":1}}')",
        movie.id
    );
    tab.eval(&position).await;
    tab.goto(&server.url("/")).await;
    tab.wait_for("document.querySelector('#continue:not([hidden], .filling) .card')").await;
    assert!(tab.eval(LAYOUT_SHIFT).await.as_f64().unwrap() < 0.02);
    // A movie that is gone leaves no empty row.
    tab.eval(
        "localStorage.setItem('ginflix:position:none', localStorage.getItem(localStorage.key(0)))",
    )
    .await;
    let removed = server.admin(Method::DELETE, &format!("/api/v1/movies/{}", movie.id));
    assert!(removed.send().await.unwrap().status().is_success());
    tab.goto(&server.url("/")).await;
    tab.wait_for("document.getElementById('continue').hidden").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn few_stops_of_the_tab_key_lead_to_the_first_movie() {
    let (server, _) = start_with_movie().await;
    add_movies(&server, 30).await;
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url("/")).await;
    let is_movie = "document.activeElement.pathname?.startsWith('/movies/')";
    assert!(tabs_until(&tab, is_movie).await <= 5);
    tab.goto(&server.url("/movies?genre=Genre%2020")).await;
    let chip = "document.querySelector('.chips [aria-current]')";
    tab.wait_for(&format!("{chip}.textContent == 'Genre 20'")).await;
    let bounds = format!("{chip}.getBoundingClientRect()");
    tab.wait_for(&format!("{bounds}.left >= 0 && {bounds}.right <= innerWidth")).await;
    let one_row =
        "new Set([...document.querySelectorAll('.chip')].map((chip) => chip.offsetTop)).size";
    assert_eq!(tab.eval(one_row).await, json!(1));
    let is_skip = "document.activeElement.className == 'skip-filters'";
    assert!(tabs_until(&tab, is_skip).await <= 5);
    tab.press("Enter").await;
    tab.wait_for("location.hash == '#cards'").await;
    assert_eq!(tabs_until(&tab, is_movie).await, 1);
    tab.assert_no_errors();
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn movies_are_found_without_scripts() {
    let (server, movie) = start_with_movie().await;
    add_movies(&server, 70).await;
    let browser = Browser::launch().await;
    let tab = browser.open("about:blank").await;
    tab.disable_scripts().await;
    tab.goto(&server.url("/")).await;
    assert_eq!(tab.eval("document.querySelectorAll('.row-buttons').length").await, json!(0));
    assert_eq!(tab.eval("document.getElementById('q').getAttribute('role')").await, json!(null));
    // The library clicks and types by scripts of the page, so what a form and a link do is asked for directly.
    tab.eval("q.value = 'long field'; q.form.submit()").await;
    tab.wait_for("location.href.endsWith('/search?q=long+field')").await;
    tab.wait_for("document.title == 'long field · Search · GinFlix'").await;
    let found = tab.eval("document.querySelector('#cards a.card').getAttribute('href')").await;
    assert_eq!(found, json!(format!("/movies/{}", movie.id)));
    tab.goto(&server.url("/movies")).await;
    let next = tab.eval("document.getElementById('more').getAttribute('href')").await;
    tab.goto(&server.url(next.as_str().unwrap())).await;
    tab.wait_for("document.querySelectorAll('#cards > li').length == 11").await;
    tab.assert_no_errors();
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_site_speaks_to_visitors_and_to_administrators() {
    let server = Server::start();
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url("/")).await;
    let heading = "document.querySelector('h1').textContent == 'There are no movies here yet'";
    tab.wait_for(heading).await;
    let upload = "document.querySelectorAll('main a[href=\"/admin/media\"], main code').length";
    assert_eq!(tab.eval(upload).await, json!(0));
    tab.goto(&server.url("/login?next=/")).await;
    log_in(&tab).await;
    tab.wait_for(heading).await;
    assert_eq!(tab.eval(upload).await, json!(2));
    tab.assert_no_errors();
    browser.close().await;
}
