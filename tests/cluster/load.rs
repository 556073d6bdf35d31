//! Simulates viewers: many concurrent range requests, and slow downloads that resume after an
//! interruption.

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
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// Size of a requested range, in bytes.
const RANGE_BYTES: usize = 16 * 1024;
/// How often a download may be interrupted.
const INTERRUPTION_LIMIT: usize = 20;
/// How long a viewer watches a range before they request the next one.
const WATCH_DELAY: Duration = Duration::from_millis(500);
/// How long a download waits before it resumes.
const RESUME_DELAY: Duration = Duration::from_millis(500);

/// The results of many requests.
#[derive(Debug)]
pub struct Tally {
    /// The number of complete responses with the right bytes.
    pub right: usize,
    /// The causes of the other results.
    pub failures: Vec<String>,
}

fn client() -> Client {
    http::client_builder()
        .connect_timeout(REQUEST_TIMEOUT)
        .timeout(REQUEST_TIMEOUT)
        .build()
        .unwrap()
}

/// Runs `work` while `viewers` request ranges in a loop, without retries. Waits for the last
/// responses.
pub fn request_ranges(
    runtime: &Runtime,
    url: &str,
    bytes: &Arc<[u8]>,
    viewers: usize,
    work: impl FnOnce(),
) -> Tally {
    let (client, stop) = (client(), Arc::new(AtomicBool::new(false)));
    let right = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    for viewer in 0..viewers {
        let (client, stop, right) = (client.clone(), stop.clone(), right.clone());
        let (url, bytes) = (url.to_owned(), bytes.clone());
        tasks.spawn_on(
            async move {
                let (mut failures, mut offset) = (Vec::new(), viewer * 7919);
                while !stop.load(Ordering::Relaxed) {
                    offset = (offset * 48271 + 11) % (bytes.len() - RANGE_BYTES);
                    let expected = &bytes[offset..offset + RANGE_BYTES];
                    match request_range(&client, &url, offset, expected).await {
                        Ok(()) => drop(right.fetch_add(1, Ordering::Relaxed)),
                        Err(cause) => failures.push(cause),
                    }
                    tokio::time::sleep(WATCH_DELAY).await; // pace: a viewer
                }
                failures
            },
            runtime.handle(),
        );
    }
    work();
    stop.store(true, Ordering::Relaxed);
    let failures = runtime.block_on(tasks.join_all()).concat();
    Tally { right: right.load(Ordering::Relaxed), failures }
}

async fn request_range(
    client: &Client,
    url: &str,
    first: usize,
    expected: &[u8],
) -> Result<(), String> {
    let last = first + expected.len() - 1;
    let request = client.get(url).header(RANGE, format!("bytes={first}-{last}"));
    let response = request.send().await.map_err(|e| format!("{e:?}"))?;
    let status = response.status();
    if status != 206 {
        return Err(format!("bytes {first}-{last}: {status}"));
    }
    let body = response.bytes().await.map_err(|e| format!("bytes {first}-{last}: {e:?}"))?;
    if body == expected { Ok(()) } else { Err(format!("bytes {first}-{last} are wrong")) }
}

/// Runs `work` while `count` viewers download the whole file at `bytes_per_second`. Interrupted
/// downloads resume. Returns for each download the SHA-256 and the number of interruptions, or the
/// cause of the last interruption if there were too many.
pub fn download(
    runtime: &Runtime,
    url: &str,
    count: usize,
    bytes_per_second: usize,
    work: impl FnOnce(),
) -> Vec<Result<(String, usize), String>> {
    let timeout = REQUEST_TIMEOUT;
    let client =
        http::client_builder().connect_timeout(timeout).read_timeout(timeout).build().unwrap();
    let mut tasks = JoinSet::new();
    for _ in 0..count {
        let (client, url) = (client.clone(), url.to_owned());
        tasks.spawn_on(
            async move { download_slowly(&client, &url, bytes_per_second).await },
            runtime.handle(),
        );
    }
    work();
    runtime.block_on(tasks.join_all())
}

async fn download_slowly(
    client: &Client,
    url: &str,
    bytes_per_second: usize,
) -> Result<(String, usize), String> {
    let (mut hash, mut received, mut interruptions) = (Sha256::new(), 0_u64, 0);
    let (mut etag, mut length) = (None, None);
    let start = Instant::now();
    loop {
        let mut request = client.get(url);
        if let Some(etag) = &etag {
            request = request.header(RANGE, format!("bytes={received}-")).header(IF_RANGE, etag);
        }
        let cause = match request.send().await {
            Ok(mut response) if response.status().is_success() => {
                if received > 0 && response.headers().get(CONTENT_RANGE).is_none() {
                    return Err(format!("the file has changed after {received} bytes"));
                }
                etag = etag.or_else(|| response.headers().get(ETAG).cloned());
                length = length.or_else(|| response.content_length());
                loop {
                    match response.chunk().await {
                        Ok(Some(chunk)) => {
                            hash.update(&chunk);
                            received += chunk.len() as u64;
                            let seconds = received as f64 / bytes_per_second as f64;
                            let due = Duration::from_secs_f64(seconds);
                            // pace: a viewer
                            tokio::time::sleep(due.saturating_sub(start.elapsed())).await;
                        }
                        Ok(None) if length.is_none_or(|length| length == received) => {
                            return Ok((hex::encode(hash.finalize()), interruptions));
                        }
                        Ok(None) => break format!("ended after {received} bytes"),
                        Err(e) => break format!("interrupted after {received} bytes: {e:?}"),
                    }
                }
            }
            Ok(response) => format!("{} after {received} bytes", response.status()),
            Err(e) => format!("no response after {received} bytes: {e:?}"),
        };
        interruptions += 1;
        if interruptions > INTERRUPTION_LIMIT {
            return Err(cause);
        }
        tokio::time::sleep(RESUME_DELAY).await; // pace: a client that retries
    }
}
