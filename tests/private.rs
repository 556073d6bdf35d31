//! Private clusters: authorization of viewers by account, token and signed link.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use ginflix_api::error::ErrorCode;
use ginflix_api::link::Link;
use ginflix_api::paths;
use ginflix_tests::http::{expect_error, header};
use ginflix_tests::server::{PASSWORD, Server};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::json;

const BYTES: &[u8] = b"the bytes of a film";

async fn create_link(server: &Server, media: &str, lifetime: SignedDuration) -> Link {
    let body = json!({ "media": media, "expires_at": Timestamp::now() + lifetime, "for": "Zoë" });
    let response = server.admin(Method::POST, paths::LINKS).json(&body).send().await.unwrap();
    assert_eq!(response.status(), 201, "{}", response.text().await.unwrap());
    response.json().await.unwrap()
}

#[tokio::test]
async fn anonymous_clients_see_nothing_and_are_redirected_to_the_log_in() {
    let server = Server::start_with(&["--access", "private"]);
    server.put_media("film.mp4", BYTES.to_vec()).await;
    let movie = server.add_movie("A secret film", "film.mp4").await;
    for page in ["/".to_owned(), "/search?q=film".to_owned(), paths::movie_page(movie.id)] {
        let response = server.anonymous(Method::GET, &page).send().await.unwrap();
        assert_eq!(response.status(), 303, "{page}");
        assert!(header(&response, "location").starts_with("/login?next=/"), "{page}");
    }
    // Pages of other origins may read the error.
    let refused = server.anonymous(Method::GET, "/stream/film.mp4").send().await.unwrap();
    assert_eq!(header(&refused, "access-control-allow-origin"), "*");
    for path in [paths::MOVIES, paths::MEDIA, paths::GENRES, "/stream/film.mp4"] {
        expect_error(server.anonymous(Method::GET, path), 401, ErrorCode::Unauthenticated).await;
    }
    let playback = server.anonymous(Method::POST, paths::PLAYBACKS);
    let playback = playback.json(&json!({ "movie_id": movie.id }));
    expect_error(playback, 401, ErrorCode::Unauthenticated).await;
    let login = server.anonymous(Method::GET, "/login").send().await.unwrap();
    assert_eq!(login.status(), 200);
    let authorized = server.admin(Method::GET, "/stream/film.mp4").send().await.unwrap();
    assert_eq!(header(&authorized, "cache-control"), "private, no-cache");
    assert_eq!(authorized.bytes().await.unwrap(), BYTES);
}

#[tokio::test]
async fn users_who_log_in_get_a_player_with_a_signed_link() {
    let server = Server::start_with(&["--access", "private"]);
    server.put_media("film.mp4", BYTES.to_vec()).await;
    let movie = server.add_movie("Film", "film.mp4").await;
    let login = json!({ "name": "admin", "password": PASSWORD });
    let login = server.anonymous(Method::POST, paths::SESSION).json(&login).send().await.unwrap();
    let cookie = header(&login, "set-cookie").split(';').next().unwrap().to_owned();
    let page = server.anonymous(Method::GET, &paths::movie_page(movie.id)).header("cookie", cookie);
    let page = page.send().await.unwrap().text().await.unwrap();
    let start = page.find("src=\"/stream/").expect("a player") + "src=\"".len();
    let src = page[start..].split('"').next().unwrap().replace("&#38;", "&");
    assert!(src.contains("signature="), "{src}");
    // The link needs no cookie, so that other players can use it.
    let played = server.anonymous(Method::GET, &src).send().await.unwrap();
    assert_eq!(played.bytes().await.unwrap(), BYTES);
}

#[tokio::test]
async fn links_outlive_a_restart_and_no_other_server_accepts_them() {
    let mut server = Server::start_with(&["--access", "private"]);
    server.put_media("a film.mp4", BYTES.to_vec()).await;
    let link = create_link(&server, "a film.mp4", SignedDuration::from_hours(1)).await;
    assert_eq!(link.audience, "Zoë");
    server.stop();
    server.start_again();
    let played = server.anonymous(Method::GET, &link.path).header("range", "bytes=4-8");
    let played = played.send().await.unwrap();
    assert_eq!(played.status(), 206);
    assert_eq!(played.bytes().await.unwrap(), BYTES[4..9]);
    let signature = link.path.split_once("signature=").unwrap().1;
    assert!(!server.log().contains(signature), "the log has a signature");

    let other = Server::start_with(&["--access", "private"]);
    other.put_media("a film.mp4", BYTES.to_vec()).await;
    expect_error(other.anonymous(Method::GET, &link.path), 403, ErrorCode::Forbidden).await;
}

#[tokio::test]
async fn a_new_key_signs_while_the_old_one_is_still_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    let write = |names: &[&str]| {
        let lines: Vec<String> = names.iter().map(|name| name.repeat(32)).collect();
        std::fs::write(&keys, lines.join("\n")).unwrap();
    };
    write(&["a"]);
    let flags = ["--access", "private", "--link-keys-file", keys.to_str().unwrap()];
    let mut server = Server::start_with(&flags);
    server.put_media("film.mp4", BYTES.to_vec()).await;
    let old_link = create_link(&server, "film.mp4", SignedDuration::from_hours(1)).await.path;
    // The first key signs, both verify.
    let restart = |server: &mut Server, names: &[&str]| {
        write(names);
        server.stop();
        server.start_again();
        server.url("")
    };
    let status = async |base: String, path: &str| {
        let url = format!("{base}{path}");
        ginflix_tests::http::client().get(url).send().await.unwrap().status().as_u16()
    };
    assert_eq!(status(restart(&mut server, &["b", "a"]), &old_link).await, 200);
    let new_link = create_link(&server, "film.mp4", SignedDuration::from_hours(1)).await.path;
    assert_eq!(status(restart(&mut server, &["b"]), &old_link).await, 403);
    assert_eq!(status(server.url(""), &new_link).await, 200);
}

#[tokio::test]
async fn only_administrators_create_links_and_only_valid_ones() {
    let server = Server::start_with(&["--access", "private"]);
    server.put_media("film.mp4", BYTES.to_vec()).await;
    let link = |media: &str, days: i64| {
        let expires_at = Timestamp::now() + SignedDuration::from_hours(24 * days);
        json!({ "media": media, "expires_at": expires_at })
    };
    let anonymous = server.anonymous(Method::POST, paths::LINKS).json(&link("film.mp4", 1));
    expect_error(anonymous, 401, ErrorCode::Unauthenticated).await;
    let create = |body| server.admin(Method::POST, paths::LINKS).json(&body);
    expect_error(create(link("other.mp4", 1)), 404, ErrorCode::NotFound).await;
    expect_error(create(link("film.mp4", -1)), 400, ErrorCode::Invalid).await;
    expect_error(create(link("film.mp4", 400)), 400, ErrorCode::Invalid).await;
    assert_eq!(create(link("film.mp4", 1)).send().await.unwrap().status(), 201);
}
