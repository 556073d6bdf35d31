//! Log-ins of an owner while many others are in flight.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ginflix_tests::server::{PASSWORD, Server};
use ginflix_tests::wait;
use tokio::task::JoinSet;

use super::client::{address, log_in, log_in_through};

/// Addresses that try to log in, each as soon as it has a response.
const ATTACKERS: u32 = 700;
/// The attempts that the server verifies of one address; then it refuses more for a time.
const ATTEMPTS: usize = 20;
/// How long an owner may wait for the response.
const OWNER_TIMEOUT: Duration = Duration::from_secs(2);
/// How long it may take until each address has its first response.
const FIRST_ROUND_TIMEOUT: Duration = Duration::from_secs(60);

/// The addresses of an owner who logged in from there before, and of one who did not.
fn owners() -> [Ipv4Addr; 2] {
    [address(10_000), address(10_001)]
}

/// Attempts to log in with wrong passwords from all addresses, to the owner's account and to others.
struct Flood {
    attackers: JoinSet<()>,
    /// The attempts that have a response.
    tried: Arc<AtomicUsize>,
}

impl Flood {
    /// Starts the attempts, and returns once each address has made one.
    async fn start(server: &Server, proxy: Option<Ipv4Addr>) -> Self {
        let to = server.address();
        let (first, tried) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut attackers = JoinSet::new();
        for n in 0..ATTACKERS {
            let (first, tried) = (first.clone(), tried.clone());
            attackers.spawn(async move {
                for attempt in 0..ATTEMPTS {
                    let other = format!("nobody{attempt}");
                    let name = if attempt < 5 { "admin" } else { &other };
                    log_in_through(proxy, address(n), to, name, "a wrong password").await;
                    tried.fetch_add(1, Ordering::Relaxed);
                    if attempt == 0 {
                        first.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        wait::until_async(FIRST_ROUND_TIMEOUT, "each address to try", async || {
            (first.load(Ordering::Relaxed) == ATTACKERS as usize).then_some(())
        })
        .await;
        Self { attackers, tried }
    }

    /// Whether attempts are still in flight.
    fn is_running(&self) -> bool {
        self.tried.load(Ordering::Relaxed) < ATTACKERS as usize * ATTEMPTS
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_logs_in_within_two_seconds_while_700_others_are_in_flight() {
    for proxy in [None, Some(Ipv4Addr::LOCALHOST)] {
        let mut server = Server::start_with(&["--trusted-proxies", "127.0.0.1"]);
        let [known, unknown] = owners();
        assert_eq!(log_in(known, server.address(), "admin", PASSWORD).await, 201);
        // The server knows the address again after a restart.
        server.stop();
        server.start_again();
        let mut flood = Flood::start(&server, proxy).await;
        for owner in [known, unknown] {
            let attempt = log_in_through(proxy, owner, server.address(), "admin", PASSWORD);
            let status = tokio::time::timeout(OWNER_TIMEOUT, attempt).await;
            assert_eq!(status, Ok(201), "{owner}, which is known: {}", owner == known);
        }
        assert!(flood.is_running());
        flood.attackers.shutdown().await;
    }
}
