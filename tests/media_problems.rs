//! Files on the volume that cannot be read: they stop no others, and are named with a remedy.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::Duration;

use ginflix_api::error::ErrorCode;
use ginflix_api::paths;
use ginflix_tests::cli::{Cli, Outcome};
use ginflix_tests::http::{expect_error, noise};
use ginflix_tests::server::{Server, TOKEN};
use ginflix_tests::wait;
use reqwest::Method;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::{Value, json};

/// How long the server may take to notice a change of the volume: it looks once a minute.
const SCAN_TIMEOUT: Duration = Duration::from_secs(120);

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
}

/// Starts a server whose volume has a media file, and entries that it cannot read.
fn with_problems() -> (tempfile::TempDir, Server) {
    let folder = tempfile::TempDir::new().unwrap();
    let media = folder.path().join("media");
    fs::create_dir(&media).unwrap();
    fs::write(media.join("film.mp4"), noise(5000, 1)).unwrap();
    fs::write(media.join("secret.mp4"), noise(5000, 2)).unwrap();
    set_mode(&media.join("secret.mp4"), 0);
    mknodat(CWD, media.join("pipe.mp4"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    drop(UnixListener::bind(media.join("socket.mp4")).unwrap());
    let server = Server::start_without_capabilities(folder.path(), &[]);
    (folder, server)
}

/// Returns the names of the problems in the list of media files.
async fn problems(server: &Server) -> Vec<Value> {
    server.json(paths::MEDIA).await["problems"].as_array().unwrap().clone()
}

/// Waits until the server has recorded a media file.
async fn wait_until_recorded(server: &Server, name: &str) {
    let what = format!("{name} to be taken up");
    wait::until_async(SCAN_TIMEOUT, &what, async || {
        let media = server.json(paths::MEDIA).await;
        let mut items = media["items"].as_array().unwrap().iter();
        items.any(|item| item["name"] == name).then_some(())
    })
    .await;
}

fn run(server: &Server, args: &[&str]) -> Outcome {
    let url = server.url("");
    Cli::new().run_with(&[&["--server", &url], args].concat(), &[("GINFLIX_TOKEN", TOKEN)])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn they_stop_no_others_and_are_named_everywhere() {
    let (_folder, server) = with_problems();
    wait_until_recorded(&server, "film.mp4").await;
    let named: Vec<_> = problems(&server).await.iter().map(|p| p["name"].clone()).collect();
    assert_eq!(named, ["pipe.mp4", "secret.mp4", "socket.mp4"]);

    let list = run(&server, &["media", "list"]).expect_success().stdout;
    assert!(list.contains("pipe.mp4 cannot be taken up: it is a named pipe; remove it"), "{list}");
    assert!(list.contains("with mode 0000"), "{list}");
    let add = run(&server, &["movie", "add", "--media", "secret.mp4"]);
    let add = add.expect_failure(5).expect_stderr("with mode 0000");
    let add = add.expect_stderr("make it readable for the user that runs the server");
    assert!(!add.stderr.contains("try again in a moment"), "{add:?}");
    let check = run(&server, &["cluster", "check"]).stdout;
    assert!(check.contains("! secret.mp4: cannot be taken up"), "{check}");
    let request = server.admin(Method::GET, "/admin/media");
    let page = request.send().await.unwrap().text().await.unwrap();
    assert!(page.contains("it is a named pipe; remove it"), "{page}");

    // Viewers learn neither names nor owners.
    let list = server.anonymous(Method::GET, paths::MEDIA).send().await.unwrap();
    assert_eq!(list.json::<Value>().await.unwrap()["problems"], json!([]));
    for name in ["pipe.mp4", "socket.mp4"] {
        let request = server.anonymous(Method::GET, &format!("/stream/{name}"));
        expect_error(request, 404, ErrorCode::NotFound).await;
    }
    let request = server.anonymous(Method::GET, "/stream/secret.mp4");
    let message = expect_error(request, 503, ErrorCode::Unavailable).await;
    assert!(!message.contains("uid"), "{message}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn they_are_logged_once_and_taken_up_when_their_problem_is_solved() {
    let (folder, server) = with_problems();
    wait_until_recorded(&server, "film.mp4").await;
    // Each file that is copied in causes a scan.
    for name in ["2.mp4", "3.mp4"] {
        fs::write(folder.path().join("media").join(name), noise(100, 3)).unwrap();
        server.anonymous(Method::GET, &format!("/stream/{name}")).send().await.unwrap();
        wait_until_recorded(&server, name).await;
    }
    let log = server.log_with("secret.mp4");
    let lines = log.lines().filter(|line| line.contains("secret.mp4"));
    assert_eq!(lines.count(), 1, "{log}");

    set_mode(&folder.path().join("media/secret.mp4"), 0o600);
    wait_until_recorded(&server, "secret.mp4").await;
    let named: Vec<_> = problems(&server).await.iter().map(|p| p["name"].clone()).collect();
    assert_eq!(named, ["pipe.mp4", "socket.mp4"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_them_can_be_removed() {
    let (folder, server) = with_problems();
    wait_until_recorded(&server, "film.mp4").await;
    let path = paths::media(&"secret.mp4".parse().unwrap());
    let removed = server.admin(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(removed.status(), 204);
    assert!(!folder.path().join("media/secret.mp4").exists());
}
