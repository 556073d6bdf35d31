//! Limits on the resources of the server that misbehaving clients can use.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

mod client;
mod http2;
mod log_in_flood;
mod soak;
mod usage;

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use client::{address, connect, exchange, log_in, pause, post, status};
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use ginflix_tests::certificate::Certificate;
use ginflix_tests::http::noise;
use ginflix_tests::server::{PASSWORD, Server};
use ginflix_tests::wait;
use ginflix_wire::get;
use http2::{Connection, is_reset_within};
use rustix::process::Signal;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use usage::{Usage, peak_memory};

/// How long the server may take to apply a limit and to return memory to the system.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(40);

/// How long one stream or body is read slowly: longer than `--stall-seconds` of its test.
const SLOW_READ_PERIOD: Duration = Duration::from_secs(6);

/// How long the server may accept a body of which a byte arrives each second.
const DRIP_TIMEOUT: Duration = Duration::from_secs(20);

const MIB: u64 = 1 << 20;

/// Waits until the server uses about as many resources as before.
async fn wait_until_settled(server: &Server, before: &Usage) {
    let deadline = Instant::now() + SETTLE_TIMEOUT;
    loop {
        let now = Usage::of(server);
        if now.is_within_a_fifth_of(before) {
            return;
        }
        assert!(Instant::now() < deadline, "before {before:?}, after {now:?}");
        pause(wait::POLL_INTERVAL).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_log_ins_hold_no_memory_afterwards() {
    let server = Server::start();
    let to = server.address();
    assert_eq!(log_in(address(0), to, "admin", PASSWORD).await, 201);
    wait::until_async(SETTLE_TIMEOUT, "the memory of the log-in to be returned", async || {
        (Usage::of(&server).memory < 40 * MIB).then_some(())
    })
    .await;
    let before = Usage::of(&server);
    let attempts = (0..400).map(|n| async move {
        // Each of twenty addresses tries twenty names.
        let from = address(1 + n / 20 * 20);
        log_in(from, to, &format!("nobody{n}"), "wrong password").await
    });
    let statuses: Vec<u16> = stream::iter(attempts).buffer_unordered(50).collect().await;
    assert!(statuses.contains(&401), "{statuses:?}");
    // Above the limit of an address the status is 429, above that of the server 503.
    let allowed = [401, 429, 503];
    assert!(statuses.iter().all(|status| allowed.contains(status)), "{statuses:?}");
    // The server hashes two passwords at once, each with 19 MiB.
    assert!(peak_memory(&server) < before.memory + 100 * MIB, "{}", peak_memory(&server) / MIB);
    wait_until_settled(&server, &before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn http2_streams_that_are_not_read_are_reset_and_hold_little_memory() {
    let server = Server::start_with(&["--stall-seconds", "2"]);
    std::fs::write(server.volume().join("media/film.mp4"), noise(4 << 20, 1)).unwrap();
    let to = server.address();
    for window in [0, 1, 100] {
        let before = Usage::of(&server);
        let clients = (0..40).map(|n| async move {
            let mut connection = Connection::open(address(n), to, window).await.unwrap();
            let mut bodies = Vec::new();
            for _ in 0..100 {
                bodies.push(connection.get("/stream/film.mp4").await.unwrap());
            }
            (connection, bodies)
        });
        let mut clients = join_all(clients).await;
        let grown = Usage::of(&server).memory.saturating_sub(before.memory);
        assert!(grown < 250 * MIB, "4,000 streams hold {} MiB", grown / MIB);
        for (_, bodies) in &mut clients {
            for body in bodies {
                assert!(is_reset_within(body, SETTLE_TIMEOUT).await, "window {window}");
            }
        }
        // The server returns the memory of streams while their connections are still open.
        let is_returned = || (Usage::of(&server).memory < before.memory + 30 * MIB).then_some(());
        let what = "the memory of the streams to be returned";
        wait::until_async(SETTLE_TIMEOUT, what, async || is_returned()).await;
        drop(clients);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_http2_stream_does_not_end_the_others() {
    let server = Server::start_with(&["--stall-seconds", "2"]);
    let media = noise(64 << 20, 1);
    std::fs::write(server.volume().join("media/film.mp4"), &media).unwrap();
    let mut connection = Connection::open(address(1), server.address(), 65_535).await.unwrap();
    let mut paused = connection.get("/stream/film.mp4").await.unwrap();
    let mut running = connection.get("/stream/film.mp4").await.unwrap();
    let (mut received, start) = (0, Instant::now());
    while let Some(data) = running.data().await {
        let data = data.unwrap();
        received += data.len();
        running.flow_control().release_capacity(data.len()).unwrap();
        if start.elapsed() < SLOW_READ_PERIOD {
            // Meanwhile the paused stream exceeds its timeout.
            pause(Duration::from_millis(2)).await;
        }
    }
    assert_eq!(received, media.len());
    assert!(is_reset_within(&mut paused, SETTLE_TIMEOUT).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_never_arrives_over_http2_is_an_error() {
    let server = Server::start_with(&["--stall-seconds", "2"]);
    let mut connection = Connection::open(address(1), server.address(), 65_535).await.unwrap();
    let (response, _body) = connection.send("POST", "/api/v1/session", true).await.unwrap();
    let response = tokio::time::timeout(SETTLE_TIMEOUT, response).await.unwrap();
    assert_eq!(response.unwrap().status(), 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_a_byte_a_second_is_an_error() {
    let server = Server::start_with(&["--stall-seconds", "4"]);
    let mut stream = connect(address(1), server.address()).await.unwrap();
    stream.write_all(post("/api/v1/session", 1000, "").as_bytes()).await.unwrap();
    let (start, mut response) = (Instant::now(), [0; 4096]);
    let (mut reader, mut writer) = stream.split();
    let drip = async {
        loop {
            if writer.write_all(b" ").await.is_err() {
                return;
            }
            pause(Duration::from_secs(1)).await;
        }
    };
    let read = async { reader.read(&mut response).await.unwrap_or(0) };
    let length = tokio::select! {
        length = read => length,
        () = drip => 0,
        () = pause(SETTLE_TIMEOUT) => panic!("a byte a second was enough"),
    };
    assert_eq!(status(&response[..length]), 400);
    assert!(start.elapsed() < DRIP_TIMEOUT, "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn unfinished_bodies_hold_little_memory() {
    let server = Server::start();
    let before = Usage::of(&server);
    let to = server.address();
    let part = " ".repeat((1 << 20) - 1);
    let request = post("/api/v1/playbacks", 1 << 20, &part);
    let clients = (0..300).map(|n| {
        let request = &request;
        async move {
            let mut stream = connect(address(n), to).await.unwrap();
            let sent = tokio::time::timeout(Duration::from_secs(10), async {
                stream.write_all(request.as_bytes()).await
            });
            let _ = sent.await;
            stream
        }
    });
    let clients: Vec<_> = stream::iter(clients).buffer_unordered(50).collect().await;
    let grown = Usage::of(&server).memory.saturating_sub(before.memory);
    assert!(grown < 100 * MIB, "300 bodies hold {} MiB", grown / MIB);
    drop(clients);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_of_connections_is_queued_until_it_is_accepted() {
    let server = Server::start();
    let to = server.address();
    server.signal(Signal::STOP);
    let connections = join_all((0..1000).map(|n| connect(address(n), to))).await;
    server.signal(Signal::CONT);
    for mut connection in connections.into_iter().map(Result::unwrap) {
        connection.write_all(get("/healthz").as_bytes()).await.unwrap();
        let mut status_line = [0; 12];
        connection.read_exact(&mut status_line).await.unwrap();
        assert_eq!(&status_line, b"HTTP/1.1 200");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_cannot_take_all_connections() {
    let server = Server::start_with(&["--max-connections", "100"]);
    let to = server.address();
    let greedy = join_all((0..100).map(|_| async move {
        let mut stream = connect(address(1), to).await.unwrap();
        stream.write_all(post("/api/v1/session", 1000, "").as_bytes()).await.unwrap();
        stream
    }))
    .await;
    let status_for = async |from: Ipv4Addr| {
        let response = exchange(from, to, get("/healthz").as_bytes()).await;
        response.map_or(0, |response| status(&response))
    };
    wait::until_async(SETTLE_TIMEOUT, "the greedy client to be refused", async || {
        (status_for(address(1)).await == 503).then_some(())
    })
    .await;
    for other in 2..12 {
        assert_eq!(status_for(address(other)).await, 200, "client {other}");
    }
    // A proxy on this machine has many clients behind it.
    assert_eq!(status_for(Ipv4Addr::LOCALHOST).await, 200);
    drop(greedy);
}

#[tokio::test(flavor = "multi_thread")]
async fn incomplete_tls_handshakes_are_closed() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = Certificate::generate(folder.path(), "server");
    let server = Server::start_with_memory_limit(256 * MIB, &certificate.flags());
    let to = server.address();
    let before = Usage::of(&server);
    let clients = join_all((0..1000).map(|n| async move {
        let mut stream = connect(address(n), to).await.unwrap();
        // A ClientHello that announces 512 bytes and has six.
        stream.write_all(&[22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]).await.unwrap();
        stream
    }))
    .await;
    for mut stream in clients {
        let read = tokio::time::timeout(SETTLE_TIMEOUT, stream.read(&mut [0; 64])).await;
        // 0 and a reset both mean that the server closed the connection without sending.
        assert_eq!(read.unwrap().unwrap_or(0), 0);
    }
    wait_until_settled(&server, &before).await;
}
