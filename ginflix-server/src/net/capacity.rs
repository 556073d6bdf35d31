//! How many connections there may be at once, and what one too many is told.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::tls::Tls;
use crate::fair_share::{Client, FairShare, Share};
use crate::metrics::Metrics;

/// Files that the rest of the process may have open: the films that are kept
/// open for all who watch them, uploads, the catalogue.
const OTHER_FILES: u64 = 1024;

/// Refusals that are on their way at once; beyond that, connections are closed
/// without a word.
const REFUSALS: usize = 64;

/// A connection's, as long as it lasts: it is counted, and waited for at the stop.
#[derive(Debug)]
pub struct Place {
    metrics: Metrics,
    /// Boxed, as it is not used while the connection lasts.
    _share: Box<Share>,
    _token: TaskTrackerToken,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.metrics.connections().dec();
    }
}

/// Counts connections; cheap to clone.
#[derive(Debug, Clone)]
pub struct Capacity {
    connections: FairShare,
    refusals: Arc<Semaphore>,
}

impl Capacity {
    /// Room for `wanted` connections, or for as many as the process may have
    /// files for; says so where that is fewer.
    pub fn new(wanted: usize) -> Self {
        let most = connections_for(raise_file_limit(files_for(wanted)));
        if most < wanted {
            tracing::warn!(
                wanted,
                possible = most,
                "the limit of open files (ulimit -n) allows fewer connections than max_connections"
            );
        }
        let connections = FairShare::new(wanted.min(most) as u64);
        Self { connections, refusals: Arc::new(Semaphore::new(REFUSALS)) }
    }

    /// A place for one more connection of this client, which is waited for by `tracker`.
    pub fn enter(&self, client: Client, metrics: &Metrics, tracker: &TaskTracker) -> Option<Place> {
        let _share = Box::new(self.connections.take(client, 1)?);
        metrics.connections().inc();
        Some(Place { metrics: metrics.clone(), _share, _token: tracker.token() })
    }

    /// Tells a client that there is no place, without waiting for it.
    pub fn refuse(&self, stream: TcpStream, tls: Option<&Tls>) {
        if let Ok(permit) = Arc::clone(&self.refusals).try_acquire_owned() {
            let tls = tls.cloned();
            tokio::spawn(async move {
                let told = async {
                    match tls {
                        None => say_full(stream).await,
                        Some(tls) => say_full(tls.accept_to_refuse(stream).await?).await,
                    }
                };
                let _ = tokio::time::timeout(Duration::from_secs(2), told).await;
                drop(permit);
            });
        }
    }
}

/// Answers and reads on until the client has closed: closing with its request
/// unread would take the answer away from it.
async fn say_full(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<()> {
    let mut answer = Vec::new();
    let body = r#"{"error":{"code":"unavailable","message":"too many connections; try again","request_id":""}}"#;
    write!(
        answer,
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nRetry-After: 2\r\nCache-Control: no-store\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )?;
    stream.write_all(&answer).await?;
    stream.shutdown().await?;
    let mut unread = [0; 4096];
    while stream.read(&mut unread).await? > 0 {}
    Ok(())
}

/// Enough that every connection may upload, or be the only one with its film.
fn files_for(connections: usize) -> u64 {
    (connections as u64).saturating_mul(2).saturating_add(OTHER_FILES)
}

/// As most share the film that they watch, each needs no more than its socket.
fn connections_for(files: u64) -> usize {
    let connections = files.saturating_sub(OTHER_FILES).max(files / 2);
    usize::try_from(connections).unwrap_or(usize::MAX).max(1)
}

/// Raises the limit as far as needed and allowed; what it is then.
fn raise_file_limit(wanted: u64) -> u64 {
    let now = getrlimit(Resource::Nofile);
    let (current, maximum) = (now.current.unwrap_or(u64::MAX), now.maximum.unwrap_or(u64::MAX));
    // Beyond the maximum only for root.
    for raised in [wanted, wanted.min(maximum)] {
        let limit = Rlimit { current: Some(raised), maximum: Some(raised.max(maximum)) };
        if raised > current && setrlimit(Resource::Nofile, limit).is_ok() {
            return raised;
        }
    }
    current
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_connections_go_together() {
        for connections in [1, 2, 10_000] {
            assert!(connections_for(files_for(connections)) >= connections);
        }
        assert_eq!(connections_for(1), 1);
        assert_eq!(connections_for(1024), 512);
        assert_eq!(connections_for(20_000), 18_976);
        assert_eq!(files_for(usize::MAX), u64::MAX);
    }
}
