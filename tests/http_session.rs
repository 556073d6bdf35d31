//! Sessions and tokens over HTTP, and the requests that need them.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use ginflix_api::account::{LoggedIn, Session};
use ginflix_api::error::ErrorCode;
use ginflix_api::paths;
use ginflix_tests::http::{expect_error, header};
use ginflix_tests::server::{PASSWORD, Server, TOKEN};
use reqwest::{Method, RequestBuilder};
use serde_json::json;

fn log_in(server: &Server, password: &str) -> RequestBuilder {
    let body = json!({ "name": "admin", "password": password });
    server.anonymous(Method::POST, paths::SESSION).json(&body)
}

/// Logs in and returns the session cookie in the form of a `Cookie` field.
async fn session_cookie(server: &Server) -> String {
    let response = log_in(server, PASSWORD).send().await.unwrap();
    assert_eq!(response.status(), 201);
    let cookie = header(&response, "set-cookie");
    assert!(cookie.starts_with("ginflix_session="), "{cookie}");
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(attribute), "no {attribute} in {cookie}");
    }
    cookie.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_session_token_is_valid_until_the_log_out() {
    let server = Server::start();
    let login: LoggedIn = log_in(&server, PASSWORD).send().await.unwrap().json().await.unwrap();
    let with_token = |method| server.anonymous(method, paths::SESSION).bearer_auth(&login.token);
    let session: Session = with_token(Method::GET).send().await.unwrap().json().await.unwrap();
    assert_eq!(session.name, "admin");
    assert!(session.expires_at.is_some(), "a session without an end");
    assert_eq!(with_token(Method::DELETE).send().await.unwrap().status(), 204);
    expect_error(with_token(Method::GET), 401, ErrorCode::Unauthenticated).await;
}

#[tokio::test]
async fn a_cookie_authorizes_changes_only_from_pages_of_the_server() {
    let server = Server::start();
    let cookie = session_cookie(&server).await;
    server.put_media("film.mp4", b"bytes".to_vec()).await;
    let add = |title: &str| {
        let body = json!({ "title": title, "media": "film.mp4" });
        server.anonymous(Method::POST, paths::MOVIES).header("cookie", &cookie).json(&body)
    };
    let foreign = add("Foreign").header("origin", "https://evil.example");
    expect_error(foreign, 403, ErrorCode::Forbidden).await;
    let cross_site = add("Cross").header("sec-fetch-site", "cross-site");
    expect_error(cross_site, 403, ErrorCode::Forbidden).await;
    expect_error(add("Silent"), 403, ErrorCode::Forbidden).await;
    let own = add("Own").header("origin", server.url(""));
    assert_eq!(own.send().await.unwrap().status(), 201);
    let read = server.anonymous(Method::GET, paths::SESSION).header("cookie", &cookie);
    assert_eq!(read.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn changes_need_a_valid_token() {
    let server = Server::start();
    server.put_media("film.mp4", b"bytes".to_vec()).await;
    let movie = server.add_movie("Film", "film.mp4").await;
    let movie_path = paths::movie(movie.id);
    let poster = paths::poster(movie.id);
    for (method, path) in [
        (Method::POST, paths::MOVIES),
        (Method::PATCH, &movie_path),
        (Method::DELETE, &movie_path),
        (Method::PUT, &poster),
        (Method::POST, paths::UPLOADS),
        (Method::DELETE, "/api/v1/media/film.mp4"),
        (Method::GET, paths::STATUS),
        (Method::GET, paths::VIEWS),
    ] {
        let anonymous_request = server.anonymous(method.clone(), path).json(&json!({}));
        expect_error(anonymous_request, 401, ErrorCode::Unauthenticated).await;
        let wrong_token = format!("{}0", &TOKEN[..TOKEN.len() - 1]);
        let wrong_request =
            server.anonymous(method, path).bearer_auth(wrong_token).json(&json!({}));
        expect_error(wrong_request, 401, ErrorCode::Unauthenticated).await;
    }
    assert!(server.media("film.mp4").await.is_some());
}

#[tokio::test]
async fn anyone_may_watch_on_a_public_server() {
    let server = Server::start();
    server.put_media("film.mp4", b"bytes".to_vec()).await;
    let movie = server.add_movie("Film", "film.mp4").await;
    for path in ["/stream/film.mp4", paths::MOVIES, &paths::movie(movie.id), paths::GENRES, "/"] {
        let status = server.anonymous(Method::GET, path).send().await.unwrap().status();
        assert_eq!(status, 200, "{path}");
    }
}

#[tokio::test]
async fn secrets_are_in_no_log_and_no_other_file() {
    let mut server = Server::start_with(&["--log", "debug"]);
    let cookie = session_cookie(&server).await;
    expect_error(log_in(&server, "a-wrong-guess-42"), 401, ErrorCode::Unauthenticated).await;
    server.json(paths::STATUS).await;
    server.stop();
    let log = server.log();
    let session = cookie.trim_start_matches("ginflix_session=");
    for secret in [TOKEN, PASSWORD, "a-wrong-guess-42", session] {
        assert!(!log.contains(secret), "the log has a secret:\n{log}");
        let database = std::fs::read(server.volume().join("catalog.db")).unwrap();
        let found = database.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "the catalogue has a secret in the clear");
    }
}
