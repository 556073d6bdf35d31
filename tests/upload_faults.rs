//! Uploads under faults: concurrent writers, wrong bytes, expiration, proxies, a volume that is
//! read-only or full.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

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

/// How long received bytes may take to reach the disk, and expired ones to be removed.
const DISK_TIMEOUT: Duration = Duration::from_secs(30);

/// Creates an upload and returns its location.
async fn create(server: &Server, length: usize) -> String {
    let response = server.create_upload("film.mp4", length as u64, "").send().await.unwrap();
    header(&response, "location")
}

/// Returns the offset of an upload.
async fn offset(server: &Server, location: &str) -> usize {
    let head = server.head_upload(location).send().await.unwrap();
    header(&head, tus::UPLOAD_OFFSET).parse().unwrap()
}

/// Begins a `PATCH` of `announced` bytes by sending `bytes`, and waits until the server has written
/// them.
fn begin_patch(server: &Server, location: &str, announced: usize, bytes: &[u8]) -> TcpStream {
    let mut stream = ginflix_wire::connect(server.address());
    let fields = format!(
        "Authorization: Bearer {TOKEN}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n\
         Content-Length: {announced}\r\nContent-Type: application/offset+octet-stream\r\n"
    );
    stream.write_all(ginflix_wire::request("PATCH", location, &fields).as_bytes()).unwrap();
    stream.write_all(bytes).unwrap();
    let uploads = server.volume().join("uploads");
    wait::until(DISK_TIMEOUT, "the bytes to reach the disk", || {
        let files = std::fs::read_dir(&uploads).unwrap();
        let sizes = files.filter_map(|file| {
            let file = file.unwrap();
            let is_part = file.path().extension() == Some("part".as_ref());
            is_part.then(|| file.metadata().map_or(0, |metadata| metadata.len()))
        });
        (sizes.max() == Some(bytes.len() as u64)).then_some(())
    });
    stream
}

#[tokio::test]
async fn a_second_writer_is_refused_while_the_first_one_sends() {
    let server = Server::start();
    let bytes = noise(1_000_000, 1);
    let location = create(&server, bytes.len()).await;
    let mut first = begin_patch(&server, &location, bytes.len(), &bytes[..400_000]);
    let second = server.patch_upload(&location, 0, bytes.clone());
    expect_error(second, 423, ErrorCode::Locked).await;
    let discard = server.admin(Method::DELETE, &location).header(tus::TUS_RESUMABLE, tus::VERSION);
    expect_error(discard, 423, ErrorCode::Locked).await;
    first.write_all(&bytes[400_000..]).unwrap();
    assert_eq!(ginflix_wire::read_head(&mut first).status, 204);
    assert!(server.media("film.mp4").await.unwrap().has_sha256(&sha256(&bytes)));
}

#[tokio::test]
async fn the_bytes_of_a_patch_with_a_wrong_checksum_are_dropped() {
    let server = Server::start();
    let bytes = noise(100_000, 2);
    let location = create(&server, bytes.len()).await;
    let patch_with_checksum = |offset: usize, content: &[u8], hashed: &[u8]| {
        let checksum = format!("sha256 {}", STANDARD.encode(Sha256::digest(hashed)));
        server
            .patch_upload(&location, offset as u64, content.to_vec())
            .header(tus::UPLOAD_CHECKSUM, checksum)
    };
    let first = patch_with_checksum(0, &bytes[..60_000], &bytes[..60_000]).send().await.unwrap();
    assert_eq!(first.status(), 204);
    let wrong = patch_with_checksum(60_000, &bytes[60_000..], b"other bytes");
    expect_error(wrong, tus::STATUS_CHECKSUM_MISMATCH, ErrorCode::ChecksumMismatch).await;
    assert_eq!(offset(&server, &location).await, 60_000);
    let unknown = server.patch_upload(&location, 60_000, bytes[60_000..].to_vec());
    expect_error(unknown.header(tus::UPLOAD_CHECKSUM, "md5 AAAA"), 400, ErrorCode::Invalid).await;
    let right = patch_with_checksum(60_000, &bytes[60_000..], &bytes[60_000..]);
    assert_eq!(right.send().await.unwrap().status(), 204);
    assert!(server.media("film.mp4").await.unwrap().has_sha256(&sha256(&bytes)));
}

#[tokio::test]
async fn more_bytes_than_announced_are_refused() {
    let server = Server::start();
    let bytes = noise(100_000, 3);
    let location = create(&server, bytes.len()).await;
    let first = server.patch_upload(&location, 0, bytes[..60_000].to_vec());
    assert_eq!(first.send().await.unwrap().status(), 204);
    for wrong in [0, 59_999, 60_001, 100_000] {
        let request = server.patch_upload(&location, wrong, bytes[60_000..].to_vec());
        expect_error(request, 409, ErrorCode::Conflict).await;
    }
    let more = [&bytes[60_000..], b"more"].concat();
    let sized = server.patch_upload(&location, 60_000, more.clone());
    expect_error(sized, 413, ErrorCode::TooLarge).await;
    // The same without a Content-Length.
    let chunks: Vec<_> =
        more.chunks(1000).map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec())).collect();
    let body = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
    let chunked = server.patch_upload(&location, 60_000, Vec::new()).body(body);
    expect_error(chunked, 413, ErrorCode::TooLarge).await;
    assert!(server.media("film.mp4").await.is_none());
    assert_eq!(offset(&server, &location).await, 60_000);
    let rest = server.patch_upload(&location, 60_000, bytes[60_000..].to_vec());
    assert_eq!(rest.send().await.unwrap().status(), 204);
    assert!(server.media("film.mp4").await.unwrap().has_sha256(&sha256(&bytes)));
}

#[tokio::test]
async fn an_incomplete_upload_is_never_listed_and_expires() {
    let mut server = Server::start();
    let bytes = noise(100_000, 4);
    let location = create(&server, bytes.len()).await;
    let patch = server.patch_upload(&location, 0, bytes[..99_999].to_vec());
    let patched = patch.send().await.unwrap();
    let lifetime = seconds_until(&header(&patched, "upload-expires"));
    assert!(lifetime > 23 * 3600, "expires in {lifetime} s");
    assert_eq!(offset(&server, &location).await, 99_999);
    assert_eq!(server.json("/api/v1/media").await["items"], serde_json::json!([]));

    // The record of the upload is changed, so that it has expired.
    server.kill();
    let id = location.rsplit('/').next().unwrap();
    let record = server.volume().join("uploads").join(format!("{id}.json"));
    let mut content: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&record).unwrap()).unwrap();
    content["expires_at"] = "2020-01-01T00:00:00Z".into();
    std::fs::write(&record, content.to_string()).unwrap();
    server.start_again();
    let rest = server.patch_upload(&location, 99_999, bytes[99_999..].to_vec());
    let status = rest.try_clone().unwrap().send().await.unwrap().status();
    // 410 until the server removes the upload, 404 from then on.
    assert!([404, 410].contains(&status.as_u16()), "{status}");
    wait::until(DISK_TIMEOUT, "its bytes to be removed", || {
        let files = std::fs::read_dir(server.volume().join("uploads")).unwrap().count();
        (files == 0).then_some(())
    });
    assert_eq!(rest.send().await.unwrap().status(), 404);
    assert_eq!(server.head_upload(&location).send().await.unwrap().status(), 404);
    assert!(server.media("film.mp4").await.is_none());
}

#[tokio::test]
async fn an_abandoned_upload_expires_while_the_server_runs() {
    // A little more than two seconds.
    let server = Server::start_with(&["--upload-hours", "0.0006"]);
    let location = create(&server, 100_000).await;
    server.patch_upload(&location, 0, noise(60_000, 7)).send().await.unwrap();
    let unfinished = async || {
        let status = server.json("/api/v1/status").await;
        (status["uploads"].as_u64().unwrap(), status["upload_bytes"].as_u64().unwrap())
    };
    assert_eq!(unfinished().await, (1, 60_000));
    wait::until_async(DISK_TIMEOUT, "its bytes to be removed", async || {
        (unfinished().await == (0, 0)).then_some(())
    })
    .await;
    let late = server.patch_upload(&location, 60_000, vec![0; 40_000]).send().await.unwrap();
    assert_eq!(late.status(), 404);
    server.log_with("deleting an expired upload");
}

/// Returns the seconds from now until a date of HTTP.
fn seconds_until(date: &str) -> i64 {
    let date = jiff::fmt::rfc2822::parse(date).unwrap().timestamp();
    date.as_second() - jiff::Timestamp::now().as_second()
}

/// Uploads a file of this size through a proxy, with the command, and returns the proxy. Fails the
/// test unless the server has exactly these bytes then.
async fn upload_through_proxy(mode: ProxyMode, size: usize, flags: &[&str]) -> Proxy {
    let (server, cli) = (Server::start(), Cli::new());
    let bytes = noise(size, 5);
    let file = cli.file("film.mp4", &bytes);
    let proxy = Proxy::start(server.address(), mode);
    let url = proxy.url("");
    let args = [&["--server", &url, "upload", file.to_str().unwrap()], flags].concat();
    cli.run_with(&args, &[("GINFLIX_TOKEN", TOKEN)]).expect_success();
    assert!(server.media("film.mp4").await.unwrap().has_sha256(&sha256(&bytes)));
    proxy
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_upload_succeeds_through_a_proxy_that_buffers_requests() {
    let proxy = upload_through_proxy(ProxyMode::Buffer, 20 << 20, &[]).await;
    assert_eq!(proxy.cut_connections(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_proxy_that_cuts_long_requests_costs_few_bytes() {
    let mode = ProxyMode::CutAfter(Duration::from_secs(1));
    let size = 12 << 20;
    let proxy = upload_through_proxy(mode, size, &["--limit-rate", "4M"]).await;
    let (sent, cuts) = (proxy.client_bytes() as usize, proxy.cut_connections() as usize);
    assert!(cuts >= 2, "{cuts} cuts");
    // The bytes in flight at each cut, and the heads of the requests.
    assert!(sent <= size + (cuts + 1) * (2 << 20), "{sent} bytes were sent for {size}");
}

#[tokio::test]
async fn a_volume_that_becomes_read_only_loses_no_bytes() {
    let server = Server::start_on_small_volume(64, &["--reserve-bytes", "0"]);
    let bytes = noise(1_000_000, 6);
    let location = create(&server, bytes.len()).await;
    let half = server.patch_upload(&location, 0, bytes[..500_000].to_vec()).send().await.unwrap();
    assert_eq!(half.status(), 204);

    let make_read_only =
        "for f in uploads media; do mount --bind $f $f && mount -o remount,bind,ro $f; done";
    run_in_volume(&server, make_read_only);
    expect_error(server.create_upload("other.mp4", 10, ""), 503, ErrorCode::Unavailable).await;
    let single_request = server.create_upload("other.mp4", 10, "").body("0123456789");
    let single_request = single_request.header("content-type", tus::OFFSET_OCTET_STREAM);
    expect_error(single_request, 503, ErrorCode::Unavailable).await;
    let rest = server.patch_upload(&location, 500_000, bytes[500_000..].to_vec());
    let message = expect_error(rest, 503, ErrorCode::Unavailable).await;
    assert!(message.contains("volume"), "{message}");
    assert_eq!(server.anonymous(Method::GET, "/healthz").send().await.unwrap().status(), 200);

    run_in_volume(&server, "umount uploads media");
    assert_eq!(offset(&server, &location).await, 500_000);
    let rest = server.patch_upload(&location, 500_000, bytes[500_000..].to_vec());
    assert_eq!(rest.send().await.unwrap().status(), 204);
    assert!(server.media("film.mp4").await.unwrap().has_sha256(&sha256(&bytes)));
}

#[tokio::test]
async fn uploads_to_a_full_disk_are_refused_until_there_is_space() {
    let server = Server::start_on_small_volume(16, &["--reserve-bytes", "1048576"]);
    let message =
        expect_error(server.create_upload("film.mp4", 20 << 20, ""), 507, ErrorCode::NoSpace).await;
    assert!(message.contains("the volume is full"), "{message}");
    assert!(message.contains("reserve"), "{message}");
    let location = create(&server, 10 << 20).await;
    // Other files take the space meanwhile.
    run_in_volume(&server, "head -c 11M /dev/zero > other");
    let small = noise(1 << 20, 8);
    let single_request = server.create_upload("small.mp4", 1 << 20, "");
    let single_request =
        single_request.header("content-type", tus::OFFSET_OCTET_STREAM).body(small.clone());
    run_in_volume(&server, "head -c 3M /dev/zero > more");
    expect_error(single_request.try_clone().unwrap(), 507, ErrorCode::NoSpace).await;
    let bytes = noise(10 << 20, 9);
    let patch = server.patch_upload(&location, 0, bytes.clone());
    expect_error(patch, 507, ErrorCode::NoSpace).await;
    assert_eq!(server.json("/api/v1/media").await["items"], serde_json::json!([]));
    run_in_volume(&server, "rm other more");
    assert_eq!(single_request.send().await.unwrap().status(), 201);
    let at = offset(&server, &location).await;
    let rest = server.patch_upload(&location, at as u64, bytes[at..].to_vec());
    assert_eq!(rest.send().await.unwrap().status(), 204);
    assert!(server.media("film.mp4").await.unwrap().has_sha256(&sha256(&bytes)));
    assert!(server.media("small.mp4").await.unwrap().has_sha256(&sha256(&small)));
}

/// Runs a shell script in the volume, as the server sees it mounted.
fn run_in_volume(server: &Server, script: &str) {
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
