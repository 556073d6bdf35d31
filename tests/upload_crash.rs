//! A large upload during which the server and the command are killed repeatedly: running the same
//! command again completes it, and no client ever sees a partial file.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

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

/// How many bytes the client may send again after one kill. It sends none again that the server had
/// written (the test asserts that for each kill), so these were in flight: in the buffers of four
/// sockets, those of the proxy included, and in two chunks in the server.
const RESENT_BYTES: u64 = 12 * MIB;

/// How long the upload may take to the offset of the next kill.
const PROGRESS_TIMEOUT: Duration = Duration::from_secs(60);

/// How often the observer reads the catalogue and the file.
const OBSERVATION_INTERVAL: Duration = Duration::from_millis(10);

/// The process that a kill ends.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Victim {
    Server,
    Command,
}

/// The state at a kill.
struct Kill {
    /// The bytes that the server had written.
    written: u64,
    /// The number of `PATCH` requests until then.
    patches: usize,
}

impl Kill {
    fn observe(server: &Server, proxy: &Proxy) -> Self {
        Self { written: written_bytes(server), patches: proxy.patch_offsets().len() }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_at_any_offset_cost_few_bytes_and_show_no_partial_file() {
    let seed = match std::env::var("GINFLIX_TEST_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => SystemTime::UNIX_EPOCH.elapsed().unwrap().subsec_nanos(),
    };
    println!("repeat with GINFLIX_TEST_SEED={seed}");
    let cli = Cli::new();
    let file = cli.home().join("film.mp4");
    let sha256 = write_file(&file, u64::from(seed));
    let mut server = Server::start();
    let proxy = Arc::new(Proxy::start(server.address(), ProxyMode::Forward));
    let observer = Observer::start(Arc::clone(&proxy), sha256.clone());

    let mut kills = Vec::new();
    let command = upload_with_kills(&cli, &file, &mut server, &proxy, seed, &mut kills);
    let output = command.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    assert!(server.media("film.mp4").await.unwrap().has_sha256(&sha256));
    let offsets = proxy.patch_offsets();
    for Kill { written, patches } in kills {
        // There is none if the next kill came before the client sent anything.
        let Some(next) = offsets.get(patches) else { continue };
        assert!(
            *next >= written,
            "the server had written {written} bytes, but the client resumed at {next}"
        );
    }
    let resent = proxy.client_bytes() - SIZE;
    println!("sent again: {} KiB", resent >> 10);
    let kill_count = (SERVER_KILLS + COMMAND_KILLS) as u64;
    assert!(resent <= kill_count * RESENT_BYTES, "{resent} bytes were sent again");
    let observations = observer.stop().await;
    println!("{observations} observations");
    assert!(observations > 20, "only {observations} observations");
}

/// Uploads the file, kills server and command as planned, and returns the last command, which is
/// still running.
fn upload_with_kills(
    cli: &Cli,
    file: &Path,
    server: &mut Server,
    proxy: &Proxy,
    seed: u32,
    kills: &mut Vec<Kill>,
) -> Child {
    let mut command = None;
    for (victim, at) in plan_kills(u64::from(seed)) {
        let running = command.get_or_insert_with(|| upload(cli, proxy, file));
        wait::until(PROGRESS_TIMEOUT, "the upload to get that far", || {
            if let Some(status) = running.try_wait().unwrap() {
                let mut stderr = String::new();
                running.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
                panic!("the upload ended with {status} before byte {at}: {stderr}");
            }
            (proxy.client_bytes() >= at).then_some(())
        });
        match victim {
            Victim::Server => {
                server.kill();
                kills.push(Kill::observe(server, proxy));
                server.start_again();
                proxy.set_upstream(server.address());
            }
            Victim::Command => {
                running.kill().unwrap();
                running.wait().unwrap();
                kills.push(Kill::observe(server, proxy));
                command = None;
            }
        }
    }
    command.unwrap_or_else(|| upload(cli, proxy, file))
}

/// Returns how much of the unfinished upload the server has written to its file.
fn written_bytes(server: &Server) -> u64 {
    let files = std::fs::read_dir(server.volume().join("uploads")).unwrap().map(Result::unwrap);
    let parts = files.filter(|file| file.path().extension() == Some("part".as_ref()));
    parts.map(|part| part.metadata().unwrap().len()).max().unwrap_or(0)
}

/// Returns the kills in order, each with the number of sent bytes at which it happens: between 2 and
/// 98 per cent of the file.
fn plan_kills(seed: u64) -> Vec<(Victim, u64)> {
    // The first bytes are the same for every seed.
    let random = noise(32 + 4 * (SERVER_KILLS + COMMAND_KILLS), seed);
    let mut random =
        random[32..].chunks(4).map(|chunk| u32::from_le_bytes(chunk.try_into().unwrap()));
    let mut kill = |victim| {
        (victim, SIZE / 50 + u64::from(random.next().unwrap()) * (SIZE / 100 * 96) / (1 << 32))
    };
    let mut plan: Vec<_> = (0..SERVER_KILLS).map(|_| kill(Victim::Server)).collect();
    plan.extend((0..COMMAND_KILLS).map(|_| kill(Victim::Command)).collect::<Vec<_>>());
    plan.sort_by_key(|(_, at)| *at);
    plan
}

/// Starts the upload, always with the same command.
fn upload(cli: &Cli, proxy: &Proxy, file: &Path) -> Child {
    let mut command = cli.process(&["--server", &proxy.url(""), "-q", "upload"]);
    command.arg(file).env("GINFLIX_TOKEN", TOKEN);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Writes a file in which no MiB equals another, and returns its SHA-256 digest.
fn write_file(path: &Path, seed: u64) -> String {
    let (mut file, mut hash) = (File::create(path).unwrap(), Sha256::new());
    let mut block = noise(MIB as usize, seed);
    for n in 0..SIZE / MIB {
        block[64..72].copy_from_slice(&n.to_le_bytes());
        hash.update(&block);
        file.write_all(&block).unwrap();
    }
    hex::encode(hash.finalize())
}

/// A client that lists and reads the media files all the time, and panics if it sees part of one.
struct Observer {
    stop: Arc<AtomicBool>,
    observations: Arc<AtomicU64>,
    task: tokio::task::JoinHandle<()>,
}

impl Observer {
    fn start(proxy: Arc<Proxy>, sha256: String) -> Self {
        let (stop, observations) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (is_stopped, count) = (Arc::clone(&stop), Arc::clone(&observations));
        let task = tokio::spawn(async move {
            let http = client();
            while !is_stopped.load(Ordering::Relaxed) {
                // A server that is down shows nothing, which is no failure.
                if assert_all_or_nothing(&http, proxy.upstream(), &sha256).await.is_ok() {
                    count.fetch_add(1, Ordering::Relaxed);
                }
                tokio::time::sleep(OBSERVATION_INTERVAL).await; // pace: a client that polls
            }
        });
        Self { stop, observations, task }
    }

    /// Stops the observer, and returns how often the server responded to it.
    async fn stop(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.unwrap();
        self.observations.load(Ordering::Relaxed)
    }
}

/// Fails the test unless the server shows either the whole file or nothing of it.
async fn assert_all_or_nothing(
    http: &reqwest::Client,
    server: SocketAddr,
    sha256: &str,
) -> Result<(), reqwest::Error> {
    let list = http.get(format!("http://{server}/api/v1/media")).send().await?;
    let list: Value = list.error_for_status()?.json().await?;
    let items = list["items"].as_array().unwrap();
    for item in items {
        assert_eq!(item["size_bytes"], SIZE, "{item}");
        assert_eq!(item["sha256"], sha256, "{item}");
    }
    let last_mib = format!("bytes={}-", SIZE - MIB);
    let request = http.get(format!("http://{server}/stream/film.mp4")).header("range", last_mib);
    let response = request.send().await?;
    match response.status().as_u16() {
        404 => assert!(items.is_empty(), "listed, but not found"),
        206 => {
            let content_range = format!("bytes {}-{}/{SIZE}", SIZE - MIB, SIZE - 1);
            assert_eq!(response.headers()["content-range"].to_str().unwrap(), content_range);
            let block = response.bytes().await?;
            assert_eq!(block[64..72], (SIZE / MIB - 1).to_le_bytes());
        }
        // The server is starting or stopping.
        503 => {}
        other => panic!("{other} {:?}", response.headers()),
    }
    Ok(())
}
