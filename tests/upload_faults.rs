//! Uploads that meet with what goes wrong on the way: other writers, wrong
//! bytes, time, proxies, the volume.

#![allow(clippy::unwrap_used)] // a test that cannot go on says where

use std::io::Write;
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use ginflix_api::error::ErrorCode;
use ginflix_api::tus;
use ginflix_tests::cli::Cli;
use ginflix_tests::http::{expect_error, header, noise, sha256};
use ginflix_tests::namespace;
use ginflix_tests::proxy::{Proxy, ProxyMode};
use ginflix_tests::server::{Server, TOKEN};
use ginflix_tests::wait;
use reqwest::Method;
use sha2::{Digest, Sha256};

const PATIENCE: Duration = Duration::from_secs(30);

async fn created(server: &Server, length: usize) -> String {
    let response = server.create_upload("film.mp4", length as u64, "").send().await.unwrap();
    header(&response, "location")
}

async fn offset(server: &Server, location: &str) -> usize {
    let head = server.head_upload(location).send().await.unwrap();
    header(&head, tus::UPLOAD_OFFSET).parse().unwrap()
}

/// A client that sends some of what it announced, and then waits.
fn start_sending(server: &Server, location: &str, announced: usize, bytes: &[u8]) -> TcpStream {
    let mut stream = ginflix_wire::connect(server.address());
    let fields = format!(
        "Authorization: Bearer {TOKEN}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n\
         Content-Length: {announced}\r\nContent-Type: application/offset+octet-stream\r\n"
    );
    stream.write_all(ginflix_wire::request("PATCH", location, &fields).as_bytes()).unwrap();
    stream.write_all(bytes).unwrap();
    let uploads = server.volume().join("uploads");
    wait::until(PATIENCE, "the bytes to reach the disk", || {
        let files = std::fs::read_dir(&uploads).unwrap();
        let sizes = files.filter_map(|file| {
            let file = file.unwrap();
            let is_part = file.path().extension() == Some("part".as_ref());
            is_part.then(|| file.metadata().map_or(0, |facts| facts.len()))
        });
        (sizes.max() == Some(bytes.len() as u64)).then_some(())
    });
    stream
}

#[tokio::test]
async fn a_second_writer_is_turned_away_while_the_first_is_at_it() {
    let server = Server::start();
    let bytes = noise(1_000_000, 1);
    let location = created(&server, bytes.len()).await;
    let mut first = start_sending(&server, &location, bytes.len(), &bytes[..400_000]);
    let second = server.patch_upload(&location, 0, bytes.clone());
    expect_error(second, 423, ErrorCode::Locked).await;
    let discard = server.admin(Method::DELETE, &location).header(tus::TUS_RESUMABLE, tus::VERSION);
    expect_error(discard, 423, ErrorCode::Locked).await;
    first.write_all(&bytes[400_000..]).unwrap();
    assert_eq!(ginflix_wire::read_head(&mut first).status, 204);
    assert_eq!(server.media("film.mp4").await.unwrap().sha256, sha256(&bytes));
}

#[tokio::test]
async fn a_piece_with_a_wrong_checksum_is_dropped() {
    let server = Server::start();
    let bytes = noise(100_000, 2);
    let location = created(&server, bytes.len()).await;
    let checked = |at: usize, content: &[u8], hashed: &[u8]| {
        let sum = format!("sha256 {}", STANDARD.encode(Sha256::digest(hashed)));
        server
            .patch_upload(&location, at as u64, content.to_vec())
            .header(tus::UPLOAD_CHECKSUM, sum)
    };
    let first = checked(0, &bytes[..60_000], &bytes[..60_000]).send().await.unwrap();
    assert_eq!(first.status(), 204);
    let wrong = checked(60_000, &bytes[60_000..], b"other bytes");
    expect_error(wrong, tus::STATUS_CHECKSUM_MISMATCH, ErrorCode::ChecksumMismatch).await;
    assert_eq!(offset(&server, &location).await, 60_000);
    let unknown = server.patch_upload(&location, 60_000, bytes[60_000..].to_vec());
    expect_error(unknown.header(tus::UPLOAD_CHECKSUM, "md5 AAAA"), 400, ErrorCode::Invalid).await;
    let right = checked(60_000, &bytes[60_000..], &bytes[60_000..]).send().await.unwrap();
    assert_eq!(right.status(), 204);
    assert_eq!(server.media("film.mp4").await.unwrap().sha256, sha256(&bytes));
}

#[tokio::test]
async fn more_than_was_announced_is_not_taken() {
    let server = Server::start();
    let bytes = noise(100_000, 3);
    let location = created(&server, bytes.len()).await;
    let first = server.patch_upload(&location, 0, bytes[..60_000].to_vec());
    assert_eq!(first.send().await.unwrap().status(), 204);
    for wrong in [0, 59_999, 60_001, 100_000] {
        let request = server.patch_upload(&location, wrong, bytes[60_000..].to_vec());
        expect_error(request, 409, ErrorCode::Conflict).await;
    }
    let more = [&bytes[60_000..], b"more"].concat();
    let told = server.patch_upload(&location, 60_000, more.clone());
    expect_error(told, 413, ErrorCode::TooLarge).await;
    // The same without saying before how much comes.
    let pieces: Vec<_> =
        more.chunks(1000).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect();
    let untold = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
    let untold = server.patch_upload(&location, 60_000, Vec::new()).body(untold);
    expect_error(untold, 413, ErrorCode::TooLarge).await;
    assert!(server.media("film.mp4").await.is_none());
    let at = offset(&server, &location).await;
    assert_eq!(at, 60_000);
    let rest = server.patch_upload(&location, 60_000, bytes[60_000..].to_vec());
    assert_eq!(rest.send().await.unwrap().status(), 204);
    assert_eq!(server.media("film.mp4").await.unwrap().sha256, sha256(&bytes));
}

/// A length that is never reached: told on request, never listed, and when its
/// time is over, gone with its bytes.
#[tokio::test]
async fn what_is_never_finished_is_never_listed_and_expires() {
    let mut server = Server::start();
    let bytes = noise(100_000, 4);
    let location = created(&server, bytes.len()).await;
    let some = server.patch_upload(&location, 0, bytes[..99_999].to_vec()).send().await.unwrap();
    let expires = httpdate(&header(&some, "upload-expires"));
    assert!(expires > 23 * 3600, "expires in {expires} s");
    assert_eq!(offset(&server, &location).await, 99_999);
    assert_eq!(server.json("/api/v1/media").await["items"], serde_json::json!([]));

    // As if a day had passed.
    server.kill();
    let id = location.rsplit('/').next().unwrap();
    let record = server.volume().join("uploads").join(format!("{id}.json"));
    let mut kept: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&record).unwrap()).unwrap();
    kept["expires_at"] = "2020-01-01T00:00:00Z".into();
    std::fs::write(&record, kept.to_string()).unwrap();
    server.start_again();
    let more = server.patch_upload(&location, 99_999, bytes[99_999..].to_vec());
    let status = more.send().await.unwrap().status().as_u16();
    assert!(matches!(status, 404 | 410), "{status}");
    wait::until(PATIENCE, "its bytes to be cleared away", || {
        let left = std::fs::read_dir(server.volume().join("uploads")).unwrap().count();
        (left == 0).then_some(())
    });
    assert_eq!(server.head_upload(&location).send().await.unwrap().status(), 404);
    assert!(server.media("film.mp4").await.is_none());
}

#[tokio::test]
async fn an_upload_that_nobody_goes_on_with_expires_by_itself() {
    // Two seconds and a bit.
    let server = Server::start_with(&["--upload-hours", "0.0006"]);
    let location = created(&server, 100_000).await;
    server.patch_upload(&location, 0, noise(60_000, 7)).send().await.unwrap();
    let status = async || {
        let status = server.admin(Method::GET, "/api/v1/status").send().await.unwrap();
        let status: serde_json::Value = status.json().await.unwrap();
        (status["uploads"].as_u64().unwrap(), status["upload_bytes"].as_u64().unwrap())
    };
    assert_eq!(status().await, (1, 60_000));
    wait::until_async(PATIENCE, "its bytes to be cleared away", async || {
        (status().await == (0, 0)).then_some(())
    })
    .await;
    let late = server.patch_upload(&location, 60_000, vec![0; 40_000]).send().await.unwrap();
    assert!(matches!(late.status().as_u16(), 404 | 410), "{}", late.status());
    assert!(server.log().contains("deleting an expired upload"), "{}", server.log());
}

/// Seconds from now.
fn httpdate(text: &str) -> i64 {
    let then = jiff::fmt::rfc2822::parse(text).unwrap().timestamp();
    then.as_second() - jiff::Timestamp::now().as_second()
}

/// Uploads a film of `mebibytes` through a proxy, by the command.
async fn through(manner: ProxyMode, mebibytes: usize, flags: &[&str]) -> (Proxy, usize) {
    let (server, cli) = (Server::start(), Cli::new());
    let bytes = noise(mebibytes << 20, 5);
    let film = cli.file("film.mp4", &bytes);
    let proxy = Proxy::start(server.address(), manner);
    let url = proxy.url("");
    let args = [&["--server", &url, "upload", film.to_str().unwrap()], flags].concat();
    cli.run_with(&args, &[("GINFLIX_TOKEN", TOKEN)]).expect_success();
    assert_eq!(server.media("film.mp4").await.unwrap().sha256, sha256(&bytes));
    (proxy, bytes.len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_proxy_that_holds_requests_back_is_no_obstacle() {
    through(ProxyMode::Buffer, 20, &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_proxy_that_cuts_long_requests_costs_little() {
    let every = ProxyMode::CutAfter(Duration::from_secs(1));
    let (proxy, size) = through(every, 12, &["--limit-rate", "4M"]).await;
    let (sent, cuts) = (proxy.client_bytes() as usize, proxy.cut_connections() as usize);
    assert!(cuts >= 2, "{cuts} cuts");
    // What was on its way when a connection was cut, and heads of requests.
    assert!(sent <= size + (cuts + 1) * (2 << 20), "{sent} bytes were sent for {size}");
}

#[tokio::test]
async fn a_volume_that_becomes_read_only_loses_nothing() {
    let server = Server::start_on_small_volume(64, &["--reserve-bytes", "0"]);
    let bytes = noise(1_000_000, 6);
    let location = created(&server, bytes.len()).await;
    let half = server.patch_upload(&location, 0, bytes[..500_000].to_vec()).send().await.unwrap();
    assert_eq!(half.status(), 204);

    let uploads =
        "for f in uploads media; do mount --bind $f $f && mount -o remount,bind,ro $f; done";
    in_namespace_of(&server, uploads);
    expect_error(server.create_upload("other.mp4", 10, ""), 503, ErrorCode::Unavailable).await;
    let whole = server.create_upload("other.mp4", 10, "").body("0123456789");
    let whole = whole.header("content-type", tus::OFFSET_OCTET_STREAM);
    expect_error(whole, 503, ErrorCode::Unavailable).await;
    let rest = server.patch_upload(&location, 500_000, bytes[500_000..].to_vec());
    let words = expect_error(rest, 503, ErrorCode::Unavailable).await;
    assert!(words.contains("volume"), "{words}");
    assert_eq!(server.anonymous(Method::GET, "/healthz").send().await.unwrap().status(), 200);

    in_namespace_of(&server, "umount uploads media");
    let at = offset(&server, &location).await;
    assert_eq!(at, 500_000);
    let rest = server.patch_upload(&location, at as u64, bytes[at..].to_vec());
    assert_eq!(rest.send().await.unwrap().status(), 204);
    assert_eq!(server.media("film.mp4").await.unwrap().sha256, sha256(&bytes));
}

#[tokio::test]
async fn a_full_disk_takes_nothing_and_says_so() {
    let server = Server::start_on_small_volume(16, &["--reserve-bytes", "1048576"]);
    let words =
        expect_error(server.create_upload("film.mp4", 20 << 20, ""), 507, ErrorCode::NoSpace).await;
    assert!(words.contains("do not fit") && words.contains("reserve"), "{words}");
    let location = created(&server, 10 << 20).await;
    // Meanwhile something else takes the room.
    in_namespace_of(&server, "head -c 11M /dev/zero > other");
    let small = noise(1 << 20, 8);
    let whole = server.create_upload("small.mp4", 1 << 20, "");
    let whole = whole.header("content-type", tus::OFFSET_OCTET_STREAM).body(small.clone());
    in_namespace_of(&server, "head -c 3M /dev/zero > more");
    expect_error(whole.try_clone().unwrap(), 507, ErrorCode::NoSpace).await;
    let bytes = noise(10 << 20, 9);
    let patch = server.patch_upload(&location, 0, bytes.clone());
    expect_error(patch, 507, ErrorCode::NoSpace).await;
    assert_eq!(server.json("/api/v1/media").await["items"], serde_json::json!([]));
    in_namespace_of(&server, "rm other more");
    assert_eq!(whole.send().await.unwrap().status(), 201);
    let at = offset(&server, &location).await;
    let rest = server.patch_upload(&location, at as u64, bytes[at..].to_vec());
    assert_eq!(rest.send().await.unwrap().status(), 204);
    assert_eq!(server.media("film.mp4").await.unwrap().sha256, sha256(&bytes));
    assert_eq!(server.media("small.mp4").await.unwrap().sha256, sha256(&small));
}

/// Runs a script in the volume, where the server sees it mounted.
fn in_namespace_of(server: &Server, script: &str) {
    let volume = server.volume();
    let inside = volume.to_str().unwrap().split_once("/root").unwrap().1.to_owned();
    let status = Command::new("nsenter")
        .args(namespace::enter_mount_flags())
        .arg("--target")
        .arg(server.pid().to_string())
        .args(["sh", "-ec", &format!("cd '{inside}'; {script}")])
        .status()
        .unwrap();
    assert!(status.success(), "{script}");
}
