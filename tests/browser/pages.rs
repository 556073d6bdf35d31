//! The layout of pages, their filters and their escaping.

use ginflix_api::movie::Movie;
use ginflix_tests::browser::Browser;
use reqwest::Method;
use serde_json::json;

use super::start_with_movie;

#[tokio::test(flavor = "multi_thread")]
async fn pages_fit_every_screen_in_both_color_schemes() {
    let (server, movie) = start_with_movie().await;
    let long = json!({ "title": "W".repeat(200), "media": "film.mp4", "year": 1999 });
    server.admin(Method::POST, "/api/v1/movies").json(&long).send().await.unwrap();
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url("/")).await;
    for width in [360, 768, 1920] {
        for scheme in ["light", "dark"] {
            tab.emulate_screen(width, scheme).await;
            for path in [
                "/",
                "/movies?year=1999&sort=week",
                "/collections",
                "/search?q=zzz",
                "/login",
                &format!("/movies/{}", movie.id),
            ] {
                tab.goto(&server.url(path)).await;
                tab.wait_for("document.readyState === 'complete'").await;
                let overflow = "document.documentElement.scrollWidth - innerWidth";
                let overflow = tab.eval(overflow).await.as_i64().unwrap();
                assert!(overflow <= 0, "{path} at {width}: {overflow} px too wide");
            }
        }
    }
    tab.assert_no_errors();
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_year_is_chosen_in_the_list_of_movies() {
    let (server, _) = start_with_movie().await;
    for (title, year) in [("One of Old", 1950), ("Two of Old", 1950), ("One of New", 2020)] {
        let body = json!({ "title": title, "media": "film.mp4", "year": year });
        let added = server.admin(Method::POST, "/api/v1/movies").json(&body).send().await.unwrap();
        assert_eq!(added.status(), 201);
    }
    let browser = Browser::launch().await;
    // An address of an earlier version leads to the present one.
    let tab = browser.open(&server.url("/?sort=title")).await;
    let shown = |n| format!("document.querySelectorAll('a.card[data-movie-id]').length === {n}");
    tab.wait_for(&format!("location.href.endsWith('/movies?sort=title') && {}", shown(4))).await;
    let choose = |year: &str| {
        format!(
            "year.value = '{year}'; year.dispatchEvent(new Event('change', {{ bubbles: true }}))"
        )
    };
    tab.wait_for("document.readyState === 'complete'").await;
    tab.eval(&choose("1950")).await;
    tab.wait_for("location.href.endsWith('/movies?sort=title&year=1950')").await;
    tab.wait_for("document.querySelector('h1').textContent === 'Movies of 1950'").await;
    tab.wait_for(&format!("document.readyState === 'complete' && {}", shown(2))).await;
    tab.eval(&choose("")).await;
    tab.wait_for(&format!("location.href.endsWith('/movies?sort=title') && {}", shown(4))).await;
    tab.wait_for("document.readyState === 'complete'").await;
    // Without scripts, submitting the form has the same effect.
    tab.eval("year.value = '2020'; document.querySelector('.years').submit()").await;
    tab.wait_for(&format!("location.search.includes('year=2020') && {}", shown(1))).await;
    tab.assert_no_errors();
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_movies_are_appended_and_a_failure_can_be_repeated() {
    let (server, _) = start_with_movie().await;
    for n in 0..64 {
        server.add_movie(&format!("Movie {n}"), "film.mp4").await;
    }
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url("/movies")).await;
    let more = "document.getElementById('more')";
    tab.wait_for(&format!("document.readyState === 'complete' && {more}")).await;
    tab.eval("window.real = fetch; window.fetch = () => Promise.reject(new TypeError()); null")
        .await;
    tab.eval(&format!("{more}.click()")).await;
    tab.wait_for(&format!("{more}.textContent == 'Try again' && !{more}.ariaBusy")).await;
    tab.wait_for("document.getElementById('toast').textContent.includes('connection')").await;
    tab.eval("window.fetch = window.real; null").await;
    tab.eval(&format!("{more}.click()")).await;
    tab.wait_for("document.querySelectorAll('#cards > li').length == 65").await;
    tab.wait_for(&format!("!{more}")).await;
    let focused = "[...document.querySelectorAll('#cards a')].indexOf(document.activeElement)";
    assert_eq!(tab.eval(focused).await, json!(60));
    tab.assert_no_errors();
    browser.close().await;
}

/// Text of users must never become markup.
#[tokio::test(flavor = "multi_thread")]
async fn titles_are_shown_as_text() {
    let (server, _) = start_with_movie().await;
    let title = "<img src=x onerror=\"document.title='broken into'\">";
    let body =
        json!({ "title": title, "media": "film.mp4", "description": title, "genres": [title] });
    let response = server.admin(Method::POST, "/api/v1/movies").json(&body).send().await.unwrap();
    let movie: Movie = response.json().await.unwrap();
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url("/search?q=onerror")).await;
    tab.wait_for(&format!("document.body.textContent.includes({title:?})")).await;
    tab.goto(&server.url(&format!("/movies/{}", movie.id))).await;
    tab.wait_for(&format!("document.body.textContent.includes({title:?})")).await;
    let image_count = tab.eval("document.querySelectorAll('img[onerror]').length").await;
    assert_eq!(image_count, json!(0));
    tab.assert_no_errors();
    browser.close().await;
}

/// Chooses a language by the switch of the page.
pub async fn choose_language(tab: &ginflix_tests::browser::Tab, tag: &str) {
    tab.click(&format!(".languages [value={tag}]")).await;
    let is_shown = "document.readyState === 'complete' && document.documentElement.lang";
    tab.wait_for(&format!("{is_shown} === '{tag}'")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chosen_language_is_kept_on_pages_and_in_scripts() {
    let (server, _) = start_with_movie().await;
    let browser = Browser::launch().await;
    let path = "/login?next=/admin";
    let tab = browser.open(&server.url(path)).await;
    for (tag, heading, wrong) in
        [("fr", "Connexion", "incorrect."), ("de", "Anmelden", "ist falsch.")]
    {
        choose_language(&tab, tag).await;
        tab.wait_for(&format!("location.href.endsWith('{path}')")).await;
        tab.wait_for(&format!("document.querySelector('h1').textContent === '{heading}'")).await;
        tab.type_into("#name", "admin").await;
        tab.type_into("#password", "wrong").await;
        tab.click("#login-form [type=submit]").await;
        let error = "document.querySelector('#login-error').textContent";
        tab.wait_for(&format!("{error}.endsWith('{wrong}')")).await;
    }
    tab.goto(&server.url(path)).await;
    super::log_in(&tab).await;
    tab.wait_for("document.querySelector('h1').textContent === 'Filme'").await;
    tab.click("[data-remove]").await;
    let text = "document.querySelector('#confirm-text').textContent";
    tab.wait_for(&format!("{text}.startsWith('„The Long Field“ wird')")).await;
    // The address of the log-in is that of the wrong passwords above.
    let errors = tab.errors();
    assert!(errors.iter().all(|error| error.contains("401")), "{errors:?}");
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_choose_plural_forms_and_separators() {
    let (server, _) = start_with_movie().await;
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url("/")).await;
    for (tag, expected) in [
        ("en", ["0 files left: x", "1 file left: x", "1,204 files left: x", "1.4 GB", "4 min"]),
        (
            "de",
            [
                "Noch 0 Dateien: x",
                "Noch 1 Datei: x",
                "Noch 1.204 Dateien: x",
                "1,4\u{a0}GB",
                "4\u{a0}Min.",
            ],
        ),
        (
            "fr",
            [
                "0 fichier restant\u{a0}: x",
                "1 fichier restant\u{a0}: x",
                "1\u{202f}204 fichiers restants\u{a0}: x",
                "1,4\u{a0}Go",
                "4\u{a0}min",
            ],
        ),
    ] {
        let script = format!(
            "Promise.all(['say', 'format'].map((name) => import(`/assets/test-{tag}/${{name}}.js`)))
               .then(([{{ say }}, {{ size, roughDuration }}]) => [
                 ...[0, 1, 1204].map((count) => say('script-upload-total', {{ count, progress: 'x' }})),
                 size(1.4e9), roughDuration(240)])"
        );
        assert_eq!(tab.eval(&script).await, json!(expected), "{tag}");
    }
    tab.assert_no_errors();
    browser.close().await;
}
