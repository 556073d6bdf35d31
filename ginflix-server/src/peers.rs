//! The other streamers of this cluster: their addresses, mutual authentication, and requests to
//! them.
//!
//! # Layout
//! - [`directory`]: the addresses of all peers, resolved by DNS
//! - [`key`]: signatures by which peers authenticate each other
//! - [`client`]: one signed request to one peer
//! - [`find`]: which peer has a media file or an upload; [`lookup_cache`]: recent results of that
//! - [`media_stream`]: the bytes of a media file, from one peer after the other; [`resource_stream`]: a playlist or
//!   segment, from one peer

pub mod client;
pub mod directory;
pub mod find;
pub mod key;
pub mod lookup_cache;
pub mod media_stream;
pub mod resource_stream;

use std::sync::Arc;
use std::time::Duration;

use self::directory::PeerDirectory;
use self::key::PeerKeys;
use self::lookup_cache::LookupCache;
use crate::metrics::Metrics;
use crate::peer_address::PeerAddress;

/// Time between two resolutions of all peer names; also the timeout of the first one.
const RESOLVE_INTERVAL: Duration = Duration::from_secs(2);

/// All other streamers of this cluster; cheap to clone.
#[derive(Clone)]
pub struct Peers(Arc<PeersInner>);

struct PeersInner {
    directory: PeerDirectory,
    keys: PeerKeys,
    http: reqwest::Client,
    lookups: LookupCache,
    metrics: Metrics,
}

impl Peers {
    /// Creates the set of peers at these addresses. Call [`Peers::resolve`] before the first use.
    ///
    /// # Errors
    /// The HTTP client cannot be set up.
    pub fn new(
        addresses: Vec<PeerAddress>,
        keys: PeerKeys,
        metrics: Metrics,
    ) -> Result<Self, reqwest::Error> {
        let (directory, lookups) = (PeerDirectory::new(addresses), LookupCache::default());
        let http = client::build()?;
        Ok(Self(Arc::new(PeersInner { directory, keys, http, lookups, metrics })))
    }

    /// Resolves the names of the peers once, for at most two seconds.
    pub async fn resolve(&self) {
        let _ = tokio::time::timeout(RESOLVE_INTERVAL, self.0.directory.resolve()).await;
    }

    /// Resolves the names of the peers every two seconds, until dropped.
    pub async fn keep_resolving(self) {
        loop {
            tokio::time::sleep(RESOLVE_INTERVAL).await;
            self.0.directory.resolve().await;
        }
    }

    /// Returns the keys that sign and verify messages between peers.
    pub fn keys(&self) -> &PeerKeys {
        &self.0.keys
    }

    fn directory(&self) -> &PeerDirectory {
        &self.0.directory
    }

    fn http(&self) -> &reqwest::Client {
        &self.0.http
    }

    fn lookups(&self) -> &LookupCache {
        &self.0.lookups
    }

    /// Returns the metrics that count traffic between peers.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }
}
