//! The latency of reads of a resident file while other files are streamed from the disk.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::fs::{Advice, fadvise};
use tokio::runtime::Builder;
use tokio::task::JoinSet;

use crate::client::{Client, Random};
use crate::files::{BenchFiles, LARGE_NAME};
use crate::servers::Server;

/// The number of background streams, each of its own file.
const STREAMS: usize = 16;

/// The size of each of these files, in bytes.
const STREAM_SIZE: u64 = 64 << 20;

/// The size of each read of the resident file, in bytes.
const WARM_READ_SIZE: u64 = 64 << 10;

/// The size of the part of the resident file that is read, in bytes: so small that each page is
/// read often, and the kernel does not evict it.
const WARM_SPAN: u64 = 16 << 20;

/// The interval of the reads: long enough to leave the CPUs to the streams.
const WARM_READ_INTERVAL: Duration = Duration::from_millis(5);

/// The latency of the reads of a resident file.
#[derive(Debug, Clone, Copy)]
pub struct ReadLatency {
    /// The median.
    pub median: Duration,
    /// The 99th percentile.
    pub p99: Duration,
    /// The number of reads.
    pub count: usize,
    /// The throughput of the background streams, in MiB/s.
    pub streamed_mib: u64,
}

/// The streams beside the reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackgroundStreams {
    /// No streams.
    None,
    /// Streams of resident files, which show the influence of the CPUs alone.
    Warm,
    /// Streams of files on the disk.
    Cold,
}

impl BackgroundStreams {
    /// All variants, in the order of the measurements.
    pub const ALL: [Self; 3] = [Self::None, Self::Warm, Self::Cold];

    /// Returns the name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "nothing",
            Self::Warm => "16 streams from memory",
            Self::Cold => "16 streams from disk",
        }
    }
}

/// Creates the cold files, which are streamed, and returns their paths.
///
/// # Errors
/// If a file cannot be read or written.
pub fn create_cold_files(files: &BenchFiles) -> Result<Vec<PathBuf>> {
    let media = files.media();
    let large = media.join(LARGE_NAME);
    (0..STREAMS)
        .map(|number| {
            let path = media.join(name(number));
            let mut from = File::open(&large)
                .context("cannot open the large file, which has to be created first")?;
            // Another offset for each file, so that no two have the same content.
            std::io::Seek::seek(&mut from, std::io::SeekFrom::Start(number as u64 * 1000))?;
            let mut to = File::create(&path)?;
            std::io::copy(&mut std::io::Read::take(from, STREAM_SIZE), &mut to)?;
            to.sync_all()?; // the kernel can evict only clean pages
            Ok(path)
        })
        .collect()
}

/// Requests each of the cold files, and waits until the server is idle: GinFlix hashes files when
/// it first sees them.
///
/// # Errors
/// If a request fails or the server does not become idle.
pub fn index_cold_files(server: &Server) -> Result<()> {
    runtime(1).build()?.block_on(async {
        for number in 0..STREAMS {
            let mut client = Client::connect(server.port(), number).await?;
            client.request(&name(number), 0, 1).await?;
        }
        anyhow::Ok(())
    })?;
    server.wait_until_idle()
}

/// Removes the cold files.
///
/// # Errors
/// If a file cannot be removed.
pub fn remove_cold_files(files: &[PathBuf]) -> Result<()> {
    files.iter().try_for_each(|file| Ok(fs::remove_file(file)?))
}

/// Measures reads of the resident file for this long.
///
/// # Errors
/// If a request fails.
pub fn read(
    server: &Server,
    files: &[PathBuf],
    beside: BackgroundStreams,
    time: Duration,
) -> Result<ReadLatency> {
    let port = server.port();
    let (files, done) = (Arc::new(files.to_vec()), Arc::new(AtomicBool::new(false)));
    let streamed = Arc::new(AtomicU64::new(0));
    // The clients of the streams have the lowest priority: otherwise the reads would wait for them
    // and not only for the server.
    let background = runtime(1).on_thread_start(lower_priority).build()?;
    let mut streams = JoinSet::new();
    for number in 0..if beside == BackgroundStreams::None { 0 } else { STREAMS } {
        let (files, done) = (Arc::clone(&files), Arc::clone(&done));
        let streamed = Arc::clone(&streamed);
        let stream = async move {
            let mut client = Client::connect(port, number).await?;
            let mut buffer = vec![0; 256 << 10];
            while !done.load(Ordering::Relaxed) {
                if beside == BackgroundStreams::Cold {
                    evict(&files[number])?;
                }
                client.request(&name(number), 0, STREAM_SIZE).await?;
                let mut left = STREAM_SIZE as usize;
                while left > 0 && !done.load(Ordering::Relaxed) {
                    let chunk = left.min(buffer.len());
                    client.discard(chunk, &mut buffer).await?;
                    streamed.fetch_add(chunk as u64, Ordering::Relaxed);
                    left -= chunk;
                }
            }
            anyhow::Ok(())
        };
        streams.spawn_on(stream, background.handle());
    }
    let foreground = runtime(1).build()?;
    let mut latencies =
        foreground.block_on(async { tokio::spawn(read_warm(port, time)).await })??;
    done.store(true, Ordering::Relaxed);
    foreground.block_on(streams.join_all()).into_iter().collect::<Result<Vec<()>>>()?;
    latencies.sort();
    let percentile = |n: usize| latencies[(latencies.len() * n / 100).min(latencies.len() - 1)];
    let streamed_mib = (streamed.load(Ordering::Relaxed) >> 20) / time.as_secs().max(1);
    let (median, p99) = (percentile(50), percentile(99));
    Ok(ReadLatency { median, p99, count: latencies.len(), streamed_mib })
}

fn runtime(threads: usize) -> Builder {
    let mut runtime = Builder::new_multi_thread();
    runtime.worker_threads(threads).enable_all();
    runtime
}

/// Gives the calling thread the lowest priority.
fn lower_priority() {
    let _ = rustix::process::setpriority_process(None, 19); // without it the reads are only slower
}

/// Reads random ranges of the resident file, and returns the latency of each read.
async fn read_warm(port: u16, time: Duration) -> Result<Vec<Duration>> {
    let mut client = Client::connect(port, STREAMS).await?;
    let (mut random, mut buffer) = (Random::new(7), vec![0; WARM_READ_SIZE as usize]);
    client.request(LARGE_NAME, 0, WARM_SPAN).await?;
    client.discard(WARM_SPAN as usize, &mut buffer).await?;
    let (end, mut latencies) = (Instant::now() + time, Vec::new());
    while Instant::now() < end {
        let start = Instant::now();
        let offset = random.below(WARM_SPAN - WARM_READ_SIZE);
        client.request(LARGE_NAME, offset, WARM_READ_SIZE).await?;
        client.discard(WARM_READ_SIZE as usize, &mut buffer).await?;
        latencies.push(start.elapsed());
        tokio::time::sleep_until((start + WARM_READ_INTERVAL).into()).await;
    }
    Ok(latencies)
}

/// Evicts a file from the page cache.
fn evict(file: &Path) -> Result<()> {
    Ok(fadvise(&File::open(file)?, 0, None, Advice::DontNeed)?)
}

fn name(number: usize) -> String {
    format!("cold-{number}.mp4")
}
