//! Clients that send the next request as soon as they have the response.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use serde_json::Value;

use crate::fill::WORDS;
use crate::wire::Connection;

/// An operation that a client repeats.
pub type Operation = Box<dyn FnMut(&mut Connection) -> Result<()> + Send>;

/// Runs clients for this long, and returns the latency of each operation. `operation` maps the
/// number of a client to its operation.
///
/// # Errors
/// If an operation fails, or none completes.
pub fn run(
    server: SocketAddr,
    clients: usize,
    time: Duration,
    operation: &impl Fn(usize) -> Operation,
) -> Result<Vec<Duration>> {
    let all = Mutex::new(Vec::new());
    let failed = Mutex::new(None);
    let end = Instant::now() + time;
    thread::scope(|scope| -> Result<()> {
        for number in 0..clients {
            let (mut operation, all, failed) = (operation(number), &all, &failed);
            thread::Builder::new().stack_size(256 * 1024).spawn_scoped(scope, move || {
                let mut latencies = Vec::new();
                let work = || -> Result<()> {
                    let mut connection = Connection::open(server)?;
                    while Instant::now() < end {
                        let start = Instant::now();
                        operation(&mut connection)?;
                        latencies.push(start.elapsed());
                    }
                    Ok(())
                };
                if let (Err(error), Ok(mut failed)) = ({ work }(), failed.lock()) {
                    *failed = Some(error);
                }
                if let Ok(mut all) = all.lock() {
                    all.append(&mut latencies);
                }
            })?;
        }
        Ok(())
    })?;
    if let Some(error) = failed.into_inner().ok().flatten() {
        return Err(error.context("a client failed"));
    }
    let all = all.into_inner().unwrap_or_default();
    ensure!(!all.is_empty(), "no operation completed in {time:?}");
    Ok(all)
}

/// Requests the first page of the list.
///
/// # Errors
/// If the request fails.
pub fn list(connection: &mut Connection) -> Result<()> {
    connection.get("/api/v1/movies").map(drop)
}

/// Returns an operation that requests this path.
pub fn page(path: &str) -> Operation {
    let path = path.to_owned();
    Box::new(move |connection| connection.get(&path).map(drop))
}

/// Returns an operation that searches for a word and the first letters of another.
pub fn search(seed: u64) -> Operation {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut pick = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        WORDS[(state >> 33) as usize % WORDS.len()]
    };
    Box::new(move |connection| {
        let (word, prefix) = (pick(), &pick()[..3]);
        connection.get(&format!("/api/v1/movies?q={word}+{prefix}")).map(drop)
    })
}

/// Returns the id of the movie of which two seconds make a view.
///
/// # Errors
/// If the request fails or there is no such movie.
pub fn short_movie(server: SocketAddr) -> Result<String> {
    let page = Connection::open(server)?.get("/api/v1/movies?q=short+film&limit=1")?;
    let page: Value = serde_json::from_slice(&page)?;
    let id = page["items"][0]["id"]
        .as_str()
        .context("the catalogue has no short movie; run `fill` first")?;
    Ok(id.to_owned())
}

/// The number of playbacks after which a client takes another address, because the server limits
/// the playbacks of each address.
const PLAYBACKS_PER_ADDRESS: u32 = 200;

/// Returns an address that no client had before, neither in this run nor in an earlier one.
fn new_address() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    static FIRST: LazyLock<u32> = LazyLock::new(|| Timestamp::now().as_second() as u32 * 256);
    let number = FIRST.wrapping_add(COUNT.fetch_add(1, Ordering::Relaxed));
    let [_, a, b, c] = number.to_be_bytes();
    format!("10.{a}.{b}.{c}")
}

/// Returns an operation that starts a playback and reports enough of it for a view: two requests,
/// whose effects are durable before the responses.
pub fn view(movie: &str) -> Operation {
    let (mut playbacks, mut address) = (0_u32, new_address());
    let start = format!(r#"{{"movie_id":"{movie}"}}"#);
    let report = r#"{"position_seconds":2.0,"played":[{"start":0.0,"end":2.0}]}"#;
    Box::new(move |connection| {
        playbacks += 1;
        if playbacks % PLAYBACKS_PER_ADDRESS == 0 {
            address = new_address();
        }
        let started = connection.post("/api/v1/playbacks", &address, &start)?;
        let started: Value = serde_json::from_slice(&started)?;
        let id = started["id"].as_str().context("the server returned a playback without an id")?;
        let playback = connection.post(&format!("/api/v1/playbacks/{id}"), &address, report)?;
        let playback: Value = serde_json::from_slice(&playback)?;
        // It counts later, if a streamer sent this address something.
        let is_enough = playback["counted"] == true || playback["awaiting_evidence"] == true;
        ensure!(is_enough, "the playback was not accepted: {playback}");
        Ok(())
    })
}
