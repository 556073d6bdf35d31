//! Reads of a film in memory while others are read from the disk at full speed.

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
use crate::files::{Files, LARGE_NAME};
use crate::servers::Server;

/// Streams at full speed, each of a film of its own.
const STREAMS: usize = 16;

/// Bytes of each of these films.
const SIZE: u64 = 64 << 20;

/// What the reads of the film in memory ask for.
const WARM_PART: u64 = 64 << 10;

/// Where in the film: what is read again and again, no kernel takes for cold.
const WARM_SPAN: u64 = 16 << 20;

/// One of them begins so often: they are to see what the streams do, and not to
/// take the processors from them.
const WARM_PACE: Duration = Duration::from_millis(5);

/// How long the reads of a film in memory took.
#[derive(Debug, Clone, Copy)]
pub struct Reads {
    /// Half of them were as fast.
    pub median: Duration,
    /// 99 of a hundred were as fast.
    pub p99: Duration,
    /// How many there were.
    pub count: usize,
    /// What the streams beside them got, MiB/s.
    pub streamed_mib: u64,
}

/// What is streamed beside the reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// Nothing.
    Nothing,
    /// Films in memory: what the processors alone have to do with it.
    Warm,
    /// Films that are not.
    Cold,
}

impl Beside {
    /// In the order in which they are measured.
    pub const ALL: [Self; 3] = [Self::Nothing, Self::Warm, Self::Cold];

    /// As the table says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Warm => "16 streams from memory",
            Self::Cold => "16 streams from disk",
        }
    }
}

/// Makes the films that are streamed.
pub fn make_films(files: &Files) -> Result<Vec<PathBuf>> {
    let media = files.media();
    let large = media.join(LARGE_NAME);
    (0..STREAMS)
        .map(|number| {
            let path = media.join(name(number));
            let mut from = File::open(&large).context("the large file comes first")?;
            std::io::Seek::seek(&mut from, std::io::SeekFrom::Start(number as u64 * 1000))?;
            let mut to = File::create(&path)?;
            std::io::copy(&mut std::io::Read::take(from, SIZE), &mut to)?;
            to.sync_all()?; // only what is on the disk can be dropped from memory
            Ok(path)
        })
        .collect()
}

/// Asks for each of them, and waits until the server has looked at them: ours
/// hashes what it did not know.
pub fn show_films(server: &Server) -> Result<()> {
    runtime(1).build()?.block_on(async {
        for number in 0..STREAMS {
            let mut client = Client::connect(server.port(), number).await?;
            client.ask(&name(number), 0, 1).await?;
        }
        anyhow::Ok(())
    })?;
    server.wait_until_at_rest()
}

/// Removes them.
pub fn remove_films(films: &[PathBuf]) -> Result<()> {
    films.iter().try_for_each(|film| Ok(fs::remove_file(film)?))
}

/// Reads the film in memory for so long.
pub fn read(server: &Server, films: &[PathBuf], beside: Beside, time: Duration) -> Result<Reads> {
    let port = server.port();
    let (films, done) = (Arc::new(films.to_vec()), Arc::new(AtomicBool::new(false)));
    let streamed = Arc::new(AtomicU64::new(0));
    // Whoever reads the streams has a share of the processors only where nobody
    // else wants them: a wait of the one that measures is then one for the server.
    let patient = runtime(1).on_thread_start(be_patient).build()?;
    let mut streams = JoinSet::new();
    for number in 0..if beside == Beside::Nothing { 0 } else { STREAMS } {
        let (films, done) = (Arc::clone(&films), Arc::clone(&done));
        let streamed = Arc::clone(&streamed);
        let stream = async move {
            let mut client = Client::connect(port, number).await?;
            let mut buffer = vec![0; 256 << 10];
            while !done.load(Ordering::Relaxed) {
                if beside == Beside::Cold {
                    drop_from_memory(&films[number])?;
                }
                client.ask(&name(number), 0, SIZE).await?;
                let mut left = SIZE as usize;
                while left > 0 && !done.load(Ordering::Relaxed) {
                    let piece = left.min(buffer.len());
                    client.read(piece, &mut buffer).await?;
                    streamed.fetch_add(piece as u64, Ordering::Relaxed);
                    left -= piece;
                }
            }
            anyhow::Ok(())
        };
        streams.spawn_on(stream, patient.handle());
    }
    let own = runtime(1).build()?;
    let mut took = own.block_on(async { tokio::spawn(read_warm(port, time)).await })??;
    done.store(true, Ordering::Relaxed);
    own.block_on(streams.join_all()).into_iter().collect::<Result<Vec<()>>>()?;
    took.sort();
    let at = |hundredth: usize| took[(took.len() * hundredth / 100).min(took.len() - 1)];
    let streamed_mib = (streamed.load(Ordering::Relaxed) >> 20) / time.as_secs().max(1);
    Ok(Reads { median: at(50), p99: at(99), count: took.len(), streamed_mib })
}

fn runtime(threads: usize) -> Builder {
    let mut runtime = Builder::new_multi_thread();
    runtime.worker_threads(threads).enable_all();
    runtime
}

/// The thread that calls comes after all others.
fn be_patient() {
    let _ = rustix::process::setpriority_process(None, 19); // as unfair as before without
}

async fn read_warm(port: u16, time: Duration) -> Result<Vec<Duration>> {
    let mut client = Client::connect(port, STREAMS).await?;
    let (mut random, mut buffer) = (Random::new(7), vec![0; WARM_PART as usize]);
    client.ask(LARGE_NAME, 0, WARM_SPAN).await?;
    client.read(WARM_SPAN as usize, &mut buffer).await?;
    let (end, mut took) = (Instant::now() + time, Vec::new());
    while Instant::now() < end {
        let asked = Instant::now();
        client.ask(LARGE_NAME, random.below(WARM_SPAN - WARM_PART), WARM_PART).await?;
        client.read(WARM_PART as usize, &mut buffer).await?;
        took.push(asked.elapsed());
        tokio::time::sleep_until((asked + WARM_PACE).into()).await;
    }
    Ok(took)
}

fn drop_from_memory(film: &Path) -> Result<()> {
    Ok(fadvise(&File::open(film)?, 0, None, Advice::DontNeed)?)
}

fn name(number: usize) -> String {
    format!("cold-{number}.mp4")
}
