//! The addresses of all peers, resolved again and again; unavailable ones are tried last.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};

use crate::peer_address::PeerAddress;

/// How long an address is tried last after a request to it failed.
const UNAVAILABLE_PERIOD: Duration = Duration::from_secs(3);

/// The resolved addresses of all configured peers.
#[derive(Debug)]
pub struct PeerDirectory(Mutex<DirectoryState>);

#[derive(Debug)]
struct DirectoryState {
    /// The configured names, each with its addresses once it was resolved.
    names: Vec<(PeerAddress, Option<Vec<SocketAddr>>)>,
    peers: Vec<PeerEntry>,
    /// Counts calls of [`PeerDirectory::candidates`], to start each at another peer.
    rotation: usize,
}

#[derive(Debug, Clone, Copy)]
struct PeerEntry {
    address: SocketAddr,
    /// Whether this streamer itself listens there: a name usually covers all streamers.
    is_self: bool,
    unavailable_until: Option<Instant>,
}

impl PeerDirectory {
    /// Creates a directory in which no name is resolved yet.
    pub fn new(names: Vec<PeerAddress>) -> Self {
        let names = names.into_iter().map(|name| (name, None)).collect();
        Self(Mutex::new(DirectoryState { names, peers: Vec::new(), rotation: 0 }))
    }

    /// Resolves all names once. A name that cannot be resolved keeps its previous addresses.
    pub async fn resolve(&self) {
        let names: Vec<PeerAddress> =
            self.lock().names.iter().map(|(name, _)| name.clone()).collect();
        for (index, name) in names.into_iter().enumerate() {
            let resolved = tokio::net::lookup_host((name.host.as_str(), name.port)).await;
            match resolved {
                Ok(addresses) => self.set_addresses(index, addresses.collect()),
                Err(error) => tracing::debug!(%name, %error, "cannot resolve the name of a peer"),
            }
        }
    }

    fn set_addresses(&self, index: usize, mut addresses: Vec<SocketAddr>) {
        addresses.sort();
        let mut state = self.lock();
        state.names[index].1 = Some(addresses);
        let resolved = state.names.iter().filter_map(|(_, addresses)| addresses.clone());
        let mut all: Vec<SocketAddr> = resolved.flatten().collect();
        all.sort();
        all.dedup();
        let entry = |address| {
            let previous = state.peers.iter().find(|peer| peer.address == address);
            let new = PeerEntry { address, is_self: false, unavailable_until: None };
            previous.copied().unwrap_or(new)
        };
        let peers: Vec<PeerEntry> = all.into_iter().map(entry).collect();
        state.peers = peers;
    }

    /// Whether every name was resolved at least once. Until then there may be more peers than the
    /// directory knows.
    pub fn is_complete(&self) -> bool {
        self.lock().names.iter().all(|(_, addresses)| addresses.is_some())
    }

    /// Returns the addresses of all peers but those in `except`, in the order in which to try
    /// them: rotated by one on each call, and unavailable ones last.
    pub fn candidates(&self, except: &[SocketAddr]) -> Vec<SocketAddr> {
        let (mut state, now) = (self.lock(), Instant::now());
        state.rotation = state.rotation.wrapping_add(1);
        let others = state.peers.iter().filter(|peer| !peer.is_self);
        let mut others: Vec<PeerEntry> =
            others.filter(|peer| !except.contains(&peer.address)).copied().collect();
        if !others.is_empty() {
            let start = state.rotation % others.len();
            others.rotate_left(start);
        }
        // The sort is stable: it keeps the rotation among available peers.
        others.sort_by_key(|peer| peer.unavailable_until.is_some_and(|until| now < until));
        others.into_iter().map(|peer| peer.address).collect()
    }

    /// Notes that a peer responded at this address.
    pub fn mark_available(&self, address: SocketAddr) {
        self.update(address, |peer| peer.unavailable_until = None);
    }

    /// Notes that a request to this address failed. Returns whether the address was available
    /// before.
    pub fn mark_unavailable(&self, address: SocketAddr) -> bool {
        let mut was_available = false;
        self.update(address, |peer| {
            was_available = peer.unavailable_until.is_none();
            peer.unavailable_until = Some(Instant::now() + UNAVAILABLE_PERIOD);
        });
        was_available
    }

    /// Notes that this streamer itself responded at this address, so that it is never tried again.
    pub fn mark_self(&self, address: SocketAddr) {
        self.update(address, |peer| peer.is_self = true);
    }

    fn update(&self, address: SocketAddr, change: impl FnOnce(&mut PeerEntry)) {
        if let Some(peer) = self.lock().peers.iter_mut().find(|peer| peer.address == address) {
            change(peer);
        }
    }

    fn lock(&self) -> MutexGuard<'_, DirectoryState> {
        self.0.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    #[test]
    fn an_unavailable_peer_comes_last_and_this_streamer_never() {
        let directory = PeerDirectory::new(vec!["peers:1".parse().unwrap()]);
        assert!(!directory.is_complete());
        directory.set_addresses(0, [1, 2, 3, 3].map(address).to_vec());
        assert!(directory.is_complete());
        directory.mark_self(address(2));
        assert!(directory.mark_unavailable(address(1)));
        assert!(!directory.mark_unavailable(address(1)));
        for _ in 0..3 {
            assert_eq!(directory.candidates(&[]), [address(3), address(1)]);
        }
        assert_eq!(directory.candidates(&[address(3)]), [address(1)]);
        directory.mark_available(address(1));
        let firsts: Vec<_> = (0..2).map(|_| directory.candidates(&[])[0]).collect();
        assert_ne!(firsts[0], firsts[1]);
        // An address that is resolved again keeps its state.
        directory.set_addresses(0, [2, 4].map(address).to_vec());
        assert_eq!(directory.candidates(&[]), [address(4)]);
    }

    #[tokio::test]
    async fn addresses_of_both_families_are_resolved() {
        let names = vec!["127.0.0.1:7".parse().unwrap(), "[::1]:8".parse().unwrap()];
        let directory = PeerDirectory::new(names);
        directory.resolve().await;
        let mut resolved = directory.candidates(&[]);
        resolved.sort();
        assert_eq!(resolved, [address(7), "[::1]:8".parse().unwrap()]);
    }
}
