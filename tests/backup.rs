//! `ginflix backup` and `ginflix restore`, between servers with both kinds of database.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use ginflix_api::account::{Login, NewToken, NewUser, Role};
use ginflix_api::paths;
use ginflix_api::playback::StartPlayback;
use ginflix_tests::cli::{Cli, Outcome};
use ginflix_tests::http::{noise, sha256};
use ginflix_tests::server::{PASSWORD, Server, TOKEN};
use ginflix_tests::{pictures, postgres};
use reqwest::Method;
use serde_json::Value;

/// The name of a media file that is longer than the 100 bytes of the name field in a tar header.
const LONG_NAME: &str = "Ein sehr langer Name für einen Film der nicht in den Kopf eines Archivs passt weil er mehr als hundert Zeichen hat.mp4";

/// Runs `ginflix` as an administrator of this server.
fn ginflix(cli: &Cli, server: &Server, args: &[&str]) -> Outcome {
    let url = server.url("");
    let args = [&["--server", &url], args].concat();
    cli.run_with(&args, &[("GINFLIX_TOKEN", TOKEN)])
}

fn back_up(cli: &Cli, server: &Server, file: &str) -> Value {
    let outcome = ginflix(cli, server, &["backup", file, "--media", "-o", "json"]).expect_success();
    serde_json::from_str(&outcome.stdout).unwrap()
}

/// Returns the path and hash of each member of an archive, except for the audit log,
/// to which the import adds an entry.
fn hashes(archive: &Path) -> BTreeMap<String, String> {
    let bytes = std::fs::read(archive).unwrap();
    // The first member is the manifest. Its header has 512 bytes, with the size in octal at 124.
    let size = std::str::from_utf8(&bytes[124..135]).unwrap();
    let size = usize::from_str_radix(size, 8).unwrap();
    let manifest: Value = serde_json::from_slice(&bytes[512..512 + size]).unwrap();
    let members = manifest["members"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    members
        .map(|member| (text(&member["path"]), text(&member["sha256"])))
        .filter(|(path, _)| path != "catalogue/audit.ndjson")
        .collect()
}

/// Adds some data of each kind to a server, and returns the secret of a token.
async fn fill(server: &Server) -> String {
    server.put_media("film.mp4", noise(300_000, 1)).await;
    server.put_media(LONG_NAME, noise(5_000, 2)).await;
    let movie = server.add_movie("Film <b>&\"'; DROP", "film.mp4").await;
    server.add_movie("Other", LONG_NAME).await;
    let subtitles =
        format!("{}?file_name=film.de.srt", paths::subtitles(&"film.mp4".parse().unwrap()));
    let subtitles = server.admin(Method::POST, &subtitles);
    let subtitles = subtitles.body("1\n00:00:01,000 --> 00:00:02,000\n\"Hallo\"\n");
    assert_eq!(subtitles.send().await.unwrap().status(), 201);
    let poster = server.admin(Method::PUT, &paths::poster(movie.id)).body(pictures::small(1));
    assert_eq!(poster.send().await.unwrap().status(), 200);
    let started = server
        .anonymous(Method::POST, paths::PLAYBACKS)
        .json(&StartPlayback { movie_id: movie.id })
        .send();
    assert_eq!(started.await.unwrap().status(), 201);
    let ann =
        NewUser { name: "ann".into(), role: Role::Viewer, password: "a password of ann".into() };
    let response = server.admin(Method::POST, paths::USERS).json(&ann).send().await.unwrap();
    assert_eq!(response.status(), 201);
    let robot = NewToken {
        name: "robot".into(),
        account: Some("ann".into()),
        expires_at: Some(None),
        ..NewToken::default()
    };
    let response = server.admin(Method::POST, paths::TOKENS).json(&robot).send().await.unwrap();
    response.json::<Value>().await.unwrap()["token"].as_str().unwrap().to_owned()
}

/// Tries to log in, and returns the status code.
async fn log_in(server: &Server, name: &str, password: &str) -> u16 {
    let login = Login { name: name.into(), password: password.into() };
    let request = server.anonymous(Method::POST, paths::SESSION).json(&login);
    request.send().await.unwrap().status().as_u16()
}

/// Requests the session of a token, and returns the status code.
async fn session_status(server: &Server, token: &str) -> u16 {
    let request = server.anonymous(Method::GET, paths::SESSION).bearer_auth(token);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_moves_to_postgres_and_back() {
    let cli = Cli::new();
    let file = |name: &str| cli.home().join(name);
    let first = Server::start();
    let robot = fill(&first).await;
    let report = back_up(&cli, &first, "1.tar");
    assert_eq!((&report["rows"]["movies"], &report["media"]), (&2.into(), &2.into()));
    let mode = std::fs::metadata(file("1.tar")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let url = postgres::shared().create_database(None).await;
    let second = Server::start_with(&["--database-url", &url]);
    let outcome =
        ginflix(&cli, &second, &["restore", "1.tar", "--media", "--yes"]).expect_success();
    assert!(
        outcome.stdout.starts_with("Restored: 2 movies, 2 accounts, 1 playback, 2 media files")
    );
    back_up(&cli, &second, "2.tar");

    let third = Server::start();
    ginflix(&cli, &third, &["restore", "2.tar", "--media", "--yes"]).expect_success();
    back_up(&cli, &third, "3.tar");

    let hashes = ["1.tar", "2.tar", "3.tar"].map(|name| hashes(&file(name)));
    // Two of the members are the media files.
    assert_eq!(hashes[0].len(), 8 + 2);
    assert_eq!(hashes[0], hashes[1]);
    assert_eq!(hashes[0], hashes[2]);

    for server in [&second, &third] {
        assert_eq!(server.json(paths::MOVIES).await, first.json(paths::MOVIES).await);
        assert_eq!(server.json(paths::VIEWS).await, first.json(paths::VIEWS).await);
        for (name, content) in [("film.mp4", noise(300_000, 1)), (LONG_NAME, noise(5_000, 2))] {
            let path = paths::stream(&name.parse().unwrap());
            let bytes = server.anonymous(Method::GET, &path).send().await.unwrap();
            assert_eq!(sha256(&bytes.bytes().await.unwrap()), sha256(&content));
        }
        assert_eq!(log_in(server, "ann", "a password of ann").await, 201);
        assert_eq!(log_in(server, "admin", PASSWORD).await, 201);
        assert_eq!(session_status(server, &robot).await, 200);
        let token = server.json(paths::TOKENS).await["items"][1].clone();
        assert_eq!(token, first.json(paths::TOKENS).await["items"][1]);
        assert_eq!(token["account"], "ann");
    }
    // No temporary files are left.
    let entries: Vec<_> = std::fs::read_dir(cli.home()).unwrap().flatten().collect();
    assert!(entries.iter().all(|entry| !entry.file_name().to_string_lossy().starts_with(".tmp")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_restore_changes_nothing() {
    let cli = Cli::new();
    let (from, to) = (Server::start(), Server::start());
    fill(&from).await;
    back_up(&cli, &from, "b.tar");
    ginflix(&cli, &from, &["backup", "b.tar"])
        .expect_failure(5)
        .expect_stderr("exists already")
        .expect_stderr("--replace");
    ginflix(&cli, &from, &["backup", "no/such/folder.tar"])
        .expect_failure(1)
        .expect_stderr("cannot");
    ginflix(&cli, &to, &["restore", "nothing.tar"]).expect_failure(3).expect_stderr("no such file");
    ginflix(&cli, &to, &["restore", "b.tar"]).expect_failure(2).expect_stderr("--yes");

    to.put_media("film.mp4", noise(1_000, 9)).await;
    to.add_movie("Mine", "film.mp4").await;
    let before = to.json(paths::MOVIES).await;
    let restore = ["restore", "b.tar", "--media", "--yes"];
    ginflix(&cli, &to, &restore)
        .expect_failure(5)
        .expect_stderr("is not empty")
        .expect_stderr("--replace");

    let mut bytes = std::fs::read(cli.home().join("b.tar")).unwrap();
    let media = noise(300_000, 1);
    let offset = bytes.windows(100).position(|window| window == &media[..100]).unwrap();
    bytes[offset + 200_000] ^= 1;
    cli.file("damaged.tar", &bytes);
    ginflix(&cli, &to, &["restore", "damaged.tar", "--replace", "--yes"])
        .expect_failure(1)
        .expect_stderr(
            "damaged.tar: the backup is damaged: media/film.mp4 does not have the SHA-256",
        );
    cli.file("text.tar", "hello");
    ginflix(&cli, &to, &["restore", "text.tar", "--yes"])
        .expect_failure(1)
        .expect_stderr("is not a backup of GinFlix");
    assert_eq!(to.json(paths::MOVIES).await, before);

    // Backup and restore are for administrators.
    let new_token =
        NewToken { name: "viewer".into(), account: Some("admin".into()), ..NewToken::default() };
    let response = to.admin(Method::POST, paths::TOKENS).json(&new_token).send().await.unwrap();
    let token: Value = response.json().await.unwrap();
    let viewer = [("GINFLIX_TOKEN", token["token"].as_str().unwrap())];
    let server = to.url("");
    cli.run_with(&["--server", &server, "backup", "v.tar"], &viewer).expect_failure(6);
    cli.run_with(&["--server", &server, "restore", "b.tar", "--replace", "--yes"], &viewer)
        .expect_failure(6);
    assert_eq!(to.json(paths::MOVIES).await, before);

    ginflix(&cli, &to, &[&restore[..], &["--replace"]].concat()).expect_success();
    assert_eq!(to.json(paths::MOVIES).await, from.json(paths::MOVIES).await);
}

/// A restore ends sessions at once, even if they were used just before.
#[tokio::test(flavor = "multi_thread")]
async fn a_restore_ends_all_sessions() {
    let cli = Cli::new();
    let server = Server::start();
    back_up_without_media(&cli, &server);
    let login = Login { name: "admin".into(), password: PASSWORD.into() };
    let response =
        server.anonymous(Method::POST, paths::SESSION).json(&login).send().await.unwrap();
    let session = response.json::<Value>().await.unwrap()["token"].as_str().unwrap().to_owned();
    assert_eq!(session_status(&server, &session).await, 200);
    ginflix(&cli, &server, &["restore", "b.tar", "--replace", "--yes"]).expect_success();
    assert_eq!(session_status(&server, &session).await, 401);
    assert_eq!(session_status(&server, TOKEN).await, 200);
    let audit = server.json(paths::AUDIT).await;
    assert_eq!(audit["items"][0]["action"], "backups.import");
}

fn back_up_without_media(cli: &Cli, server: &Server) {
    let outcome = ginflix(cli, server, &["backup", "b.tar"]).expect_success();
    assert!(outcome.stdout.contains("left out"), "{outcome:?}");
}
