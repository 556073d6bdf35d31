//! Viewers: many ranges at once, and slow downloads that go on where they were cut.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ginflix_tests::http;
use reqwest::Client;
use reqwest::header::{CONTENT_RANGE, ETAG, IF_RANGE, RANGE};
use sha2::{Digest, Sha256};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

/// How long one request may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// How much of the film a range has.
const RANGE_BYTES: usize = 16 * 1024;
/// How often a download goes on before it is given up.
const MOST_CUTS: usize = 20;

/// What became of the requests.
#[derive(Debug)]
pub struct Tally {
    /// Answered in full, with the right bytes.
    pub right: usize,
    /// All others, and why.
    pub failures: Vec<String>,
}

fn client() -> Client {
    http::client_builder().connect_timeout(PATIENCE).timeout(PATIENCE).build().unwrap()
}

/// Keeps `at_once` range requests in flight while `work` runs, none of them repeated. Afterwards each ends in full.
pub fn ranges(
    runtime: &Runtime,
    url: &str,
    bytes: &Arc<[u8]>,
    at_once: usize,
    work: impl FnOnce(),
) -> Tally {
    let (client, stop) = (client(), Arc::new(AtomicBool::new(false)));
    let right = Arc::new(AtomicUsize::new(0));
    let mut viewers = JoinSet::new();
    for viewer in 0..at_once {
        let (client, stop, right) = (client.clone(), stop.clone(), right.clone());
        let (url, bytes) = (url.to_owned(), bytes.clone());
        viewers.spawn_on(
            async move {
                let (mut failures, mut at) = (Vec::new(), viewer * 7919);
                while !stop.load(Ordering::Relaxed) {
                    at = (at * 48271 + 11) % (bytes.len() - RANGE_BYTES);
                    match range(&client, &url, at, &bytes[at..at + RANGE_BYTES]).await {
                        Ok(()) => drop(right.fetch_add(1, Ordering::Relaxed)),
                        Err(why) => failures.push(why),
                    }
                    // A viewer asks for the next piece when they have watched this one.
                    tokio::time::sleep(Duration::from_millis(500)).await; // pace: of a viewer
                }
                failures
            },
            runtime.handle(),
        );
    }
    work();
    stop.store(true, Ordering::Relaxed);
    let failures = runtime.block_on(viewers.join_all()).concat();
    Tally { right: right.load(Ordering::Relaxed), failures }
}

async fn range(client: &Client, url: &str, at: usize, wanted: &[u8]) -> Result<(), String> {
    let last = at + wanted.len() - 1;
    let asked = client.get(url).header(RANGE, format!("bytes={at}-{last}")).send().await;
    let answer = asked.map_err(|e| format!("{e:?}"))?;
    let status = answer.status();
    if status != 206 {
        return Err(format!("bytes {at}-{last}: {status}"));
    }
    let got = answer.bytes().await.map_err(|e| format!("bytes {at}-{last}: {e:?}"))?;
    if got == wanted { Ok(()) } else { Err(format!("bytes {at}-{last} are others")) }
}

/// Downloads `count` times at so many bytes a second while `work` runs; cut ones go on. The hash of each.
pub fn downloads(
    runtime: &Runtime,
    url: &str,
    count: usize,
    bytes_per_second: usize,
    work: impl FnOnce(),
) -> Vec<Result<(String, usize), String>> {
    let client =
        http::client_builder().connect_timeout(PATIENCE).read_timeout(PATIENCE).build().unwrap();
    let mut viewers = JoinSet::new();
    for _ in 0..count {
        let (client, url) = (client.clone(), url.to_owned());
        viewers.spawn_on(
            async move { slowly(&client, &url, bytes_per_second).await },
            runtime.handle(),
        );
    }
    work();
    runtime.block_on(viewers.join_all())
}

/// Hash of all bytes, and how often the download went on.
async fn slowly(client: &Client, url: &str, rate: usize) -> Result<(String, usize), String> {
    let (mut hash, mut at, mut cuts) = (Sha256::new(), 0_u64, 0);
    let (mut etag, mut length) = (None, None);
    let begun = Instant::now();
    loop {
        let mut request = client.get(url);
        if let Some(etag) = &etag {
            request = request.header(RANGE, format!("bytes={at}-")).header(IF_RANGE, etag);
        }
        let cut = match request.send().await {
            Ok(mut answer) if answer.status().is_success() => {
                if at > 0 && answer.headers().get(CONTENT_RANGE).is_none() {
                    return Err(format!("it became another file after {at} bytes"));
                }
                etag = etag.or_else(|| answer.headers().get(ETAG).cloned());
                length = length.or_else(|| answer.content_length());
                loop {
                    match answer.chunk().await {
                        Ok(Some(chunk)) => {
                            hash.update(&chunk);
                            at += chunk.len() as u64;
                            let due = Duration::from_secs_f64(at as f64 / rate as f64);
                            // pace: of a viewer
                            tokio::time::sleep(due.saturating_sub(begun.elapsed())).await;
                        }
                        Ok(None) if length.is_none_or(|length| length == at) => {
                            return Ok((hex::encode(hash.finalize()), cuts));
                        }
                        Ok(None) => break format!("ended after {at} bytes"),
                        Err(e) => break format!("cut after {at} bytes: {e:?}"),
                    }
                }
            }
            Ok(answer) => format!("{} after {at} bytes", answer.status()),
            Err(e) => format!("no answer after {at} bytes: {e:?}"),
        };
        cuts += 1;
        if cuts > MOST_CUTS {
            return Err(cut);
        }
        tokio::time::sleep(Duration::from_millis(500)).await; // pace: of a client that tries again
    }
}
