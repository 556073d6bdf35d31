//! Many viewers at the bit rate of their video, and many connections that are idle.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::client::{Client, Random};
use crate::files::{BenchFiles, LARGE_NAME};
use crate::servers::Server;

/// The size in bytes and the interval of the reads of a viewer: together 5 Mbit/s.
const CHUNK_SIZE: usize = 62_500;
const CHUNK_INTERVAL: Duration = Duration::from_millis(100);

/// A wait that is longer than this is a stall.
const STALL_DELAY: Duration = Duration::from_secs(1);

/// The size of each requested range in bytes: some tens of seconds of the video.
const RANGE_SIZE: u64 = 32 << 20;

/// The statistics of the viewers of one server.
#[derive(Debug, Default, Clone, Copy)]
pub struct ViewerStats {
    /// The number of waits longer than [`STALL_DELAY`].
    pub stalls: u64,
    /// The longest wait for a chunk or, with idle connections, for a response.
    pub longest: Duration,
    /// The number of connections and responses that failed.
    pub errors: u64,
    /// The number of received bytes.
    pub bytes: u64,
    /// The CPU time of the server.
    pub cpu: Duration,
    /// The growth of the memory of the server for each viewer, in bytes.
    pub memory_each: u64,
}

impl ViewerStats {
    fn merge(self, other: Self) -> Self {
        Self {
            stalls: self.stalls + other.stalls,
            longest: self.longest.max(other.longest),
            errors: self.errors + other.errors,
            bytes: self.bytes + other.bytes,
            ..self
        }
    }
}

/// Measures viewers who watch for this long.
///
/// # Errors
/// If the server has ended, or the file cannot be read.
pub fn watch(
    server: &Server,
    files: &BenchFiles,
    viewers: usize,
    time: Duration,
) -> Result<ViewerStats> {
    files.warm(LARGE_NAME)?;
    let before = server.memory_bytes()?;
    let cpu_before = server.cpu()?;
    let port = server.port();
    let (sum, memory) = runtime()?.block_on(async {
        let start = Instant::now();
        let mut all = JoinSet::new();
        for viewer in 0..viewers {
            // Spread over two seconds, so that the viewers do not all read at the same time.
            let begin = start + Duration::from_secs(2) * viewer as u32 / viewers as u32;
            all.spawn(view(port, files.large_size(), viewer, begin, begin + time));
        }
        tokio::time::sleep(time / 2).await;
        let memory = server.memory_bytes();
        let sum = all.join_all().await.into_iter().fold(ViewerStats::default(), ViewerStats::merge);
        (sum, memory)
    });
    Ok(ViewerStats {
        cpu: server.cpu()? - cpu_before,
        memory_each: memory?.saturating_sub(before) / viewers as u64,
        ..sum
    })
}

/// Watches as one viewer, and counts a failure as an error.
async fn view(port: u16, size: u64, number: usize, begin: Instant, end: Instant) -> ViewerStats {
    let mut stats = ViewerStats::default();
    tokio::time::sleep_until(begin.into()).await;
    if play(port, size, number, begin, end, &mut stats).await.is_err() {
        stats.errors += 1;
    }
    stats
}

/// Reads ranges of the file at the bit rate of the video until `end`.
async fn play(
    port: u16,
    size: u64,
    number: usize,
    begin: Instant,
    end: Instant,
    stats: &mut ViewerStats,
) -> Result<()> {
    let (mut random, mut buffer) = (Random::new(number as u64), vec![0; CHUNK_SIZE]);
    let mut client = Client::connect(port, number).await?;
    let (mut due, mut left) = (begin, 0);
    while due < end {
        let start = Instant::now();
        if left == 0 {
            client.request(LARGE_NAME, random.below(size - RANGE_SIZE), RANGE_SIZE).await?;
            left = RANGE_SIZE;
        }
        let chunk = left.min(CHUNK_SIZE as u64);
        client.discard(chunk as usize, &mut buffer).await?;
        left -= chunk;
        stats.bytes += chunk;
        let waited = start.elapsed();
        stats.longest = stats.longest.max(waited);
        stats.stalls += u64::from(waited > STALL_DELAY);
        // After a stall a player continues from there, and does not catch up.
        due = (due + CHUNK_INTERVAL).max(Instant::now());
        tokio::time::sleep_until(due.into()).await;
    }
    Ok(())
}

/// Measures idle connections: each gets one response when it is open, and one more when all are.
///
/// # Errors
/// If the server has ended.
pub fn hold(server: &Server, connections: usize) -> Result<ViewerStats> {
    let before = server.memory_bytes()?;
    let cpu_before = server.cpu()?;
    let port = server.port();
    let (sum, memory) = runtime()?.block_on(async {
        // Limits connection attempts to fewer than the accept queue of any server holds.
        let permits = Arc::new(Semaphore::new(256));
        let mut opening = JoinSet::new();
        for number in 0..connections {
            let permits = Arc::clone(&permits);
            opening.spawn(async move {
                let _permit = permits.acquire().await?;
                let mut client = Client::connect(port, number).await?;
                let waited = request_once(&mut client).await?;
                anyhow::Ok((client, waited))
            });
        }
        let opened = opening.join_all().await;
        let memory = server.memory_bytes();
        let mut sum = ViewerStats::default();
        let mut again = JoinSet::new();
        for opened in opened {
            match opened {
                Ok((mut client, waited)) => {
                    sum.longest = sum.longest.max(waited);
                    let permits = Arc::clone(&permits);
                    again.spawn(async move {
                        let _permit = permits.acquire().await?;
                        request_once(&mut client).await
                    });
                }
                Err(_) => sum.errors += 1,
            }
        }
        for waited in again.join_all().await {
            match waited {
                Ok(waited) => sum.longest = sum.longest.max(waited),
                Err(_) => sum.errors += 1,
            }
        }
        (sum, memory)
    });
    Ok(ViewerStats {
        cpu: server.cpu()? - cpu_before,
        memory_each: memory?.saturating_sub(before) / connections as u64,
        ..sum
    })
}

/// Requests 1,000 bytes, and returns how long that took.
async fn request_once(client: &mut Client) -> Result<Duration> {
    let (start, mut buffer) = (Instant::now(), [0; 1000]);
    client.request(LARGE_NAME, 0, 1000).await?;
    client.discard(1000, &mut buffer).await?;
    Ok(start.elapsed())
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?)
}
