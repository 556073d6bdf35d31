//! Clients that ask as fast as they are answered.

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

/// What one client does again and again.
pub type Client = Box<dyn FnMut(&mut Connection) -> Result<()> + Send>;

/// How long each thing took that was done in this time.
pub fn run(
    server: SocketAddr,
    clients: usize,
    time: Duration,
    client: &impl Fn(usize) -> Client,
) -> Result<Vec<Duration>> {
    let all = Mutex::new(Vec::new());
    let failed = Mutex::new(None);
    let end = Instant::now() + time;
    thread::scope(|scope| -> Result<()> {
        for number in 0..clients {
            let (mut act, all, failed) = (client(number), &all, &failed);
            thread::Builder::new().stack_size(256 * 1024).spawn_scoped(scope, move || {
                let mut took = Vec::new();
                let work = || -> Result<()> {
                    let mut connection = Connection::open(server)?;
                    while Instant::now() < end {
                        let start = Instant::now();
                        act(&mut connection)?;
                        took.push(start.elapsed());
                    }
                    Ok(())
                };
                if let (Err(error), Ok(mut failed)) = ({ work }(), failed.lock()) {
                    *failed = Some(error);
                }
                if let Ok(mut all) = all.lock() {
                    all.append(&mut took);
                }
            })?;
        }
        Ok(())
    })?;
    if let Some(error) = failed.into_inner().ok().flatten() {
        return Err(error.context("a client failed"));
    }
    let all = all.into_inner().unwrap_or_default();
    ensure!(!all.is_empty(), "nothing was done in {time:?}");
    Ok(all)
}

/// The first page.
pub fn list(connection: &mut Connection) -> Result<()> {
    connection.get("/api/v1/movies").map(drop)
}

/// One word and the beginning of another.
pub fn search(seed: u64) -> Client {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut pick = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        WORDS[(state >> 33) as usize % WORDS.len()]
    };
    Box::new(move |connection| {
        let (whole, begun) = (pick(), pick());
        connection.get(&format!("/api/v1/movies?q={whole}+{}", &begun[..3])).map(drop)
    })
}

/// A movie of which two seconds are half.
pub fn short_film(server: SocketAddr) -> Result<String> {
    let page = Connection::open(server)?.get("/api/v1/movies?q=short+film&limit=1")?;
    let page: Value = serde_json::from_slice(&page)?;
    let id = page["items"][0]["id"].as_str().context("there is no short film; fill it first")?;
    Ok(id.to_owned())
}

/// One viewer may start so many playbacks at once; then it is another one.
const STARTS: u32 = 200;

/// An address that nobody had before, in this run or in one that ended.
fn new_viewer() -> String {
    static VIEWERS: AtomicU32 = AtomicU32::new(0);
    static FIRST: LazyLock<u32> = LazyLock::new(|| Timestamp::now().as_second() as u32 * 256);
    let number = FIRST.wrapping_add(VIEWERS.fetch_add(1, Ordering::Relaxed));
    let [_, a, b, c] = number.to_be_bytes();
    format!("10.{a}.{b}.{c}")
}

/// Somebody who starts a playback and watches enough: two requests, each of
/// them durable when it is answered.
pub fn view(movie: &str) -> Client {
    let (mut playbacks, mut viewer) = (0_u32, new_viewer());
    let start = format!(r#"{{"movie_id":"{movie}"}}"#);
    let report = r#"{"position_seconds":2.0,"played":[{"start":0.0,"end":2.0}]}"#;
    Box::new(move |connection| {
        playbacks += 1;
        if playbacks % STARTS == 0 {
            viewer = new_viewer();
        }
        let started = connection.post("/api/v1/playbacks", &viewer, &start)?;
        let started: Value = serde_json::from_slice(&started)?;
        let id = started["id"].as_str().context("a playback without an id")?;
        let told = connection.post(&format!("/api/v1/playbacks/{id}"), &viewer, report)?;
        let told: Value = serde_json::from_slice(&told)?;
        ensure!(told["counted"] == true, "it did not count: {told}");
        Ok(())
    })
}
