//! Attacks on a server with little memory and one CPU, first each alone and then all together, while
//! a viewer watches and an administrator logs in.
//!
//! `GINFLIX_SOAK_SECONDS` sets how long they run together; without it they run for a short time.

use std::env;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::time::{Duration, Instant};

use ginflix_api::paths;
use ginflix_tests::http::noise;
use ginflix_tests::server::{PASSWORD, Server, TOKEN};
use ginflix_wire::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;

use super::client::{address, connect, connect_with, exchange, log_in, pause, post};
use super::http2::Connection;
use super::usage::Usage;
use super::{MIB, wait_until_settled};

/// The memory limit of the server.
const MEMORY_BYTES: u64 = 256 * MIB;

/// The size at which the log is rotated; the server keeps three old files.
const LOG_BYTES: &str = "1048576";

/// How long each attack runs alone, and how long all run together by default.
const ALONE_PERIOD: Duration = Duration::from_secs(2);
const TOGETHER_PERIOD: Duration = Duration::from_secs(12);

/// The size and the interval of the viewer's reads: together 5 Mbit/s.
const VIEWER_BYTES: usize = 62_500;
const VIEWER_INTERVAL: Duration = Duration::from_millis(100);

/// How long the viewer may wait for data.
const STALL_TIMEOUT: Duration = Duration::from_secs(1);

/// How often the administrator logs in, and how long that may take.
const LOG_IN_INTERVAL: Duration = Duration::from_secs(1);
const LOG_IN_TIMEOUT: Duration = Duration::from_secs(10);

/// Addresses of the honest clients, to which all limits apply.
const VIEWER: Ipv4Addr = Ipv4Addr::new(127, 9, 0, 1);
const ADMINISTRATOR: Ipv4Addr = Ipv4Addr::new(127, 9, 0, 2);

/// How often the test prints the resources that the server uses.
const REPORT_INTERVAL: Duration = Duration::from_secs(60);

/// A function that attacks until the end of the target's time; it ignores the responses.
type Attack = fn(Target) -> Pin<Box<dyn Future<Output = ()> + Send>>;

/// The server under attack, and the attacker.
#[derive(Debug, Clone)]
struct Target {
    /// The address of the server.
    to: SocketAddr,
    /// The address of the attacker.
    from: Ipv4Addr,
    /// The number of the attacker, unique among those that run at once.
    number: u32,
    end: Instant,
    /// The id of a movie.
    movie: String,
}

/// The attacks, each with the number of attackers.
const ATTACKS: [(&str, u32, Attack); 11] = [
    ("wrong log-ins", 60, |t| Box::pin(wrong_log_ins(t))),
    ("HTTP/2 without windows", 20, |t| Box::pin(http2_without_windows(t))),
    ("slow heads", 200, |t| Box::pin(slow_heads(t))),
    ("slow bodies", 200, |t| Box::pin(slow_bodies(t))),
    ("large bodies", 30, |t| Box::pin(large_bodies(t))),
    ("slow readers", 200, |t| Box::pin(slow_readers(t))),
    ("range bombs", 4, |t| Box::pin(range_bombs(t))),
    ("search bombs", 4, |t| Box::pin(search_bombs(t))),
    ("endless paths", 4, |t| Box::pin(endless_paths(t))),
    ("playbacks", 4, |t| Box::pin(playbacks(t))),
    ("aborted uploads", 4, |t| Box::pin(aborted_uploads(t))),
];

impl Target {
    fn is_over(&self) -> bool {
        Instant::now() >= self.end
    }

    /// Waits until the end.
    async fn wait_until_over(&self) {
        pause(self.end.saturating_duration_since(Instant::now())).await;
    }

    /// Sends one request after the other until the end, each on a new connection.
    async fn send_each(&self, mut request: impl FnMut(u32) -> String) {
        let mut count = 0;
        while !self.is_over() {
            count += 1;
            let _ = exchange(self.from, self.to, request(count).as_bytes()).await;
        }
    }
}

async fn wrong_log_ins(target: Target) {
    let mut count = 0;
    while !target.is_over() {
        count += 1;
        // A new address each time, so that no limit of an address applies.
        let from = address(10_000 + target.number + 1000 * count);
        log_in(from, target.to, "admin", "wrong password").await;
    }
}

async fn http2_without_windows(target: Target) {
    while !target.is_over() {
        let window = [0, 1, 20_000][target.number as usize % 3];
        let Ok(mut connection) = Connection::open(target.from, target.to, window).await else {
            continue;
        };
        let mut bodies = Vec::new();
        for _ in 0..100 {
            match connection.get("/stream/film.mp4").await {
                Ok(body) => bodies.push(body),
                Err(_) => break,
            }
        }
        pause(Duration::from_secs(3)).await;
    }
}

async fn slow_heads(target: Target) {
    while !target.is_over() {
        let Ok(mut stream) = connect(target.from, target.to).await else { continue };
        let start = ["GET /stream/film.mp4", "POST /api/v1/session"][target.number as usize % 2];
        let head = format!("{start} HTTP/1.1\r\nHost: test\r\nX-Long: {}", "x".repeat(50_000));
        if stream.write_all(head.as_bytes()).await.is_err() {
            continue;
        }
        while !target.is_over() && stream.write_all(b"x").await.is_ok() {
            pause(Duration::from_millis(500)).await;
        }
    }
}

async fn slow_bodies(target: Target) {
    while !target.is_over() {
        let Ok(mut stream) = connect(target.from, target.to).await else { continue };
        let request = post("/api/v1/session", 10_000, "{");
        if stream.write_all(request.as_bytes()).await.is_err() {
            continue;
        }
        while !target.is_over() && stream.write_all(b" ").await.is_ok() {
            pause(Duration::from_millis(500)).await;
        }
    }
}

async fn large_bodies(target: Target) {
    let part = " ".repeat(120_000);
    while !target.is_over() {
        let Ok(mut stream) = connect(target.from, target.to).await else { continue };
        let request =
            post("/api/v1/playbacks/0198c0de-0000-7000-8000-000000000000", 125_000, &part);
        let _ = stream.write_all(request.as_bytes()).await;
        pause(Duration::from_secs(2)).await;
    }
}

async fn slow_readers(target: Target) {
    while !target.is_over() {
        let connected = connect_with(target.from, target.to, Some(4096)).await;
        let Ok(mut stream) = connected else { continue };
        let path = ["/stream/film.mp4", "/", "/api/v1/movies"][target.number as usize % 3];
        let request = ginflix_wire::request("GET", path, "").repeat(10);
        let _ = stream.write_all(request.as_bytes()).await;
        pause(Duration::from_secs(3)).await;
    }
}

/// Requests many small ranges, and ranges that overlap.
async fn range_bombs(target: Target) {
    let many: Vec<String> = (0..1000).map(|n| format!("{}-{}", n * 7, n * 7 + 1)).collect();
    let overlapping = vec!["0-"; 16].join(",");
    let ranges = [many.join(","), overlapping, "0-0,".repeat(500), "-1,".repeat(500)];
    target
        .send_each(|count| {
            let range = &ranges[count as usize % ranges.len()];
            let head = get("/stream/film.mp4");
            head.replace("\r\n\r\n", &format!("\r\nRange: bytes={range}\r\n\r\n"))
        })
        .await;
}

/// Searches for many long words that no movie has.
async fn search_bombs(target: Target) {
    let word = |n: u32| format!("wrd{n}").repeat(1 + n as usize % 8);
    target
        .send_each(|count| {
            let words: Vec<String> = (0..20).map(|n| word(count * 20 + n)).collect();
            get(&format!("/search?q={}", words.join("+")))
        })
        .await;
}

async fn endless_paths(target: Target) {
    let long = "x".repeat(20_000);
    target
        .send_each(|count| {
            let folder = ["", "/stream", "/movies", "/assets/v1", "/api/v1/media"];
            let folder = folder[count as usize % folder.len()];
            get(&format!("{folder}/{}-{count}-{long}", target.number))
        })
        .await;
}

async fn playbacks(target: Target) {
    let body = format!("{{\"movie_id\":\"{}\"}}", target.movie);
    let mut count = 0;
    while !target.is_over() && count < 1000 {
        count += 1;
        let request = post(paths::PLAYBACKS, body.len(), &body);
        let _ = exchange(target.from, target.to, request.as_bytes()).await;
    }
    target.wait_until_over().await;
}

async fn aborted_uploads(target: Target) {
    // Fifty uploads, none of which is ever completed.
    let mut count = 0;
    while !target.is_over() && count < 50 {
        count += 1;
        let Ok(mut stream) = connect(target.from, target.to).await else { continue };
        let request = format!(
            "POST {} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {TOKEN}\r\n\
             Tus-Resumable: 1.0.0\r\nUpload-Length: 10000000\r\nContent-Length: 10000000\r\n\
             Content-Type: application/offset+octet-stream\r\n\
             Upload-Metadata: filename YS5tcDQ=,anytype dHJ1ZQ==\r\n\r\n{}",
            paths::UPLOADS,
            "x".repeat(10_000)
        );
        let _ = stream.write_all(request.as_bytes()).await;
        pause(Duration::from_millis(100)).await;
    }
    target.wait_until_over().await;
}

/// Watches at 5 Mbit/s until the end, and returns the longest wait for data.
async fn watch(to: SocketAddr, end: Instant) -> Duration {
    let mut longest = Duration::ZERO;
    let mut buffer = vec![0; VIEWER_BYTES];
    while Instant::now() < end {
        let mut waiting_since = Instant::now();
        let mut stream = connect(VIEWER, to).await.unwrap();
        // After the content, the viewer would wait until the server closes a persistent connection.
        let request = ginflix_wire::request("GET", "/stream/film.mp4", "Connection: close\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        loop {
            let read = stream.read_exact(&mut buffer).await;
            longest = longest.max(waiting_since.elapsed());
            if read.is_err() || Instant::now() >= end {
                break; // the content is over
            }
            pause(VIEWER_INTERVAL).await;
            waiting_since = Instant::now();
        }
    }
    longest
}

/// Logs in again and again until the end, and returns the longest time that a log-in took.
async fn administer(to: SocketAddr, end: Instant) -> Duration {
    let mut longest = Duration::ZERO;
    while Instant::now() < end {
        let start = Instant::now();
        let status = log_in(ADMINISTRATOR, to, "admin", PASSWORD).await;
        assert_eq!(status, 201, "after {:?}", start.elapsed());
        longest = longest.max(start.elapsed());
        pause(LOG_IN_INTERVAL).await;
    }
    longest
}

/// Prints the usage of the server until the end.
#[allow(clippy::print_stdout)] // for the person who runs the soak
async fn report(server: &Server, end: Instant) {
    let start = Instant::now();
    while Instant::now() + REPORT_INTERVAL < end {
        pause(REPORT_INTERVAL).await;
        println!("after {} s: {:?}", start.elapsed().as_secs(), Usage::of(server));
    }
}

/// Runs these attacks together, and returns the longest wait of the viewer and the longest log-in.
async fn attack(
    attacks: &[(&str, u32, Attack)],
    server: &Server,
    movie: &str,
    duration: Duration,
) -> (Duration, Duration) {
    let (to, end) = (server.address(), Instant::now() + duration);
    let mut attackers = JoinSet::new();
    let mut number = 0;
    for (_, count, attack) in attacks {
        for _ in 0..*count {
            number += 1;
            let from = address(number);
            attackers.spawn(attack(Target { to, from, number, end, movie: movie.to_owned() }));
        }
    }
    let (stall, log_in, ()) =
        tokio::join!(watch(to, end), administer(to, end), report(server, end));
    attackers.join_all().await;
    (stall, log_in)
}

/// Returns how long all attacks run together.
fn together_period() -> Duration {
    let seconds = env::var("GINFLIX_SOAK_SECONDS").ok();
    seconds.map_or(TOGETHER_PERIOD, |text| Duration::from_secs(text.parse().unwrap()))
}

#[tokio::test(flavor = "multi_thread")]
async fn attacks_stop_neither_the_server_nor_its_viewers() {
    // Seven seconds, so that the bytes of aborted uploads are removed during the test.
    let flags = ["--stall-seconds", "3", "--upload-hours", "0.002"];
    let log = tempfile::tempdir().unwrap();
    let log_file = log.path().join("server.log");
    let log_flags = ["--log-file", log_file.to_str().unwrap(), "--log-file-bytes", LOG_BYTES];
    let server =
        Server::start_with_memory_limit(MEMORY_BYTES, &[&flags[..], &log_flags[..]].concat());
    server.put_media("film.mp4", noise(60 << 20, 1)).await;
    let movie = server.add_movie("Film", "film.mp4").await.id.to_string();
    let to = server.address();
    assert_eq!(log_in(ADMINISTRATOR, to, "admin", PASSWORD).await, 201);
    let before = Usage::of(&server);
    for attacks in ATTACKS.chunks(1) {
        let (stall, log_in) = attack(attacks, &server, &movie, ALONE_PERIOD).await;
        let name = attacks[0].0;
        println!(
            "{name}: the viewer waited {stall:?}, a log-in took {log_in:?}; {:?}",
            Usage::of(&server)
        );
        assert!(stall < STALL_TIMEOUT, "{name}: the viewer waited {stall:?}");
        assert!(log_in < LOG_IN_TIMEOUT, "{name}: a log-in took {log_in:?}");
    }
    let (stall, log_in) = attack(&ATTACKS, &server, &movie, together_period()).await;
    println!(
        "together: the viewer waited {stall:?}, a log-in took {log_in:?}; {:?}",
        Usage::of(&server)
    );
    assert!(stall < STALL_TIMEOUT, "together: the viewer waited {stall:?}");
    assert!(log_in < LOG_IN_TIMEOUT, "together: a log-in took {log_in:?}");
    wait_until_settled(&server, &before).await;
    let files = std::fs::read_dir(log.path()).unwrap().flatten();
    let logged: u64 = files.map(|file| file.metadata().unwrap().len()).sum();
    assert!(logged <= 5 * MIB, "the log has {logged} bytes");
}
