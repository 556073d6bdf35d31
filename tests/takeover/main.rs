//! What an earlier build left is taken over: a volume, the catalogue in both databases, and the
//! state of the command. `state/` and the SQL were written by the commit df2cfc6; media files are
//! written here, byte for byte as they were.

#![allow(clippy::unwrap_used)] // a case that cannot go on says where

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use ginflix_api::paths;
use ginflix_server::hmac_keys::HmacKeys;
use ginflix_server::links::{Links, Verdict};
use ginflix_tests::cli::Cli;
use ginflix_tests::http::header;
use ginflix_tests::postgres;
use ginflix_tests::server::Server;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The film that was uploaded: two boxes of MP4 without pictures.
const FILM: &[u8] = b"\0\0\0\x14ftypisom\0\0\0\0isom\0\0\0\x0cfreefilm";

/// The upload that was not finished, and how much of it came.
const UPLOAD: &str = "01a2255b-f034-76ff-8c26-c506af459ce3";
const UPLOADED: usize = 20;

/// A link that was signed for a viewer.
const LINK_QUERY: &str =
    "expires=1827459177&for=ann&signature=yvaikzfrIKq9GYvCTQ-RXpwTqnWGVXGa_aWhRiCOVgw";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("takeover").join(name)
}

/// Copies the files of the state, and writes what is no text beside them.
fn leave_state(folder: &Path) {
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
    fs::write(data.join(format!("uploads/{UPLOAD}.part")), &FILM[..UPLOADED]).unwrap();
    fs::write(data.join("views.journal"), "GFVIEWS1").unwrap();
    let film = data.join("media/film.mp4");
    fs::write(&film, FILM).unwrap();
    // What is known of a file holds for its time of change.
    let facts: Value =
        serde_json::from_slice(&fs::read(data.join("meta/film.mp4.json")).unwrap()).unwrap();
    let modified = Duration::from_nanos(facts["mtime_ns"].as_u64().unwrap());
    let film = File::options().write(true).open(film).unwrap();
    film.set_modified(SystemTime::UNIX_EPOCH + modified).unwrap();
}

fn leave_sqlite(data: &Path) {
    let catalogue = rusqlite::Connection::open(data.join("catalog.db")).unwrap();
    catalogue.execute_batch(&fs::read_to_string(fixture("sqlite.sql")).unwrap()).unwrap();
}

/// The movies and what was watched of them, as they were.
async fn has_the_catalogue(server: &Server) {
    let movies = server.json(&format!("{}?sort=title", paths::MOVIES)).await;
    let titles: Vec<_> =
        movies["items"].as_array().unwrap().iter().map(|movie| &movie["title"]).collect();
    assert_eq!(titles, ["Another", "Old Film"]);
    let old = &movies["items"][1];
    assert_eq!(
        (&old["description"], &old["year"], &old["genres"], &old["directors"], &old["views"]),
        (&json!("Once."), &json!(1999), &json!(["Drama"]), &json!(["Ann"]), &json!(1))
    );
    // Also with a slip, which the index of words forgives.
    for words in ["film", "dramma"] {
        let found = server.json(&format!("{}?q={words}", paths::MOVIES)).await;
        assert_eq!(found["items"][0]["title"], "Old Film", "{words}");
    }
    let audit = server.json(paths::AUDIT).await;
    let actions = audit["items"].as_array().unwrap().iter().map(|entry| &entry["action"]);
    assert!(actions.clone().any(|action| action == "movies.add"), "{audit}");
    assert!(actions.clone().any(|action| action == "uploads.finish"), "{audit}");
}

/// The accounts and tokens let in as they did.
async fn has_the_accounts(server: &Server, token: &str) {
    let login = json!({ "name": "ann", "password": "another-long-password" });
    let login = server.anonymous(Method::POST, paths::SESSION).json(&login).send().await.unwrap();
    assert_eq!(login.status(), 201);
    let film = server.anonymous(Method::GET, "/stream/film.mp4").bearer_auth(token).send().await;
    let film = film.unwrap();
    assert_eq!(film.status(), 200);
    assert_eq!(film.bytes().await.unwrap(), FILM);
}

/// The unfinished upload goes on where it was.
async fn finishes_the_upload(server: &Server) {
    let location = paths::upload(UPLOAD.parse().unwrap());
    let status = server.head_upload(&location).send().await.unwrap();
    assert_eq!(header(&status, "upload-offset"), UPLOADED.to_string());
    let rest = FILM[UPLOADED..].to_vec();
    let done = server.patch_upload(&location, UPLOADED as u64, rest).send().await.unwrap();
    assert_eq!(done.status(), 204);
    let (new, old) = (server.media("unfinished.mp4").await, server.media("film.mp4").await);
    assert_eq!(new.unwrap().sha256, old.unwrap().sha256);
}

#[tokio::test]
async fn a_volume_and_its_sqlite_catalogue_go_on() {
    let folder = TempDir::new().unwrap();
    leave_state(folder.path());
    let data = folder.path().join("data");
    leave_sqlite(&data);
    let server = Server::start_on(&data, &["--access", "private"]);
    has_the_catalogue(&server).await;
    has_the_accounts(&server, "2L7FJOT-HJMepbzjhsTrmau7Ip4Z_aD0Ly2zeKhqXp4").await;
    finishes_the_upload(&server).await;
}

#[tokio::test]
async fn a_postgresql_catalogue_goes_on() {
    let folder = TempDir::new().unwrap();
    leave_state(folder.path());
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
    has_the_catalogue(&server).await;
    has_the_accounts(&server, "nPaKx6F-6kiUzpCdT_pHmBYapyewqrLkxU-TKGOd6Io").await;
}

#[test]
fn a_signed_link_stays_valid() {
    let folder = TempDir::new().unwrap();
    leave_state(folder.path());
    let links = Links::new(HmacKeys::of_folder(&folder.path().join("data")).unwrap());
    let check = |time: &str| links.check("/stream/film.mp4", LINK_QUERY, time.parse().unwrap());
    assert_eq!(check("2026-12-01T00:00:00Z"), Verdict::Valid);
    assert_eq!(check("2027-12-01T00:00:00Z"), Verdict::Expired);
}

#[test]
fn the_command_starts_a_cluster_that_it_had_stopped() {
    let cli = Cli::new();
    let state = cli.home().join("state/ginflix");
    fs::create_dir_all(&state).unwrap();
    leave_state(&state);
    leave_sqlite(&state.join("data"));
    let status = cli.run(&["cluster", "status", "-o", "json"]);
    let told: Value = serde_json::from_str(&status.stdout).unwrap();
    assert_eq!((status.code, &told["state"]), (1, &json!("stopped")));
    cli.up();
    let movies = cli.json(&["movie", "list"]);
    let titles = movies.as_array().unwrap().iter().map(|movie| &movie["title"]);
    assert!(titles.clone().any(|title| title == "Old Film"), "{movies}");
    let views = cli.json(&["views"]);
    assert_eq!(views["total"], 1, "{views}");
}
