//! The limit of connections, and the refusal of those beyond it.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use http::header::STRICT_TRANSPORT_SECURITY;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::response_head::write_field;
use super::tls::Tls;
use crate::fair_share::{ClientKey, FairShare, SharePermit};
use crate::metrics::Metrics;

/// File descriptors that the rest of the process may need: media files that are kept open for
/// their clients, uploads, the catalogue.
const OTHER_FILES: u64 = 1024;

/// The most refusals that are sent concurrently. Connections beyond that are closed without a
/// response.
const REFUSALS_LIMIT: usize = 64;

/// How long a refused client may take to read the refusal and close.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(2);

/// Permits one connection. While it exists, the connection is counted, and the shutdown waits for
/// it.
#[derive(Debug)]
pub struct ConnectionPermit {
    metrics: Metrics,
    /// Boxed to keep the state of a connection small: it is used only when the connection ends.
    _share: Box<SharePermit>,
    _token: TaskTrackerToken,
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        self.metrics.connections().dec();
    }
}

/// Limits the number of connections; cheap to clone.
#[derive(Debug, Clone)]
pub struct ConnectionLimiter {
    connections: FairShare,
    refusals: Arc<Semaphore>,
}

impl ConnectionLimiter {
    /// Creates a limiter for `wanted` connections. Raises the process's limit of open files as far
    /// as needed; if that is not possible, allows fewer connections and logs a warning.
    pub fn new(wanted: usize) -> Self {
        let possible = connections_for(raise_file_limit(files_for(wanted)));
        if possible < wanted {
            tracing::warn!(
                wanted,
                possible,
                "the limit of open files allows fewer connections than max_connections; raise it \
                 (ulimit -n)"
            );
        }
        let connections = FairShare::new(wanted.min(possible) as u64);
        Self { connections, refusals: Arc::new(Semaphore::new(REFUSALS_LIMIT)) }
    }

    /// Returns a permit for one more connection of this client, or `None` if there are too many.
    /// `tracker` waits for the connection to end.
    pub fn acquire(
        &self,
        client: ClientKey,
        metrics: &Metrics,
        tracker: &TaskTracker,
    ) -> Option<ConnectionPermit> {
        let _share = Box::new(self.connections.try_acquire(client, 1)?);
        metrics.connections().inc();
        Some(ConnectionPermit { metrics: metrics.clone(), _share, _token: tracker.token() })
    }

    /// Responds 503 on a connection that has no permit and closes it, in the background. `hsts` is
    /// the value of `Strict-Transport-Security` over TLS.
    pub fn refuse(&self, stream: TcpStream, tls: Option<&Tls>, hsts: Option<&HeaderValue>) {
        if let Ok(permit) = Arc::clone(&self.refusals).try_acquire_owned() {
            let (tls, hsts) = (tls.cloned(), hsts.cloned());
            tokio::spawn(async move {
                let refusal = async {
                    match tls {
                        None => send_refusal(stream, None).await,
                        Some(tls) => send_refusal(tls.accept_http1(stream).await?, hsts).await,
                    }
                };
                let _ = tokio::time::timeout(REFUSAL_TIMEOUT, refusal).await;
                drop(permit);
            });
        }
    }
}

/// Sends the refusal, and reads on until the client has closed: closing while its request is
/// unread would send RST, and the client could lose the response (RFC 9112, section 9.6).
async fn send_refusal(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    hsts: Option<HeaderValue>,
) -> std::io::Result<()> {
    let mut response = Vec::new();
    let body = r#"{"error":{"code":"unavailable","message":"too many connections; try again","request_id":""}}"#;
    write!(
        response,
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nRetry-After: 2\r\nCache-Control: no-store\r\n\
         Connection: close",
        body.len()
    )?;
    if let Some(value) = hsts {
        write_field(&mut response, &STRICT_TRANSPORT_SECURITY, value.as_bytes());
    }
    write!(response, "\r\n\r\n{body}")?;
    stream.write_all(&response).await?;
    stream.shutdown().await?;
    let mut unread = [0; 4096];
    while stream.read(&mut unread).await? > 0 {}
    Ok(())
}

/// Returns how many file descriptors this many connections need if each sends another media file.
fn files_for(connections: usize) -> u64 {
    (connections as u64).saturating_mul(2).saturating_add(OTHER_FILES)
}

/// Returns how many connections are possible with this limit of open files. Most clients share a
/// media file with others, so a connection counts as one descriptor. If the limit is low, the
/// connections get half of it.
fn connections_for(files: u64) -> usize {
    let connections = files.saturating_sub(OTHER_FILES).max(files / 2);
    usize::try_from(connections).unwrap_or(usize::MAX).max(1)
}

/// Raises the limit of open files to `wanted`, or as far as the system allows. Returns the limit
/// that results.
fn raise_file_limit(wanted: u64) -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let (current, maximum) = (limit.current.unwrap_or(u64::MAX), limit.maximum.unwrap_or(u64::MAX));
    // Only a privileged process may raise the hard limit, so the first attempt fails for others.
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
    fn the_limit_of_files_and_that_of_connections_fit_each_other() {
        for connections in [1, 2, 10_000] {
            assert!(connections_for(files_for(connections)) >= connections);
        }
        assert_eq!(connections_for(1), 1);
        assert_eq!(connections_for(1024), 512);
        assert_eq!(connections_for(20_000), 18_976);
        assert_eq!(files_for(usize::MAX), u64::MAX);
    }
}
