//! Streamers without a replica, which serve the media file from a peer.

use std::fs;
use std::time::Duration;

use futures_util::StreamExt;
use ginflix_api::error::ErrorCode;
use ginflix_api::paths;
use ginflix_tests::fleet::{CONVERGENCE_TIMEOUT, Fleet};
use ginflix_tests::http::{expect_error, header, noise, sha256};
use ginflix_tests::server::Server;
use ginflix_tests::wait;
use reqwest::{Method, StatusCode};

use super::{LENGTH, NAME, PATH, slow_replication_to};

/// A size in bytes that exceeds all buffers between a file and its reader.
const LARGE: usize = 48 << 20;

/// How long a stream may take to end: less than the retries for a peer that does not respond.
const CUT_TIMEOUT: Duration = Duration::from_secs(8);

/// Sends a request with these header fields, and returns all of the response that does not depend on
/// the server and the time: status, header fields, and the digest or, of errors, the length of the
/// content, because errors name their request.
async fn comparable_response(
    server: &Server,
    method: &str,
    fields: &[(&str, &str)],
) -> (StatusCode, Vec<String>, String) {
    let mut request = server.anonymous(method.parse().unwrap(), PATH);
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    let status = response.status();
    let mut fields: Vec<String> = response
        .headers()
        .iter()
        .filter(|(name, _)| !["x-request-id", "date", "via"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect();
    fields.sort();
    let body = response.bytes().await.unwrap();
    let body = if status.is_success() { sha256(&body) } else { body.len().to_string() };
    (status, fields, body)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_streamer_without_a_replica_responds_as_the_peer_that_has_it() {
    let fleet = Fleet::start_with(2, slow_replication_to(1)).await;
    let bytes = noise(LENGTH, 3);
    fleet.upload(0, NAME, &bytes).await;
    let (owner, other) = (&fleet.streamers[0], &fleet.streamers[1]);
    let head = owner.anonymous(Method::HEAD, PATH).send().await.unwrap();
    let (etag, date) = (header(&head, "etag"), header(&head, "last-modified"));
    let requests: [(&str, &[(&str, &str)]); 13] = [
        ("GET", &[]),
        ("HEAD", &[]),
        ("GET", &[("range", "bytes=0-0")]),
        ("GET", &[("range", "bytes=1000000-2000000")]),
        ("GET", &[("range", "bytes=-5")]),
        ("GET", &[("range", "bytes=3000016-99999999")]),
        ("GET", &[("range", "bytes=3000017-")]),
        ("GET", &[("range", "bytes=0-9"), ("if-range", &etag)]),
        ("GET", &[("range", "bytes=0-9"), ("if-range", "\"other\"")]),
        ("GET", &[("if-none-match", &etag)]),
        ("HEAD", &[("if-modified-since", &date)]),
        ("GET", &[("if-match", "\"other\"")]),
        ("GET", &[("range", "bytes=0-1"), ("range", "bytes=4-5")]),
    ];
    for (method, fields) in requests {
        let own = comparable_response(owner, method, fields).await;
        let proxied = comparable_response(other, method, fields).await;
        assert_eq!(proxied, own, "{method} {fields:?}");
    }
    // Only `Via` shows that the response came from a peer.
    let proxied = other.anonymous(Method::HEAD, PATH).send().await.unwrap();
    assert!(header(&proxied, "via").starts_with("1.1 "));
    assert!(!head.headers().contains_key("via"));
    // With several ranges the boundary differs, but the parts do not.
    let several = other.anonymous(Method::GET, PATH).header("range", "bytes=1-2,2999999-");
    let several = several.send().await.unwrap();
    assert_eq!(several.status(), 206);
    let length: usize = header(&several, "content-length").parse().unwrap();
    let body = several.bytes().await.unwrap();
    assert_eq!(body.len(), length);
    let contains = |part: &[u8]| body.windows(part.len()).any(|window| window == part);
    assert!(contains(&bytes[2_999_999..]));
    assert!(contains(b"Content-Range: bytes 1-2/3000017"));
    assert!(!fleet.media_path(1, NAME).exists(), "its replication was not slow enough");
    expect_error(other.anonymous(Method::GET, "/stream/none.mp4"), 404, ErrorCode::NotFound).await;
}

/// Reads at least `length` more bytes, or to the end of the stream, and appends them to `received`.
async fn read(
    stream: &mut (impl StreamExt<Item = reqwest::Result<bytes::Bytes>> + Unpin),
    received: &mut Vec<u8>,
    length: usize,
) {
    let end = received.len() + length;
    while received.len() < end {
        let Some(chunk) = stream.next().await else { return };
        received.extend_from_slice(&chunk.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_continues_when_its_peer_is_killed() {
    let mut fleet = Fleet::start_with(3, slow_replication_to(2)).await;
    let bytes = noise(LARGE, 4);
    fleet.upload(0, NAME, &bytes).await;
    fleet.wait_until_stored_on(&[0, 1], NAME, &bytes).await;
    let response = fleet.streamers[2].anonymous(Method::GET, PATH).send().await.unwrap();
    assert_eq!(header(&response, "content-length"), LARGE.to_string());
    let (mut stream, mut received) = (response.bytes_stream(), Vec::new());
    read(&mut stream, &mut received, 1 << 20).await;
    // Both peers are killed in turn, and with one of them the peer that sends.
    fleet.streamers[0].kill();
    read(&mut stream, &mut received, 1 << 20).await;
    fleet.streamers[0].start_again();
    fleet.streamers[1].kill();
    read(&mut stream, &mut received, LARGE).await;
    assert_eq!(received.len(), LARGE);
    assert!(received == bytes, "other bytes than those of the file");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_ends_at_once_when_its_file_is_truncated_at_the_only_peer_that_has_it() {
    let fleet = Fleet::start_with(2, slow_replication_to(1)).await;
    let bytes = noise(LARGE, 5);
    fleet.upload(0, NAME, &bytes).await;
    let response = fleet.streamers[1].anonymous(Method::GET, PATH).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let mut stream = response.bytes_stream();
    let mut received = Vec::new();
    read(&mut stream, &mut received, 1 << 20).await;
    let file = fs::File::options().write(true).open(fleet.media_path(0, NAME)).unwrap();
    file.set_len(2 << 20).unwrap();
    let is_complete = tokio::time::timeout(CUT_TIMEOUT, async {
        while let Some(chunk) = stream.next().await {
            match chunk {
                Ok(chunk) => received.extend_from_slice(&chunk),
                Err(_) => return false,
            }
        }
        true
    });
    assert!(!is_complete.await.expect("the stream to end at once"));
    assert!(bytes.starts_with(&received), "other bytes than those of the file");
    let log = fleet.streamers[0].log_with("changed in place");
    let lines = log.lines().filter(|l| l.contains("changed in place") && l.contains(NAME));
    assert_eq!(lines.count(), 1, "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streaming_continues_without_the_database() {
    let mut fleet = Fleet::start_with(3, slow_replication_to(2)).await;
    let bytes = noise(LENGTH, 7);
    fleet.upload(0, NAME, &bytes).await;
    fleet.wait_until_stored_on(&[0, 1], NAME, &bytes).await;
    fleet.disconnect_database().await;
    // A streamer that starts without the database also serves media files.
    fleet.streamers[1].kill();
    fleet.streamers[1].start_again();
    for streamer in &fleet.streamers {
        let response = streamer.anonymous(Method::GET, PATH).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(sha256(&response.bytes().await.unwrap()), sha256(&bytes));
    }
    let upload = fleet.streamers[1].create_upload("other.mp4", 10, "");
    let response = upload.try_clone().unwrap().send().await.unwrap();
    assert!(header(&response, "retry-after").parse::<u64>().unwrap() > 0);
    expect_error(upload, 503, ErrorCode::Unavailable).await;
    fleet.reconnect_database().await;
    wait::until_async(CONVERGENCE_TIMEOUT, "uploads to be accepted again", async || {
        let upload = fleet.streamers[1].create_upload("other.mp4", 10, "");
        (upload.send().await.unwrap().status() == 201).then_some(())
    })
    .await;
    fleet.wait_until_stored_on(&[0, 1], NAME, &bytes).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_streamer_with_another_key_is_no_peer() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    fs::write(&key, "another-key-than-that-of-the-others-0123").unwrap();
    let wrong_key = || vec!["--peer-key-file".to_owned(), key.to_str().unwrap().to_owned()];
    let fleet = Fleet::start_with(3, |n| if n == 2 { wrong_key() } else { Vec::new() }).await;
    let bytes = noise(LENGTH, 10);
    fleet.upload(0, NAME, &bytes).await;
    fleet.wait_until_stored_on(&[0, 1], NAME, &bytes).await;
    let foreign = &fleet.streamers[2];
    wait::until_async(CONVERGENCE_TIMEOUT, "streamer 2 to know of the file", async || {
        let response = foreign.anonymous(Method::GET, PATH).send().await.unwrap();
        (response.status() == 503).then_some(())
    })
    .await;
    wait::until(CONVERGENCE_TIMEOUT, "streamer 2 to log the reason", || {
        foreign.log().contains("the same peer key").then_some(())
    });
    assert!(fleet.streamers[0].log().contains("signed with another peer key"));
    assert!(!fleet.media_path(2, NAME).exists());
    // Clients cannot tell the paths for peers from unknown ones, whatever the method.
    let path = paths::peer_media(&NAME.parse().unwrap());
    for server in [&fleet.streamers[0], &fleet.streamers[2]] {
        let peer = expect_error(server.admin(Method::GET, &path), 404, ErrorCode::NotFound).await;
        let none =
            expect_error(server.admin(Method::GET, "/peer/v1/x"), 404, ErrorCode::NotFound).await;
        assert_eq!(peer.replace(&path, "PATH"), none.replace("/peer/v1/x", "PATH"));
        expect_error(server.admin(Method::POST, &path), 404, ErrorCode::NotFound).await;
    }
}
