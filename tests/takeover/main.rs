//! Upgrades from an earlier build: its volume, its catalogue in both databases, and the state of the
//! command. The commit df2cfc6 wrote `state/` and the SQL; this file writes the media files, byte
//! for byte as they were.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use ginflix_api::paths;
use ginflix_server::hmac_keys::HmacKeys;
use ginflix_server::links::{LinkStatus, Links};
use ginflix_tests::cli::Cli;
use ginflix_tests::http::header;
use ginflix_tests::postgres;
use ginflix_tests::server::Server;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The content of the uploaded file: two boxes of MP4 without pictures.
const MEDIA: &[u8] = b"\0\0\0\x14ftypisom\0\0\0\0isom\0\0\0\x0cfreefilm";

/// The id and the offset of the unfinished upload.
const UPLOAD: &str = "01a2255b-f034-76ff-8c26-c506af459ce3";
const UPLOAD_OFFSET: usize = 20;

/// The query of a signed link.
const LINK_QUERY: &str =
    "expires=1827459177&for=ann&signature=yvaikzfrIKq9GYvCTQ-RXpwTqnWGVXGa_aWhRiCOVgw";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("takeover").join(name)
}

/// Restores the state of the earlier build: copies its text files, and writes the binary ones.
fn restore_state(folder: &Path) {
    let data = folder.join("data");
    for subfolder in ["media", "meta", "uploads", "pulls"] {
        fs::create_dir_all(data.join(subfolder)).unwrap();
    }
    let record = &format!("data/uploads/{UPLOAD}.json");
    for file in ["cluster.json", "token", "data/link-keys", "data/meta/film.mp4.json", record] {
        let copy = folder.join(file);
        fs::copy(fixture("state").join(file), &copy).unwrap();
        fs::set_permissions(copy, Permissions::from_mode(0o600)).unwrap(); // some are secrets
    }
    fs::write(data.join(format!("uploads/{UPLOAD}.part")), &MEDIA[..UPLOAD_OFFSET]).unwrap();
    fs::write(data.join("views.journal"), "GFVIEWS1").unwrap();
    let path = data.join("media/film.mp4");
    fs::write(&path, MEDIA).unwrap();
    // The server trusts stored metadata only if the modification time of the file is the same.
    let metadata: Value =
        serde_json::from_slice(&fs::read(data.join("meta/film.mp4.json")).unwrap()).unwrap();
    let modified = Duration::from_nanos(metadata["mtime_ns"].as_u64().unwrap());
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + modified).unwrap();
}

/// Restores the catalogue of the earlier build in SQLite.
fn restore_sqlite(data: &Path) {
    let catalogue = rusqlite::Connection::open(data.join("catalog.db")).unwrap();
    catalogue.execute_batch(&fs::read_to_string(fixture("sqlite.sql")).unwrap()).unwrap();
}

/// Fails the test unless the movies, their views and the audit log are as they were.
async fn assert_catalogue_is_unchanged(server: &Server) {
    let movies = server.json(&format!("{}?sort=title", paths::MOVIES)).await;
    let titles: Vec<_> =
        movies["items"].as_array().unwrap().iter().map(|movie| &movie["title"]).collect();
    assert_eq!(titles, ["Another", "Old Film"]);
    let old = &movies["items"][1];
    assert_eq!(
        (&old["description"], &old["year"], &old["genres"], &old["directors"], &old["views"]),
        (&json!("Once."), &json!(1999), &json!(["Drama"]), &json!(["Ann"]), &json!(1))
    );
    // The second is misspelled, so it is found only with the index of similar words.
    for word in ["film", "dramma"] {
        let found = server.json(&format!("{}?q={word}", paths::MOVIES)).await;
        assert_eq!(found["items"][0]["title"], "Old Film", "{word}");
    }
    let audit = server.json(paths::AUDIT).await;
    let actions = audit["items"].as_array().unwrap().iter().map(|entry| &entry["action"]);
    assert!(actions.clone().any(|action| action == "movies.add"), "{audit}");
    assert!(actions.clone().any(|action| action == "uploads.finish"), "{audit}");
}

/// Fails the test unless the password of the account and the token are still valid.
async fn assert_credentials_are_valid(server: &Server, token: &str) {
    let login = json!({ "name": "ann", "password": "another-long-password" });
    let login = server.anonymous(Method::POST, paths::SESSION).json(&login).send().await.unwrap();
    assert_eq!(login.status(), 201);
    // The token of the cluster created it, so it belongs to no account.
    let tokens = server.json(paths::TOKENS).await;
    let tv = &tokens["items"][1];
    assert_eq!((&tv["name"], &tv["account"]), (&json!("tv"), &Value::Null));
    let request = server.anonymous(Method::GET, "/stream/film.mp4").bearer_auth(token);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.bytes().await.unwrap(), MEDIA);
}

/// Fails the test unless the unfinished upload can be resumed and completed.
async fn assert_upload_resumes(server: &Server) {
    let location = paths::upload(UPLOAD.parse().unwrap());
    let status = server.head_upload(&location).send().await.unwrap();
    assert_eq!(header(&status, "upload-offset"), UPLOAD_OFFSET.to_string());
    let rest = MEDIA[UPLOAD_OFFSET..].to_vec();
    let done = server.patch_upload(&location, UPLOAD_OFFSET as u64, rest).send().await.unwrap();
    assert_eq!(done.status(), 204);
    let (new, old) = (server.media("unfinished.mp4").await, server.media("film.mp4").await);
    assert_eq!(new.unwrap().sha256, old.unwrap().sha256);
}

#[tokio::test]
async fn the_server_takes_over_a_volume_and_its_sqlite_catalogue() {
    let folder = TempDir::new().unwrap();
    restore_state(folder.path());
    let data = folder.path().join("data");
    restore_sqlite(&data);
    let server = Server::start_on(&data, &["--access", "private"]);
    assert_catalogue_is_unchanged(&server).await;
    assert_credentials_are_valid(&server, "2L7FJOT-HJMepbzjhsTrmau7Ip4Z_aD0Ly2zeKhqXp4").await;
    assert_upload_resumes(&server).await;
}

#[tokio::test]
async fn the_server_takes_over_a_postgresql_catalogue() {
    let folder = TempDir::new().unwrap();
    restore_state(folder.path());
    let url = postgres::shared().create_database(None).await;
    let (catalogue, connection) =
        tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let sql = fs::read_to_string(fixture("postgres.sql")).unwrap();
    catalogue.batch_execute(&sql).await.unwrap();
    let server = Server::start_on(
        &folder.path().join("data"),
        &["--access", "private", "--database-url", &url],
    );
    assert_catalogue_is_unchanged(&server).await;
    assert_credentials_are_valid(&server, "nPaKx6F-6kiUzpCdT_pHmBYapyewqrLkxU-TKGOd6Io").await;
}

#[test]
fn a_signed_link_stays_valid() {
    let folder = TempDir::new().unwrap();
    restore_state(folder.path());
    let links = Links::new(HmacKeys::open_or_create(&folder.path().join("data")).unwrap());
    let check = |time: &str| links.verify("/stream/film.mp4", LINK_QUERY, time.parse().unwrap());
    assert_eq!(check("2026-12-01T00:00:00Z"), LinkStatus::Valid);
    assert_eq!(check("2027-12-01T00:00:00Z"), LinkStatus::Expired);
}

#[test]
fn the_command_starts_a_stopped_cluster() {
    let cli = Cli::new();
    let state = cli.home().join("state/ginflix");
    fs::create_dir_all(&state).unwrap();
    restore_state(&state);
    restore_sqlite(&state.join("data"));
    let outcome = cli.run(&["cluster", "status", "-o", "json"]);
    let status: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!((outcome.code, &status["state"]), (1, &json!("stopped")));
    cli.up();
    let movies = cli.json(&["movie", "list"]);
    let titles = movies.as_array().unwrap().iter().map(|movie| &movie["title"]);
    assert!(titles.clone().any(|title| title == "Old Film"), "{movies}");
    let views = cli.json(&["views"]);
    assert_eq!(views["total"], 1, "{views}");
}
