//! Attacks: markup and SQL in every field, routes without authorization, fixed sessions, escape
//! sequences for terminals, and secrets in logs.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

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

const HOSTILE_TEXTS: [&str; 12] = [
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

/// Creates an API token, and forbids it in all logs.
async fn create_token(server: &Server, role: Role) -> String {
    let body = NewToken { name: format!("{role:?}"), role, ..NewToken::default() };
    let response = server.admin(Method::POST, paths::TOKENS).json(&body).send().await.unwrap();
    let token: Value = response.json().await.unwrap();
    let secret = token["token"].as_str().unwrap().to_owned();
    forbid_in_logs(&secret);
    secret
}

#[tokio::test]
async fn hostile_text_is_returned_unchanged_and_escaped_on_pages() {
    let server = Server::start();
    server.put_media("film.mp4", b"bytes".to_vec()).await;
    for text in HOSTILE_TEXTS {
        let body = json!({
            "title": text, "media": "film.mp4", "description": text, "genres": [text],
            "directors": [text], "cast": [text],
        });
        let response = server.admin(Method::POST, paths::MOVIES).json(&body).send().await.unwrap();
        assert_eq!(response.status(), 201, "{text}");
        let movie: Movie = response.json().await.unwrap();
        // The catalogue stores text in the Unicode normalization form C.
        let stored = text.replace("e\u{301}", "é");
        let read = server.json(&paths::movie(movie.id)).await;
        for field in ["title", "description"] {
            assert_eq!(read[field], stored, "{field}");
        }
        for field in ["genres", "directors", "cast"] {
            assert_eq!(read[field], json!([stored]), "{field}");
        }
        let count_found = async |parameter: &str| -> usize {
            let request = server.anonymous(Method::GET, paths::MOVIES).query(&[(parameter, text)]);
            let found: Value = request.send().await.unwrap().json().await.unwrap();
            found["items"].as_array().unwrap_or_else(|| panic!("{parameter}={text}: {found}")).len()
        };
        assert!(count_found("q").await >= 1, "{text}");
        assert_eq!(count_found("genre").await, 1, "{text}");

        for path in [
            paths::movie_page(movie.id),
            "/".to_owned(),
            format!("/admin/movies/{}", movie.id),
            "/admin".to_owned(),
        ] {
            let page = server.admin(Method::GET, &path).send().await.unwrap().text().await.unwrap();
            for markup in ["alert(1)>", "<script>alert", "<svg onload"] {
                assert!(!page.contains(markup), "{markup} on {path}: {page}");
            }
        }
        let link = json!({ "media": "film.mp4", "expires_at": Timestamp::now() + SignedDuration::from_hours(1), "for": text });
        let link = server.admin(Method::POST, paths::LINKS).json(&link).send().await.unwrap();
        assert_eq!(link.status(), 201, "{text}");
    }
    let search = format!("/search?q={}", "%3Cscript%3Ealert(1)%3C/script%3E");
    let page = server.anonymous(Method::GET, &search).send().await.unwrap().text().await.unwrap();
    assert!(!page.contains("<script>alert"), "{page}");
    assert!(page.contains("&#60;script&#62;alert(1)"), "{page}");
    assert_eq!(server.json(paths::STATUS).await["movies"], HOSTILE_TEXTS.len());
}

#[tokio::test]
async fn only_administrators_may_use_operations_that_the_document_restricts() {
    let server = Server::start();
    let viewer = create_token(&server, Role::Viewer).await;
    let document = server.json("/api/v1/openapi.json").await;
    let mut restricted = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let security = operation["security"].as_array().unwrap();
            if security.is_empty() || security.contains(&json!({})) {
                continue;
            }
            restricted += 1;
            let method: Method = method.to_uppercase().parse().unwrap();
            let path = path
                .replace("{id}", "019a0000-0000-7000-8000-000000000000")
                .replace("{movie}", "019a0000-0000-7000-8000-000000000000")
                .replace("{name}", "film.mp4");
            assert!(!path.contains('{'), "{path}: the test has no value for this parameter");
            let as_viewer = server.anonymous(method.clone(), &path).bearer_auth(&viewer);
            let response = as_viewer.send().await.unwrap();
            assert_eq!(response.status(), 403, "{method} {path}");
            let response = server.anonymous(method.clone(), &path).send().await.unwrap();
            // Pages redirect to the log-in.
            let expected = if path.starts_with("/api/") { 401 } else { 303 };
            assert_eq!(response.status(), expected, "{method} {path}");
            let unknown = server.anonymous(method.clone(), &path).bearer_auth("0".repeat(64));
            let response = unknown.send().await.unwrap();
            assert_eq!(response.status(), expected, "{method} {path} with an unknown token");
        }
    }
    assert!(restricted >= 44, "{restricted}");
}

/// Session fixation: an attacker who sets the cookie of a victim must not know the session that the
/// victim gets at the log-in.
#[tokio::test]
async fn a_log_in_never_keeps_the_session_of_the_request() {
    let server = Server::start();
    let cookie = format!("ginflix_session={}", "ab".repeat(32));
    let log_in = || {
        let login = json!({ "name": "admin", "password": PASSWORD });
        server.anonymous(Method::POST, paths::SESSION).header("cookie", &cookie).json(&login)
    };
    let mut sessions = Vec::new();
    for _ in 0..2 {
        let response = log_in().send().await.unwrap();
        assert_eq!(response.status(), 201);
        let session = header(&response, "set-cookie").split(';').next().unwrap().to_owned();
        forbid_in_logs(session.trim_start_matches("ginflix_session="));
        sessions.push(session);
    }
    assert_ne!(sessions[0], cookie);
    assert_ne!(sessions[1], cookie);
    assert_ne!(sessions[0], sessions[1]);
    let fixed = server.anonymous(Method::GET, paths::SESSION).header("cookie", &cookie);
    assert_eq!(fixed.send().await.unwrap().status(), 401);

    // A page of another site can neither log a user in nor out.
    let from = |origin: &str| log_in().header("origin", origin).header("host", "ours.example");
    assert_eq!(from("https://evil.example").send().await.unwrap().status(), 403);
    let cross_site = log_in().header("sec-fetch-site", "cross-site").send().await.unwrap();
    assert_eq!(cross_site.status(), 403);
    for (name, value) in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
        let log_out =
            server.anonymous(Method::DELETE, paths::SESSION).header("cookie", &sessions[0]);
        assert_eq!(log_out.header(name, value).send().await.unwrap().status(), 403);
    }
    let session = server.anonymous(Method::GET, paths::SESSION).header("cookie", &sessions[0]);
    assert_eq!(session.send().await.unwrap().status(), 200);
}

/// Starts a foreign server that sends this response to every request, and returns its URL.
fn start_hostile_server(status: &str, body: &Value) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let body = body.to_string();
    let response = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    );
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 8192]);
            let _ = stream.write_all(response.as_bytes());
        }
    });
    format!("http://{address}")
}

/// Fails the test if the output of a command has control characters. It must have the rest of the
/// hostile text.
#[track_caller]
fn assert_harmless(output: &str) {
    let is_harmful = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert!(!output.contains(is_harmful), "{output:?}");
    assert!(output.contains("owned"), "{output:?}");
}

/// A title or a message must not move the cursor or rename the window of the terminal.
#[test]
fn escape_sequences_of_a_server_do_not_reach_the_terminal() {
    let escape = "a\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\rb\u{202e}c";
    let movie = json!({
        "id": "019a0000-0000-7000-8000-000000000000", "title": escape, "description": escape,
        "year": 2020, "genres": [escape], "directors": [escape], "cast": [escape],
        "media": "film.mp4", "stream_path": "/stream/film.mp4", "content_type": escape,
        "size_bytes": 1, "duration_seconds": 1.0, "poster_path": null, "views": 1, "version": 1,
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
    });
    let cli = Cli::new();
    let page = start_hostile_server("200 OK", &json!({ "items": [movie], "next_cursor": null }));
    assert_harmless(&cli.run(&["--server", &page, "movie", "list"]).expect_success().stdout);
    let one = start_hostile_server("200 OK", &movie);
    let id = "019a0000-0000-7000-8000-000000000000";
    assert_harmless(&cli.run(&["--server", &one, "movie", "show", id]).expect_success().stdout);
    let views = json!({
        "total": 1, "days": [],
        "movies": [{ "movie_id": id, "title": escape, "views": 1, "last_viewed_at": null }],
    });
    let views = start_hostile_server("200 OK", &views);
    assert_harmless(&cli.run(&["--server", &views, "views"]).expect_success().stdout);
    let error = json!({ "error": { "code": "conflict", "message": escape, "request_id": escape } });
    let error = start_hostile_server("409 Conflict", &error);
    assert_harmless(&cli.run(&["--server", &error, "movie", "list"]).expect_failure(5).stderr);
}

/// [`forbid_in_logs`] makes every server of this suite check its log when it is dropped.
#[tokio::test]
async fn a_trace_log_has_no_secrets() {
    let mut server = Server::start_with(&["--log", "trace", "--access", "private"]);
    server.put_media("film.mp4", b"bytes".to_vec()).await;
    let viewer = create_token(&server, Role::Viewer).await;
    let link = json!({ "media": "film.mp4", "expires_at": Timestamp::now() + SignedDuration::from_hours(1) });
    let link = server.admin(Method::POST, paths::LINKS).json(&link).send().await.unwrap();
    let link: Value = link.json().await.unwrap();
    let path = link["path"].as_str().unwrap();
    let (_, signature) = path.split_once("signature=").unwrap();
    forbid_in_logs(signature);
    assert_eq!(server.anonymous(Method::GET, path).send().await.unwrap().status(), 200);
    let user = json!({ "name": "ann", "role": "viewer", "password": "a-password-of-ann-77" });
    forbid_in_logs("a-password-of-ann-77");
    let added = server.admin(Method::POST, paths::USERS).json(&user).send().await.unwrap();
    assert_eq!(added.status(), 201);
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
    assert!(log.contains("listening"), "{log}");
    assert!(!log.contains(TOKEN), "{log}");
    assert!(!log.contains("argon2id"), "{log}");
}
