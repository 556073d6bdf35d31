//! Many viewers at the pace of their film, and many who only hold a connection.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::client::{Client, Random};
use crate::files::{Files, LARGE_NAME};
use crate::servers::Server;

/// A film of 5 Mbit/s is read in pieces of a tenth of a second.
const PIECE: usize = 62_500;
const PACE: Duration = Duration::from_millis(100);

/// A wait that a viewer notices.
const STALL: Duration = Duration::from_secs(1);

/// What a request asks for: some tens of seconds of the film.
const PART: u64 = 32 << 20;

/// What became of the viewers of one server.
#[derive(Debug, Default, Clone, Copy)]
pub struct Watched {
    /// Waits of more than a second.
    pub stalls: u64,
    /// The longest wait for a piece.
    pub longest: Duration,
    /// Connections and answers that failed.
    pub errors: u64,
    /// Bytes that came.
    pub bytes: u64,
    /// Processor time of the server.
    pub cpu: Duration,
    /// What its memory grew by for each, bytes.
    pub memory_each: u64,
}

impl Watched {
    fn and(self, other: Self) -> Self {
        Self {
            stalls: self.stalls + other.stalls,
            longest: self.longest.max(other.longest),
            errors: self.errors + other.errors,
            bytes: self.bytes + other.bytes,
            ..self
        }
    }
}

/// So many viewers watch for so long.
pub fn watch(server: &Server, files: &Files, viewers: usize, time: Duration) -> Result<Watched> {
    files.warm(LARGE_NAME)?;
    let before = server.memory_bytes()?;
    let cpu_before = server.cpu()?;
    let port = server.port();
    let (sum, memory) = runtime()?.block_on(async {
        let start = Instant::now();
        let mut all = JoinSet::new();
        for viewer in 0..viewers {
            // Not all in step.
            let begin = start + Duration::from_secs(2) * viewer as u32 / viewers as u32;
            all.spawn(view(port, files.large_size(), viewer, begin, begin + time));
        }
        tokio::time::sleep(time / 2).await;
        let memory = server.memory_bytes();
        let sum = all.join_all().await.into_iter().fold(Watched::default(), Watched::and);
        (sum, memory)
    });
    Ok(Watched {
        cpu: server.cpu()? - cpu_before,
        memory_each: memory?.saturating_sub(before) / viewers as u64,
        ..sum
    })
}

async fn view(port: u16, size: u64, number: usize, begin: Instant, end: Instant) -> Watched {
    let mut seen = Watched::default();
    tokio::time::sleep_until(begin.into()).await;
    if play(port, size, number, begin, end, &mut seen).await.is_err() {
        seen.errors += 1;
    }
    seen
}

async fn play(
    port: u16,
    size: u64,
    number: usize,
    begin: Instant,
    end: Instant,
    seen: &mut Watched,
) -> Result<()> {
    let (mut random, mut buffer) = (Random::new(number as u64), vec![0; PIECE]);
    let mut client = Client::connect(port, number).await?;
    let (mut due, mut left) = (begin, 0);
    while due < end {
        let asked = Instant::now();
        if left == 0 {
            client.ask(LARGE_NAME, random.below(size - PART), PART).await?;
            left = PART;
        }
        let piece = left.min(PIECE as u64);
        client.read(piece as usize, &mut buffer).await?;
        left -= piece;
        seen.bytes += piece;
        let waited = asked.elapsed();
        seen.longest = seen.longest.max(waited);
        seen.stalls += u64::from(waited > STALL);
        // Who had to wait plays on from there.
        due = (due + PACE).max(Instant::now());
        tokio::time::sleep_until(due.into()).await;
    }
    Ok(())
}

/// So many connections are open at once, each with one answer behind it; then
/// all of them ask once more.
pub fn hold(server: &Server, connections: usize) -> Result<Watched> {
    let before = server.memory_bytes()?;
    let cpu_before = server.cpu()?;
    let port = server.port();
    let (sum, memory) = runtime()?.block_on(async {
        // As many as a listener's queue takes.
        let turns = Arc::new(Semaphore::new(256));
        let mut opening = JoinSet::new();
        for number in 0..connections {
            let turns = Arc::clone(&turns);
            opening.spawn(async move {
                let _turn = turns.acquire().await?;
                let mut client = Client::connect(port, number).await?;
                let waited = ask_once(&mut client).await?;
                anyhow::Ok((client, waited))
            });
        }
        let opened = opening.join_all().await;
        let memory = server.memory_bytes();
        let mut sum = Watched::default();
        let mut again = JoinSet::new();
        for opened in opened {
            match opened {
                Ok((mut client, waited)) => {
                    sum.longest = sum.longest.max(waited);
                    let turns = Arc::clone(&turns);
                    again.spawn(async move {
                        let _turn = turns.acquire().await?;
                        ask_once(&mut client).await
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
    Ok(Watched {
        cpu: server.cpu()? - cpu_before,
        memory_each: memory?.saturating_sub(before) / connections as u64,
        ..sum
    })
}

async fn ask_once(client: &mut Client) -> Result<Duration> {
    let (asked, mut buffer) = (Instant::now(), [0; 1000]);
    client.ask(LARGE_NAME, 0, 1000).await?;
    client.read(1000, &mut buffer).await?;
    Ok(asked.elapsed())
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?)
}
