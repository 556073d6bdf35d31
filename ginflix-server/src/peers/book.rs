//! The peers' addresses: looked up again and again, the silent ones last.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::peer_address::PeerAddress;

/// For how long an address that did not answer is asked last.
const REST: Duration = Duration::from_secs(3);

/// Every address that the settings stand for.
#[derive(Debug)]
pub struct Book(Mutex<Entries>);

#[derive(Debug)]
struct Entries {
    /// With the addresses of each, once it was looked up.
    names: Vec<(PeerAddress, Option<Vec<SocketAddr>>)>,
    entries: Vec<Entry>,
    turn: usize,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    address: SocketAddr,
    is_itself: bool,
    silent_until: Option<Instant>,
}

impl Book {
    /// Without an address yet.
    pub fn new(names: Vec<PeerAddress>) -> Self {
        let names = names.into_iter().map(|name| (name, None)).collect();
        Self(Mutex::new(Entries { names, entries: Vec::new(), turn: 0 }))
    }

    /// Looks all names up once. One that cannot be looked up now keeps the
    /// addresses that it had.
    pub async fn look_up(&self) {
        let names: Vec<PeerAddress> =
            self.entries().names.iter().map(|(name, _)| name.clone()).collect();
        for (at, name) in names.into_iter().enumerate() {
            let found = tokio::net::lookup_host((name.host.as_str(), name.port)).await;
            match found {
                Ok(found) => self.found(at, found.collect()),
                Err(error) => tracing::debug!(%name, %error, "cannot look a peer up"),
            }
        }
    }

    fn found(&self, at: usize, mut addresses: Vec<SocketAddr>) {
        addresses.sort();
        let mut book = self.entries();
        book.names[at].1 = Some(addresses);
        let known = book.names.iter().filter_map(|(_, addresses)| addresses.clone());
        let mut all: Vec<SocketAddr> = known.flatten().collect();
        all.sort();
        all.dedup();
        let entry = |address| {
            let known = book.entries.iter().find(|entry| entry.address == address);
            known.copied().unwrap_or(Entry { address, is_itself: false, silent_until: None })
        };
        let entries: Vec<Entry> = all.into_iter().map(entry).collect();
        book.entries = entries;
    }

    /// Whether every name was looked up once: before, there may be more peers.
    pub fn is_complete(&self) -> bool {
        self.entries().names.iter().all(|(_, addresses)| addresses.is_some())
    }

    /// The peers, each time from another one on; those that did not answer
    /// lately come last, those in `except` not at all.
    pub fn peers(&self, except: &[SocketAddr]) -> Vec<SocketAddr> {
        let (mut book, now) = (self.entries(), Instant::now());
        book.turn = book.turn.wrapping_add(1);
        let others: Vec<Entry> = book.entries.iter().filter(|e| !e.is_itself).copied().collect();
        let mut others: Vec<Entry> =
            others.into_iter().filter(|entry| !except.contains(&entry.address)).collect();
        if !others.is_empty() {
            let turn = book.turn % others.len();
            others.rotate_left(turn);
        }
        others.sort_by_key(|entry| entry.silent_until.is_some_and(|until| now < until));
        others.into_iter().map(|entry| entry.address).collect()
    }

    /// A peer answered there.
    pub fn answered(&self, address: SocketAddr) {
        self.with(address, |entry| entry.silent_until = None);
    }

    /// No peer answered there; says whether that is new.
    pub fn failed(&self, address: SocketAddr) -> bool {
        let mut is_new = false;
        self.with(address, |entry| {
            is_new = entry.silent_until.is_none();
            entry.silent_until = Some(Instant::now() + REST);
        });
        is_new
    }

    /// This streamer itself answered there.
    pub fn is_itself(&self, address: SocketAddr) {
        self.with(address, |entry| entry.is_itself = true);
    }

    fn with(&self, address: SocketAddr, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.entries().entries.iter_mut().find(|e| e.address == address) {
            change(entry);
        }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    #[test]
    fn who_is_silent_comes_last_and_this_streamer_never() {
        let book = Book::new(vec!["peers:1".parse().unwrap()]);
        assert!(!book.is_complete());
        book.found(0, [1, 2, 3, 3].map(address).to_vec());
        assert!(book.is_complete());
        book.is_itself(address(2));
        assert!(book.failed(address(1)));
        assert!(!book.failed(address(1)));
        for _ in 0..3 {
            assert_eq!(book.peers(&[]), [address(3), address(1)]);
        }
        assert_eq!(book.peers(&[address(3)]), [address(1)]);
        book.answered(address(1));
        let firsts: Vec<_> = (0..2).map(|_| book.peers(&[])[0]).collect();
        assert_ne!(firsts[0], firsts[1]);
        // What is looked up again keeps what is known of it.
        book.found(0, [2, 4].map(address).to_vec());
        assert_eq!(book.peers(&[]), [address(4)]);
    }

    #[tokio::test]
    async fn names_are_looked_up() {
        let book = Book::new(vec!["127.0.0.1:7".parse().unwrap(), "[::1]:8".parse().unwrap()]);
        book.look_up().await;
        let mut found = book.peers(&[]);
        found.sort();
        assert_eq!(found, [address(7), "[::1]:8".parse().unwrap()]);
    }
}
