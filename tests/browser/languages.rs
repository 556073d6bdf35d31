//! The page of a movie in German and French: what the server writes and what scripts say.

use ginflix_tests::browser::{Browser, Tab};
use ginflix_tests::media_files;
use serde_json::{Value, json};

use super::pages::choose_language;
use super::subtitles::add_subtitles;
use super::{log_in, open_movie, start_with};

/// What a page says in a language.
struct Words {
    tag: &'static str,
    play: &'static str,
    chapters: [&'static str; 3],
    sound_off: &'static str,
    faster: &'static str,
    quieter: &'static str,
    audio: [&'static str; 2],
    subtitles: [&'static str; 4],
    timing: &'static str,
    shown: &'static str,
    space: &'static str,
}

const WORDS: [Words; 2] = [
    Words {
        tag: "de",
        play: "Abspielen",
        chapters: ["Opening", "The field", "Kapitel 3"],
        sound_off: "Ton aus",
        faster: "Geschwindigkeit 1,25×",
        quieter: "Lautstärke 95\u{a0}%",
        audio: ["Englisch · Mono (Standard)", "Deutsch · Mono"],
        subtitles: ["Aus", "Englisch", "Deutsch (erzwungen)", "Portugiesisch (Brasilien)"],
        timing: "+0,1\u{a0}Sek.",
        shown: "Untertitel: Englisch",
        space: "Leertaste",
    },
    Words {
        tag: "fr",
        play: "Lecture",
        chapters: ["Opening", "The field", "Chapitre 3"],
        sound_off: "Son coupé",
        faster: "Vitesse 1,25×",
        quieter: "Volume 95\u{202f}%",
        audio: ["Anglais · Mono (par défaut)", "Allemand · Mono"],
        subtitles: ["Désactivés", "Anglais", "Allemand (forcés)", "Portugais brésilien"],
        timing: "+0,1\u{a0}s",
        shown: "Sous-titres\u{a0}: Anglais",
        space: "Espace",
    },
];

/// Returns the texts of all elements of a selector.
async fn texts(tab: &Tab, selector: &str) -> Value {
    let code = format!("[...document.querySelectorAll({selector:?})].map((e) => e.textContent)");
    tab.eval(&code).await
}

/// Presses a key, and waits until this is said on the picture and to screen readers.
async fn assert_says(tab: &Tab, key: &str, message: &str) {
    tab.press(key).await;
    for id in ["player-flash", "player-status"] {
        tab.wait_for(&format!("document.getElementById('{id}').textContent === {message:?}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_player_speaks_the_language_of_the_page() {
    let (server, movie) = start_with(&media_files::chapters_and_languages(), "film.mkv").await;
    for file_name in ["film.en.srt", "film.de.forced.srt", "film.pt-BR.srt"] {
        add_subtitles(&server, file_name, "Hello").await;
    }
    let browser = Browser::launch().await;
    for words in WORDS {
        let tab = open_movie(&browser, &server, &movie).await;
        choose_language(&tab, words.tag).await;
        tab.wait_for("!document.getElementById('show-subtitles').hidden").await;
        assert_eq!(tab.eval("document.getElementById('play').ariaLabel").await, json!(words.play));
        assert_eq!(texts(&tab, ".chapter-title").await, json!(words.chapters));
        assert_says(&tab, "m", words.sound_off).await;
        assert_says(&tab, ">", words.faster).await;
        assert_says(&tab, "ArrowDown", words.quieter).await;

        tab.click("#show-settings").await;
        assert_eq!(texts(&tab, "#audio-tracks label").await, json!(words.audio));
        assert!(texts(&tab, "#speeds label").await.as_array().unwrap().contains(&json!("0,5×")));
        tab.click("#show-subtitles").await;
        assert_eq!(texts(&tab, "#subtitle-tracks label").await, json!(words.subtitles));
        tab.click("#subtitle-later").await;
        assert_eq!(texts(&tab, "#subtitle-delay").await, json!([words.timing]));
        tab.eval("document.getElementById('subtitle-earlier').click()").await;
        assert_says(&tab, "c", words.shown).await;
        tab.press("?").await;
        tab.wait_for("document.getElementById('shortcuts').open").await;
        let keys = texts(&tab, "#shortcuts kbd").await;
        assert!(keys.as_array().unwrap().contains(&json!(words.space)), "{keys}");

        // The next language begins with the same choices.
        tab.eval("localStorage.clear()").await;
        tab.assert_no_errors();
        tab.close().await;
    }
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn longer_words_fit_the_pages_of_administrators_on_a_phone() {
    let (server, movie) = start_with(&media_files::three_seconds(), "film.mp4").await;
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url("/login?next=/")).await;
    log_in(&tab).await;
    tab.emulate_screen(360, "light").await;
    for Words { tag, .. } in WORDS {
        choose_language(&tab, tag).await;
        for path in
            ["/", "/account", "/list", "/admin", "/admin/media", &format!("/movies/{}", movie.id)]
        {
            tab.goto(&server.url(path)).await;
            tab.wait_for("document.readyState === 'complete'").await;
            assert_eq!(tab.eval("document.documentElement.lang").await, json!(tag));
            let overflow = "document.documentElement.scrollWidth - innerWidth";
            let overflow = tab.eval(overflow).await.as_i64().unwrap();
            assert!(overflow <= 0, "{path} in {tag}: {overflow} px too wide");
        }
    }
    tab.assert_no_errors();
    browser.close().await;
}
