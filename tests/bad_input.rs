//! Mistakes of users, and input of attackers: the response says what is wrong, and nothing changes.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use ginflix_api::error::ErrorCode;
use ginflix_api::paths;
use ginflix_tests::http::{expect_error, header, noise};
use ginflix_tests::server::{self, PASSWORD, Server, TOKEN};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

const MIB: usize = 1 << 20;

/// Starts a server with one media file and no movie.
async fn with_media() -> Server {
    let server = Server::start();
    server.put_media("film.mp4", b"bytes of a film".to_vec()).await;
    server
}

/// Builds the request that adds a movie.
fn add(server: &Server, body: &Value) -> RequestBuilder {
    server.admin(Method::POST, paths::MOVIES).json(body)
}

async fn assert_no_media(server: &Server) {
    assert_eq!(server.json(paths::MEDIA).await["items"], json!([]));
    let count = std::fs::read_dir(server.volume().join("media")).unwrap().count();
    assert_eq!(count, 0, "the volume has a media file");
}

async fn assert_no_movies(server: &Server) {
    assert_eq!(server.json(paths::MOVIES).await["items"], json!([]));
}

#[tokio::test]
async fn an_empty_file_is_refused() {
    let server = Server::start();
    let message =
        expect_error(server.create_upload("film.mp4", 0, ""), 400, ErrorCode::Invalid).await;
    assert!(message.contains("empty"), "{message}");
    assert_no_media(&server).await;
}

/// Fails the test unless the server refuses an upload for its name.
async fn assert_name_is_refused(name: &str) {
    let server = Server::start();
    let message = expect_error(server.create_upload(name, 5, ""), 400, ErrorCode::Invalid).await;
    assert!(message.contains("name"), "{message}");
    assert_no_media(&server).await;
}

#[tokio::test]
async fn a_name_with_a_slash_is_refused() {
    assert_name_is_refused("folder/film.mp4").await;
    assert_name_is_refused("/etc/passwd.mp4").await;
}

#[tokio::test]
async fn a_name_that_leads_to_another_folder_is_refused() {
    assert_name_is_refused("../film.mp4").await;
    assert_name_is_refused("..").await;
}

#[tokio::test]
async fn a_name_with_nul_is_refused() {
    assert_name_is_refused("film.mp4\0.txt").await;
}

#[tokio::test]
async fn a_name_with_a_leading_dot_is_refused() {
    assert_name_is_refused(".film.mp4").await;
}

#[tokio::test]
async fn a_name_of_300_characters_is_refused() {
    assert_name_is_refused(&format!("{}.mp4", "a".repeat(296))).await;
}

#[tokio::test]
async fn a_name_with_an_emoji_is_refused() {
    assert_name_is_refused("🎬.mp4").await;
}

#[tokio::test]
async fn valid_names_are_accepted() {
    let server = Server::start();
    let longest = format!("{}.mp4", "a".repeat(196));
    for name in ["Ein Film (2024) [HD]_x-1.webm", "фильм.mkv", "映画.mp4", "été.mp4", &longest]
    {
        let media = server.put_media(name, name.as_bytes().to_vec()).await;
        let served = server.anonymous(Method::GET, &media.stream_path).send().await.unwrap();
        assert_eq!(served.bytes().await.unwrap(), name.as_bytes(), "{name}");
    }
}

#[tokio::test]
async fn an_empty_title_is_refused() {
    let server = with_media().await;
    for title in ["", "   ", "\u{200b}", "\n"] {
        let movie = json!({ "title": title, "media": "film.mp4" });
        let message = expect_error(add(&server, &movie), 400, ErrorCode::Invalid).await;
        assert!(message.contains("title"), "{message}");
    }
    assert_no_movies(&server).await;
}

#[tokio::test]
async fn a_title_of_10000_characters_is_refused() {
    let server = with_media().await;
    let movie = json!({ "title": "a".repeat(10_000), "media": "film.mp4" });
    let message = expect_error(add(&server, &movie), 400, ErrorCode::Invalid).await;
    assert!(message.contains("title"), "{message}");
    assert!(message.contains("200"), "{message}");
    assert_no_movies(&server).await;
}

#[tokio::test]
async fn fields_beyond_their_limits_are_refused() {
    let server = with_media().await;
    for (field, value) in [
        ("year", json!(1500)),
        ("genres", json!(vec!["x"; 51])),
        ("cast", json!(["x".repeat(101)])),
        ("genres", json!([""])),
        ("description", json!("x".repeat(10_001))),
    ] {
        let mut movie = json!({ "title": "Film", "media": "film.mp4" });
        movie[field] = value;
        let message = expect_error(add(&server, &movie), 400, ErrorCode::Invalid).await;
        assert!(message.contains(field), "{field}: {message}");
    }
    assert_no_movies(&server).await;
}

#[tokio::test]
async fn a_body_that_is_not_json_is_refused() {
    let server = with_media().await;
    for body in ["", "{", "not json", "[]", "null", "{\"title\": }", "\u{feff}{}", "\"\\ud800\""] {
        let request = server.admin(Method::POST, paths::MOVIES);
        let request = request.header("content-type", "application/json").body(body);
        expect_error(request, 400, ErrorCode::Invalid).await;
    }
    let not_text =
        server.admin(Method::POST, paths::MOVIES).header("content-type", "application/json");
    expect_error(not_text.body(vec![0xff, 0xfe, 0x00]), 400, ErrorCode::Invalid).await;
    let deep = server.admin(Method::POST, paths::MOVIES).header("content-type", "application/json");
    expect_error(deep.body("[".repeat(100_000)), 400, ErrorCode::Invalid).await;
    assert_no_movies(&server).await;
}

#[tokio::test]
async fn json_that_is_too_large_is_refused() {
    let server = with_media().await;
    let movie = json!({ "title": "Film", "media": "film.mp4", "description": "x".repeat(MIB) });
    expect_error(add(&server, &movie), 413, ErrorCode::TooLarge).await;
    // The same without a Content-Length.
    let chunks = (0..40).map(|_| Ok::<_, std::io::Error>(vec![b' '; 64 << 10]));
    let body = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
    let request = server.admin(Method::POST, paths::MOVIES);
    let request = request.header("content-type", "application/json").body(body);
    expect_error(request, 413, ErrorCode::TooLarge).await;
    assert_no_movies(&server).await;
}

#[tokio::test]
async fn json_with_unknown_fields_is_refused() {
    let server = with_media().await;
    let movie = json!({ "title": "Film", "media": "film.mp4", "yeer": 1999 });
    let message = expect_error(add(&server, &movie), 400, ErrorCode::Invalid).await;
    assert!(message.contains("yeer"), "{message}");
    assert_no_movies(&server).await;
}

#[tokio::test]
async fn a_movie_of_unknown_media_is_refused() {
    let server = with_media().await;
    let movie = json!({ "title": "Film", "media": "other.mp4" });
    let message = expect_error(add(&server, &movie), 400, ErrorCode::Invalid).await;
    assert!(message.contains("other.mp4"), "{message}");
    assert_no_movies(&server).await;
}

#[tokio::test]
async fn unknown_ids_are_not_found() {
    let server = with_media().await;
    let unknown = "/api/v1/movies/01890a5d-ac96-774b-bcce-b302099a8057";
    expect_error(server.anonymous(Method::GET, unknown), 404, ErrorCode::NotFound).await;
    expect_error(server.admin(Method::DELETE, unknown), 404, ErrorCode::NotFound).await;
    for path in ["/api/v1/movies/1", "/api/v1/movies/%00", "/api/v1/nothing"] {
        expect_error(server.anonymous(Method::GET, path), 404, ErrorCode::NotFound).await;
    }
    for page in ["/nothing", "/movies/1", "/assets/nothing.js"] {
        let response = server.anonymous(Method::GET, page).send().await.unwrap();
        assert_eq!(response.status(), 404, "{page}");
    }
    let start = json!({ "movie_id": "01890a5d-ac96-774b-bcce-b302099a8057" });
    let start = server.anonymous(Method::POST, paths::PLAYBACKS).json(&start);
    expect_error(start, 404, ErrorCode::NotFound).await;
}

#[tokio::test]
async fn invalid_query_parameters_are_refused() {
    let server = with_media().await;
    for query in
        ["limit=0", "limit=100000", "limit=x", "sort=best", "cursor=%00", "cursor=abc", "yeer=1"]
    {
        let path = format!("{}?{query}", paths::MOVIES);
        expect_error(server.anonymous(Method::GET, &path), 400, ErrorCode::Invalid).await;
    }
}

#[tokio::test]
async fn a_wrong_or_missing_token_is_refused() {
    let server = Server::start();
    let anonymous = server.anonymous(Method::POST, paths::UPLOADS).header("tus-resumable", "1.0.0");
    expect_error(anonymous, 401, ErrorCode::Unauthenticated).await;
    let long = "x".repeat(4000);
    for value in ["Bearer", "Bearer ", "Bearer wrong", "Basic YWRtaW46YWRtaW4=", TOKEN, &long] {
        let request = server.anonymous(Method::GET, paths::STATUS).header("authorization", value);
        expect_error(request, 401, ErrorCode::Unauthenticated).await;
    }
}

#[tokio::test]
async fn log_ins_are_refused_after_five_wrong_passwords() {
    let server = Server::start();
    let log_in = |password: &str| {
        let body = json!({ "name": "admin", "password": password });
        server.anonymous(Method::POST, paths::SESSION).json(&body)
    };
    for attempt in 0..5 {
        expect_error(log_in(&format!("guess-{attempt}")), 401, ErrorCode::Unauthenticated).await;
    }
    let response = log_in("guess-6").send().await.unwrap();
    assert_eq!(response.status(), 429);
    let wait: u64 = header(&response, "retry-after").parse().unwrap();
    assert!(wait > 0);
    // The right password is refused, too: otherwise an attacker could go on guessing.
    expect_error(log_in(PASSWORD), 429, ErrorCode::TooManyRequests).await;
    // Tokens are too long to guess, and are not limited.
    server.json(paths::STATUS).await;
}

#[tokio::test]
async fn an_unknown_account_gets_the_message_of_a_known_one() {
    let server = Server::start();
    let message = async |name: &str| {
        let body = json!({ "name": name, "password": "wrong-password" });
        let request = server.anonymous(Method::POST, paths::SESSION).json(&body);
        expect_error(request, 401, ErrorCode::Unauthenticated).await
    };
    assert_eq!(message("admin").await, message("nobody").await);
}

#[tokio::test]
async fn an_upload_resumes_after_the_disk_was_full() {
    let server = Server::start_on_small_volume(24, &["--reserve-bytes", "0"]);
    let bytes = noise(10 * MIB, 1);
    let created = server.create_upload("film.mp4", bytes.len() as u64, "").send().await.unwrap();
    assert_eq!(created.status(), 201);
    let location = header(&created, "location");

    // Another file takes the space that was free at the start.
    let ballast = server.volume().join("ballast");
    let free = server.json(paths::STATUS).await["free_bytes"].as_u64().unwrap() as usize;
    std::fs::write(&ballast, vec![0; free - 2 * MIB]).unwrap();

    let message =
        expect_error(server.patch_upload(&location, 0, bytes.clone()), 507, ErrorCode::NoSpace)
            .await;
    assert!(message.contains("full"), "{message}");
    assert_eq!(server.json(paths::MEDIA).await["items"], json!([]));
    expect_error(server.anonymous(Method::GET, "/stream/film.mp4"), 404, ErrorCode::NotFound).await;
    assert_eq!(server.anonymous(Method::GET, paths::READYZ).send().await.unwrap().status(), 200);

    // With space again, the same upload resumes.
    std::fs::remove_file(&ballast).unwrap();
    let head = server.head_upload(&location).send().await.unwrap();
    let offset: usize = header(&head, "upload-offset").parse().unwrap();
    let rest = server.patch_upload(&location, offset as u64, bytes[offset..].to_vec());
    assert_eq!(rest.send().await.unwrap().status(), 204);
    assert_eq!(server.media("film.mp4").await.unwrap().size_bytes as usize, bytes.len());
}

#[tokio::test]
async fn an_upload_larger_than_the_free_space_or_the_limit_is_refused() {
    let server = Server::start_on_small_volume(24, &["--reserve-bytes", "0"]);
    expect_error(server.create_upload("film.mp4", 1 << 30, ""), 507, ErrorCode::NoSpace).await;
    let server = Server::start_with(&["--reserve-bytes", &(1_u64 << 60).to_string()]);
    expect_error(server.create_upload("film.mp4", 1, ""), 507, ErrorCode::NoSpace).await;
    let server = Server::start_with(&["--max-upload-bytes", "1000"]);
    expect_error(server.create_upload("film.mp4", 1001, ""), 413, ErrorCode::TooLarge).await;
    assert_no_media(&server).await;
}

#[test]
fn invalid_settings_are_named_at_the_start() {
    let folder = tempfile::TempDir::new().unwrap();
    let data = folder.path().join("data").display().to_string();
    let cases: [(&[&str], &str); 4] = [
        (&[], "data_dir"),
        (&["--data-dir", &data, "--listen", "nowhere"], "listen"),
        (&["--data-dir", &data, "--database-url", "mysql://x"], "database_url"),
        (&["--data-dir", &data, "--no-such-flag"], "--no-such-flag"),
    ];
    for (flags, setting) in cases {
        let output = server::command(flags).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(64), "{flags:?}: {stderr}");
        assert!(stderr.contains(setting), "{flags:?}: {stderr}");
    }
    assert!(!folder.path().join("data").exists(), "an invalid setting must not change anything");
}

#[test]
fn a_volume_that_another_server_uses_is_refused() {
    let server = Server::start();
    let volume = server.volume().display().to_string();
    let second = ["--data-dir", &volume, "--listen", "127.0.0.1:0"];
    let output = server::command(&second).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("another"), "{stderr}");
}
