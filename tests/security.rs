//! What attackers try: markup and SQL in every field, others' doors, sessions
//! that they chose, and terminals.

#![allow(clippy::unwrap_used)] // a test that cannot go on says where

use std::io::{Read, Write};
use std::net::TcpListener;

use ginflix_api::account::{NewToken, Role};
use ginflix_api::movie::Movie;
use ginflix_api::paths;
use ginflix_tests::cli::Cli;
use ginflix_tests::http::header;
use ginflix_tests::server::{PASSWORD, Server, TOKEN, forbid_in_logs};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};

const HOSTILE: [&str; 12] = [
    "'; DROP TABLE movies; --",
    "\" OR \"1\"=\"1",
    "x' UNION SELECT password_hash FROM accounts --",
    "\\'\\\"\\\\",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "</title></textarea><svg onload=alert(1)>",
    "&lt;b&gt;&amp;&#39;",
    "{{7*7}} ${7*7} %s%n%x",
    "title : * NEAR(a b) AND OR NOT -\"",
    "a & b | !c <-> d:*",
    "right\u{202e}tfel 名前 🎬 e\u{301}",
];

async fn token(server: &Server, role: Role) -> String {
    let body = NewToken { name: format!("{role:?}"), role, expires_at: None };
    let made = server.admin(Method::POST, paths::TOKENS).json(&body).send().await.unwrap();
    let made: Value = made.json().await.unwrap();
    let secret = made["token"].as_str().unwrap().to_owned();
    forbid_in_logs(&secret);
    secret
}

#[tokio::test]
async fn whatever_is_written_comes_back_as_it_was() {
    let server = Server::start();
    server.put_media("film.mp4", b"bytes".to_vec()).await;
    for text in HOSTILE {
        let body = json!({
            "title": text, "media": "film.mp4", "description": text, "genres": [text],
            "directors": [text], "cast": [text],
        });
        let made = server.admin(Method::POST, paths::MOVIES).json(&body).send().await.unwrap();
        assert_eq!(made.status(), 201, "{text}");
        let made: Movie = made.json().await.unwrap();
        // One form of many that look the same is kept.
        let kept = text.replace("e\u{301}", "é");
        let read = server.json(&paths::movie(made.id)).await;
        for field in ["title", "description"] {
            assert_eq!(read[field], kept, "{field}");
        }
        for field in ["genres", "directors", "cast"] {
            assert_eq!(read[field], json!([kept]), "{field}");
        }
        let find = async |key: &str| -> usize {
            let found = server.anonymous(Method::GET, paths::MOVIES).query(&[(key, text)]);
            let found: Value = found.send().await.unwrap().json().await.unwrap();
            found["items"].as_array().unwrap_or_else(|| panic!("{key}={text}: {found}")).len()
        };
        assert!(find("q").await >= 1, "{text}");
        assert_eq!(find("genre").await, 1, "{text}");

        for page in [
            paths::movie_page(made.id),
            "/".to_owned(),
            format!("/admin/movies/{}", made.id),
            "/admin".to_owned(),
        ] {
            let page = server.admin(Method::GET, &page).send().await.unwrap().text().await.unwrap();
            assert!(!page.contains("alert(1)>") && !page.contains("<script>alert"), "{page}");
            assert!(!page.contains("<svg onload"), "{page}");
        }
        let link = json!({ "media": "film.mp4", "expires_at": Timestamp::now() + SignedDuration::from_hours(1), "for": text });
        let link = server.admin(Method::POST, paths::LINKS).json(&link).send().await.unwrap();
        assert_eq!(link.status(), 201, "{text}");
    }
    let search = format!("/search?q={}", "%3Cscript%3Ealert(1)%3C/script%3E");
    let page = server.anonymous(Method::GET, &search).send().await.unwrap().text().await.unwrap();
    assert!(!page.contains("<script>alert") && page.contains("&#60;script&#62;alert(1)"), "{page}");
    assert_eq!(server.json(paths::STATUS).await["movies"], HOSTILE.len());
}

#[tokio::test]
async fn only_administrators_pass_the_doors_that_the_document_marks() {
    let server = Server::start();
    let viewer = token(&server, Role::Viewer).await;
    let document = server.json("/api/v1/openapi.json").await;
    let mut doors = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let asks = operation["security"].as_array().unwrap();
            if asks.is_empty() || asks.contains(&json!({})) {
                continue;
            }
            doors += 1;
            let method: Method = method.to_uppercase().parse().unwrap();
            let place = path
                .replace("{id}", "019a0000-0000-7000-8000-000000000000")
                .replace("{movie}", "019a0000-0000-7000-8000-000000000000")
                .replace("{name}", "film.mp4");
            assert!(!place.contains('{'), "{place}: fill this parameter in");
            let as_viewer = server.anonymous(method.clone(), &place).bearer_auth(&viewer);
            let refused = as_viewer.send().await.unwrap();
            assert_eq!(refused.status(), 403, "{method} {place}");
            let refused = server.anonymous(method.clone(), &place).send().await.unwrap();
            // People are sent to the log-in.
            let expected = if place.starts_with("/admin") { 303 } else { 401 };
            assert_eq!(refused.status(), expected, "{method} {place}");
            let unknown = server.anonymous(method.clone(), &place).bearer_auth("0".repeat(64));
            let refused = unknown.send().await.unwrap();
            assert_eq!(refused.status(), expected, "{method} {place} with an unknown token");
        }
    }
    assert!(doors >= 28, "{doors}");
}

#[tokio::test]
async fn a_session_is_never_one_that_was_there_before() {
    let server = Server::start();
    let chosen = "ab".repeat(32);
    let cookie = format!("ginflix_session={chosen}");
    let log_in = || {
        let login = json!({ "name": "admin", "password": PASSWORD });
        server.anonymous(Method::POST, paths::SESSION).header("cookie", &cookie).json(&login)
    };
    let mut given = Vec::new();
    for _ in 0..2 {
        let answer = log_in().send().await.unwrap();
        assert_eq!(answer.status(), 201);
        let session = header(&answer, "set-cookie").split(';').next().unwrap().to_owned();
        forbid_in_logs(session.trim_start_matches("ginflix_session="));
        given.push(session);
    }
    assert!(given[0] != cookie && given[1] != cookie && given[0] != given[1]);
    let who = server.anonymous(Method::GET, paths::SESSION).header("cookie", &cookie);
    assert_eq!(who.send().await.unwrap().status(), 401);

    // Nor does another site's page log anyone in, or change anything.
    let from = |origin: &str| log_in().header("origin", origin).header("host", "ours.example");
    assert_eq!(from("https://evil.example").send().await.unwrap().status(), 403);
    let blind = log_in().header("sec-fetch-site", "cross-site").send().await.unwrap();
    assert_eq!(blind.status(), 403);
    for (name, value) in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
        let out = server.anonymous(Method::DELETE, paths::SESSION).header("cookie", &given[0]);
        assert_eq!(out.header(name, value).send().await.unwrap().status(), 403);
    }
    let still = server.anonymous(Method::GET, paths::SESSION).header("cookie", &given[0]);
    assert_eq!(still.send().await.unwrap().status(), 200);
}

/// A server that is none of ours: whatever it is asked, it answers this.
fn hostile_server(status: &str, body: &Value) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let body = body.to_string();
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    );
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 8192]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    format!("http://{address}")
}

/// A title or a message must not move the cursor or rename the window.
#[test]
fn nothing_from_a_server_reaches_the_terminal_as_a_command() {
    let escape = "a\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\rb\u{202e}c";
    let harmless = |text: &str| {
        let bad = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!text.contains(bad), "{text:?}");
        assert!(text.contains("owned"), "{text:?}");
    };
    let movie = json!({
        "id": "019a0000-0000-7000-8000-000000000000", "title": escape, "description": escape,
        "year": 2020, "genres": [escape], "directors": [escape], "cast": [escape],
        "media": "film.mp4", "stream_path": "/stream/film.mp4", "content_type": escape,
        "size_bytes": 1, "duration_seconds": 1.0, "poster_path": null, "views": 1, "version": 1,
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
    });
    let cli = Cli::new();
    let page = hostile_server("200 OK", &json!({ "items": [movie], "next_cursor": null }));
    harmless(&cli.run(&["--server", &page, "movie", "list"]).expect_success().stdout);
    let one = hostile_server("200 OK", &movie);
    let id = "019a0000-0000-7000-8000-000000000000";
    harmless(&cli.run(&["--server", &one, "movie", "show", id]).expect_success().stdout);
    let views = json!({
        "total": 1, "days": [],
        "movies": [{ "movie_id": id, "title": escape, "views": 1, "last_viewed_at": null }],
    });
    let views = hostile_server("200 OK", &views);
    harmless(&cli.run(&["--server", &views, "views"]).expect_success().stdout);
    let error = json!({ "error": { "code": "conflict", "message": escape, "request_id": escape } });
    let error = hostile_server("409 Conflict", &error);
    harmless(&cli.run(&["--server", &error, "movie", "list"]).expect_failure(5).stderr);
}

/// Every server of this suite is looked at likewise when it goes.
#[tokio::test]
async fn a_log_with_everything_has_no_secret() {
    let mut server = Server::start_with(&["--log", "trace", "--access", "private"]);
    server.put_media("film.mp4", b"bytes".to_vec()).await;
    let viewer = token(&server, Role::Viewer).await;
    let link = json!({ "media": "film.mp4", "expires_at": Timestamp::now() + SignedDuration::from_hours(1) });
    let link = server.admin(Method::POST, paths::LINKS).json(&link).send().await.unwrap();
    let link: Value = link.json().await.unwrap();
    let path = link["path"].as_str().unwrap_or_default();
    if let Some((_, signature)) = path.split_once("signature=") {
        forbid_in_logs(signature);
        assert_eq!(server.anonymous(Method::GET, path).send().await.unwrap().status(), 200);
    }
    let user = json!({ "name": "ann", "role": "viewer", "password": "a-password-of-ann-77" });
    forbid_in_logs("a-password-of-ann-77");
    let made = server.admin(Method::POST, paths::USERS).json(&user).send().await.unwrap();
    assert_eq!(made.status(), 201);
    for body in [
        json!({ "name": "ann", "password": "a-password-of-ann-77" }),
        json!({ "name": "ann", "password": "a-wrong-one-of-ann-78", "x": 1 }),
    ] {
        server.anonymous(Method::POST, paths::SESSION).json(&body).send().await.unwrap();
    }
    forbid_in_logs("a-wrong-one-of-ann-78");
    server.anonymous(Method::GET, paths::MOVIES).bearer_auth(&viewer).send().await.unwrap();
    server.stop();
    let log = server.log();
    assert!(
        log.contains("listening") && !log.contains(TOKEN) && !log.contains("argon2id"),
        "{log}"
    );
}
