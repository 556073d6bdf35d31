//! A large upload while the server and the command are killed again and again:
//! it ends by repeating one command, and nobody ever sees half a file.

#![allow(clippy::unwrap_used)] // a test that cannot go on says where

use std::fs::File;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use ginflix_tests::cli::Cli;
use ginflix_tests::http::{client, noise};
use ginflix_tests::proxy::{Proxy, ProxyMode};
use ginflix_tests::server::{Server, TOKEN};
use ginflix_tests::wait;
use serde_json::Value;
use sha2::{Digest, Sha256};

const MIB: u64 = 1 << 20;
const SIZE: u64 = 512 * MIB;
const SERVER_KILLS: usize = 5;
const COMMAND_KILLS: usize = 3;

/// What one break may cost: nothing that the server had written is sent again
/// (that is asserted for each break), so this is what was on its way there: in
/// the buffers of four sockets, the proxy's included, and two pieces in the server.
const RESENT_BYTES: u64 = 12 * MIB;

const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Victim {
    Server,
    Command,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_at_any_offset_cost_little_and_show_nothing() {
    let seed = match std::env::var("GINFLIX_TEST_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => SystemTime::UNIX_EPOCH.elapsed().unwrap().subsec_nanos(),
    };
    println!("repeat with GINFLIX_TEST_SEED={seed}");
    let cli = Cli::new();
    let film = cli.home().join("film.mp4");
    let sha256 = write_film(&film, u64::from(seed));

    let mut server = Server::start();
    let proxy = Arc::new(Proxy::start(server.address(), ProxyMode::Forward));
    let watcher = Watcher::start(Arc::clone(&proxy), sha256.clone());
    let (mut command, mut broken) = (None, Vec::new());
    for (victim, at) in plan(u64::from(seed)) {
        let running = command.get_or_insert_with(|| upload(&cli, &proxy, &film));
        wait::until(PATIENCE, "the upload to get that far", || {
            if let Some(status) = running.try_wait().unwrap() {
                let mut words = String::new();
                running.stderr.take().unwrap().read_to_string(&mut words).unwrap();
                panic!("ended early with {status}, before {victim:?} at {at}: {words}");
            }
            (proxy.client_bytes() >= at).then_some(())
        });
        match victim {
            Victim::Server => {
                server.kill();
                broken.push((written(&server), proxy.patch_offsets().len()));
                server.start_again();
                proxy.set_upstream(server.address());
            }
            Victim::Command => {
                running.kill().unwrap();
                running.wait().unwrap();
                broken.push((written(&server), proxy.patch_offsets().len()));
                command = None;
            }
        }
    }
    let last = command.unwrap_or_else(|| upload(&cli, &proxy, &film));
    let output = last.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    assert_eq!(server.media("film.mp4").await.unwrap().sha256, sha256);
    let starts = proxy.patch_offsets();
    for (written, before) in broken {
        // None: a second break came before anything was sent.
        let Some(next) = starts.get(before) else { continue };
        assert!(*next >= written, "{written} bytes were on the disk, {next} on were sent");
    }
    let resent = proxy.client_bytes() - SIZE;
    println!("sent again: {} KiB", resent >> 10);
    let breaks = (SERVER_KILLS + COMMAND_KILLS) as u64;
    assert!(resent <= breaks * RESENT_BYTES, "{resent} bytes were sent again");
    let looks = watcher.end().await;
    println!("looked {looks} times");
    assert!(looks > 20, "only {looks} looks");
}

/// Bytes of the unfinished upload that the server has brought to its file.
fn written(server: &Server) -> u64 {
    let files = std::fs::read_dir(server.volume().join("uploads")).unwrap().map(Result::unwrap);
    let parts = files.filter(|file| file.path().extension() == Some("part".as_ref()));
    parts.map(|part| part.metadata().unwrap().len()).max().unwrap_or(0)
}

/// When whom to kill, as bytes that were sent; in order.
fn plan(seed: u64) -> Vec<(Victim, u64)> {
    let dice = noise(32 + 4 * (SERVER_KILLS + COMMAND_KILLS), seed);
    let mut dice = dice[32..].chunks(4).map(|four| u32::from_le_bytes(four.try_into().unwrap()));
    let mut kill = |victim| {
        (victim, SIZE / 50 + u64::from(dice.next().unwrap()) * (SIZE / 100 * 96) / (1 << 32))
    };
    let mut plan: Vec<_> = (0..SERVER_KILLS).map(|_| kill(Victim::Server)).collect();
    plan.extend((0..COMMAND_KILLS).map(|_| kill(Victim::Command)).collect::<Vec<_>>());
    plan.sort_by_key(|(_, at)| *at);
    plan
}

/// Always the same command.
fn upload(cli: &Cli, proxy: &Proxy, film: &Path) -> Child {
    let mut command = cli.process(&["--server", &proxy.url(""), "-q", "upload"]);
    command.arg(film).env("GINFLIX_TOKEN", TOKEN);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// No MiB is like another. Returns the hash.
fn write_film(path: &Path, seed: u64) -> String {
    let (mut file, mut hash) = (File::create(path).unwrap(), Sha256::new());
    let mut block = noise(MIB as usize, seed);
    for n in 0..SIZE / MIB {
        block[64..72].copy_from_slice(&n.to_le_bytes());
        hash.update(&block);
        file.write_all(&block).unwrap();
    }
    hex::encode(hash.finalize())
}

/// Lists and reads all through.
struct Watcher {
    stop: Arc<AtomicBool>,
    looks: Arc<AtomicU64>,
    task: tokio::task::JoinHandle<()>,
}

impl Watcher {
    fn start(proxy: Arc<Proxy>, sha256: String) -> Self {
        let (stop, looks) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (stopped, looked) = (Arc::clone(&stop), Arc::clone(&looks));
        let task = tokio::spawn(async move {
            let http = client();
            while !stopped.load(Ordering::Relaxed) {
                // A server that is down shows nothing either.
                if look(&http, proxy.upstream(), &sha256).await.is_ok() {
                    looked.fetch_add(1, Ordering::Relaxed);
                }
                tokio::time::sleep(Duration::from_millis(10)).await; // pace: of a reader
            }
        });
        Self { stop, looks, task }
    }

    /// How often it saw what the server shows.
    async fn end(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.unwrap();
        self.looks.load(Ordering::Relaxed)
    }
}

/// Nothing, or the whole film.
async fn look(http: &reqwest::Client, at: SocketAddr, sha256: &str) -> Result<(), reqwest::Error> {
    let list = http.get(format!("http://{at}/api/v1/media")).send().await?;
    let list: Value = list.error_for_status()?.json().await?;
    let items = list["items"].as_array().unwrap();
    for item in items {
        assert_eq!(item["size_bytes"], SIZE, "{item}");
        assert_eq!(item["sha256"], sha256, "{item}");
    }
    let end = format!("bytes={}-", SIZE - MIB);
    let film = http.get(format!("http://{at}/stream/film.mp4")).header("range", end).send().await?;
    match film.status().as_u16() {
        404 => assert!(items.is_empty(), "listed, but not there"),
        206 => {
            assert_eq!(film.headers()["content-range"].to_str().unwrap(), whole());
            let block = film.bytes().await?;
            assert_eq!(block[64..72], (SIZE / MIB - 1).to_le_bytes());
        }
        // It drains or starts.
        503 => {}
        other => panic!("{other} {:?}", film.headers()),
    }
    Ok(())
}

fn whole() -> String {
    format!("bytes {}-{}/{SIZE}", SIZE - MIB, SIZE - 1)
}
