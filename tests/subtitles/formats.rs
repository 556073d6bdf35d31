//! Files of all formats in the usual encodings.

use encoding_rs::{Encoding, SHIFT_JIS, UTF_8, WINDOWS_1251, WINDOWS_1252, WINDOWS_1255};
use ginflix_api::paths;
use ginflix_tests::media_files;
use ginflix_tests::server::Server;
use reqwest::Method;
use serde_json::{Value, json};

use super::{HELLO, add, document, texts};

/// A subtitle file.
struct Fixture {
    name: &'static str,
    language: &'static str,
    encoding: &'static Encoding,
    content: &'static str,
    /// What the document must have, in this order.
    shown: &'static [&'static str],
}

const FIXTURES: [Fixture; 5] = [
    Fixture {
        name: "film.ru.srt",
        language: "ru",
        encoding: WINDOWS_1251,
        content: "1\r\n00:00:00,500 --> 00:00:02,000\r\nПривет, мир\r\n\r\n\
            2\r\n0:00:01.5 --> 0:00:03,250\r\n<i>Как дела?</i>\r\n",
        shown: &[
            "00:00:00.500 --> 00:00:02.000\nПривет, мир",
            "00:00:01.500 --> 00:00:03.250\n<i>Как дела?</i>",
        ],
    },
    Fixture {
        name: "film.he.sdh.srt",
        language: "he",
        encoding: WINDOWS_1255,
        content: "1\n00:00:00,500 --> 00:00:02,000\nשלום עולם, מה שלומך היום?\n",
        shown: &["שלום עולם, מה שלומך היום?"],
    },
    Fixture {
        name: "film.fr.forced.ass",
        language: "fr",
        encoding: WINDOWS_1252,
        content: "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\n\
            Format: Name, Fontname, Fontsize, Bold, Italic\nStyle: Default,Arial,16,0,0\n\n[Events]\n\
            Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n\
            Dialogue: 0,0:00:01.00,0:00:03.00,Default,,0,0,0,,{\\i1}Déjà vu{\\i0} à l'été, garçon\n\
            Dialogue: 0,0:00:02.00,0:00:04.00,Default,,0,0,0,,{\\an8}En même temps\n",
        shown: &["<i>Déjà vu</i> à l'été, garçon", "En même temps"],
    },
    Fixture {
        name: "film.ja.vtt",
        language: "ja",
        encoding: UTF_8,
        content: "\u{feff}WEBVTT\n\n00:00.500 --> 00:02.000 line:0\nこんにちは\n",
        shown: &["こんにちは"],
    },
    Fixture {
        name: "film.ja.Karaoke.srt",
        language: "ja",
        encoding: SHIFT_JIS,
        content: "1\n00:00:00,500 --> 00:00:02,000\nこれは日本語の字幕です。よろしくお願いします。\n",
        shown: &["これは日本語の字幕です。よろしくお願いします。"],
    },
];

#[tokio::test]
async fn files_of_all_formats_and_encodings_are_served_as_webvtt() {
    let server = Server::start();
    server.put_media("film.mkv", std::fs::read(media_files::matroska()).unwrap()).await;
    let subtitles = paths::subtitles(&"film.mkv".parse().unwrap());
    for fixture in &FIXTURES {
        let (file, _, _) = fixture.encoding.encode(fixture.content);
        let added = add(&server, "film.mkv", &format!("file_name={}", fixture.name), file).await;
        assert_eq!(added.status(), 201, "{}", fixture.name);
        let added: Value = added.json().await.unwrap();
        assert_eq!(added["language"], fixture.language, "{added}");
        let path = format!("{subtitles}/{}", added["id"].as_str().unwrap());
        let stored = server.admin(Method::GET, &path).send().await.unwrap().text().await.unwrap();
        let mut rest = stored.as_str();
        for words in fixture.shown {
            let found = rest.split_once(words);
            rest = found.unwrap_or_else(|| panic!("{}: no {words:?}: {stored}", fixture.name)).1;
        }
    }
    let listed = texts(&server, "film.mkv", FIXTURES.len()).await;
    let names: Vec<&Value> = listed.iter().map(|text| &text["name"]).collect();
    let expected =
        ["Russian", "Hebrew (hearing impaired)", "French (forced)", "Japanese", "Karaoke"];
    assert_eq!(json!(names), json!(expected));
    for (text, fixture) in listed.iter().zip(&FIXTURES) {
        let document = document(&server, "film.mkv", text).await;
        assert!(document.starts_with("WEBVTT\n"), "{document}");
        assert!(document.contains(fixture.shown[0]), "{}: {document}", fixture.name);
    }
}

#[tokio::test]
async fn subtitles_are_changed_replaced_and_removed() {
    let server = Server::start();
    server.put_media("film.mkv", std::fs::read(media_files::matroska()).unwrap()).await;
    let subtitles = paths::subtitles(&"film.mkv".parse().unwrap());
    let first: Value =
        add(&server, "film.mkv", "file_name=film.srt", HELLO).await.json().await.unwrap();
    let path = format!("{subtitles}/{}", first["id"].as_str().unwrap());
    let change = json!({ "language": "German", "default": true });
    let changed = server.admin(Method::PATCH, &path).json(&change).send().await.unwrap();
    let changed: Value = changed.json().await.unwrap();
    assert_eq!(changed["language"], "de");
    let again = HELLO.replace("Hello", "Hallo");
    let replaced: Value =
        add(&server, "film.mkv", "file_name=film.de.srt", again).await.json().await.unwrap();
    assert_eq!((&replaced["id"], &replaced["replaced"]), (&first["id"], &json!(true)));
    let before = texts(&server, "film.mkv", 1).await;
    assert!(document(&server, "film.mkv", &before[0]).await.contains("Hallo"));
    let removed = server.admin(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(removed.status(), 204);
    texts(&server, "film.mkv", 0).await;
    // Caches may keep what a path with a revision had; the server has other texts now.
    let gone = format!("/stream/film.mkv/hls/{}", before[0]["uri"].as_str().unwrap());
    let gone = server.anonymous(Method::GET, &gone).send().await.unwrap();
    assert_eq!(gone.status(), 410);
}

#[tokio::test]
async fn a_file_without_hls_has_its_subtitles() {
    let server = Server::start();
    server.put_media("old.avi", std::fs::read(media_files::avi()).unwrap()).await;
    let added = add(&server, "old.avi", "file_name=old.en.srt", HELLO).await;
    assert_eq!(added.status(), 201);
    let listed = texts(&server, "old.avi", 1).await;
    assert!(document(&server, "old.avi", &listed[0]).await.contains("Hello"));
    let master = server.anonymous(Method::GET, "/stream/old.avi/hls/master.m3u8");
    assert_eq!(master.send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn what_cannot_be_added_is_refused_with_the_reason() {
    let server = Server::start();
    server.put_media("film.mkv", std::fs::read(media_files::matroska()).unwrap()).await;
    for (media, query, file, status) in [
        ("film.mkv", "file_name=film.srt", "no subtitles at all", 415),
        ("film.mkv", "file_name=film.srt", "", 422),
        ("film.mkv", "file_name=film.srt&language=gibberish", HELLO, 400),
        ("film.mkv", "language=en", HELLO, 400),
        ("other.mkv", "file_name=film.srt", HELLO, 404),
    ] {
        let refused = add(&server, media, query, file).await;
        assert_eq!(refused.status(), status, "{media} {query} {file}");
    }
    let large = add(&server, "film.mkv", "file_name=film.srt", vec![b' '; 5 << 20]).await;
    assert_eq!(large.status(), 413);
    texts(&server, "film.mkv", 0).await;
}
