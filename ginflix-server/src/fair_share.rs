//! Sharing something scarce among clients: connections, requests, bytes of memory.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};

use crate::limit::client_key;
use crate::network::Network;

/// So many quarters may be used before any client is refused for what it holds itself.
const PLENTY_QUARTERS: u64 = 3;

/// A client as far as sharing goes: an IPv4 address or an IPv6 /64 network, or `None` for
/// one that is exempt because it stands for many (a reverse proxy).
pub type Client = Option<IpAddr>;

/// The client behind a peer's address. Exempt are the trusted proxies, and the two addresses
/// from which a proxy or a tunnel on this machine connects.
pub fn client_of(peer: IpAddr, trusted_proxies: &[Network]) -> Client {
    let peer = peer.to_canonical();
    let is_local =
        peer == IpAddr::from([127, 0, 0, 1]) || peer == IpAddr::from([0u16, 0, 0, 0, 0, 0, 0, 1]);
    let is_exempt = is_local || trusted_proxies.iter().any(|network| network.contains(peer));
    (!is_exempt).then(|| client_key(peer))
}

/// A total of which each client may take parts; cheap to clone.
///
/// As long as there is plenty, whoever asks gets what it asks for. In the last quarter, a
/// client is refused if it holds as much as anyone: who takes the most is refused first.
#[derive(Debug, Clone)]
pub struct FairShare(Arc<Pool>);

#[derive(Debug)]
struct Pool {
    total: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    used: u64,
    /// What each client holds that holds anything and is not exempt.
    held: HashMap<IpAddr, u64>,
}

/// What one client holds, until dropped.
#[derive(Debug)]
pub struct Share {
    pool: Arc<Pool>,
    client: Client,
    amount: u64,
}

impl FairShare {
    /// `total` units to share.
    pub fn new(total: u64) -> Self {
        Self(Arc::new(Pool { total, state: Mutex::default() }))
    }

    /// The units that there are in all.
    pub fn total(&self) -> u64 {
        self.0.total
    }

    /// The units that are in use.
    pub fn used(&self) -> u64 {
        self.0.state().used
    }

    /// Whether no client holds more than this one, and this one holds something.
    pub fn holds_the_most(&self, client: Client) -> bool {
        client.is_some_and(|client| self.0.state().holds_the_most(client))
    }

    /// Takes `amount` units, or `None` if the client has to be refused.
    pub fn take(&self, client: Client, amount: u64) -> Option<Share> {
        let mut share = Share { pool: Arc::clone(&self.0), client, amount: 0 };
        share.grow(amount).then_some(share)
    }

    /// Takes `amount` units whether there are so many or not: for what replaces something
    /// that is about to be given back.
    pub fn take_anyway(&self, client: Client, amount: u64) -> Share {
        self.0.state().add(client, amount);
        Share { pool: Arc::clone(&self.0), client, amount }
    }
}

impl Share {
    /// Takes `more` units beside those that it has; whether that was possible.
    pub fn grow(&mut self, more: u64) -> bool {
        let mut state = self.pool.state();
        if !state.admits(self.pool.total, self.client, more) {
            return false;
        }
        state.add(self.client, more);
        drop(state);
        self.amount += more;
        true
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut state = self.pool.state();
        state.used = state.used.saturating_sub(self.amount);
        if let Some(client) = self.client
            && let Some(held) = state.held.get_mut(&client)
        {
            *held = held.saturating_sub(self.amount);
            if *held == 0 {
                state.held.remove(&client);
            }
        }
        if state.held.is_empty() {
            state.held.shrink_to_fit();
        }
    }
}

impl Pool {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

impl State {
    fn add(&mut self, client: Client, amount: u64) {
        self.used += amount;
        if let Some(client) = client {
            *self.held.entry(client).or_default() += amount;
        }
    }

    fn admits(&self, total: u64, client: Client, amount: u64) -> bool {
        let used = self.used.saturating_add(amount);
        if used > total {
            return false;
        }
        let Some(client) = client else { return true };
        if used <= total / 4 * PLENTY_QUARTERS {
            return true;
        }
        !self.holds_the_most(client)
    }

    fn holds_the_most(&self, client: IpAddr) -> bool {
        let held = self.held.get(&client);
        held.is_some_and(|held| self.held.values().all(|other| other <= held))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(last: u8) -> Client {
        Some(IpAddr::from([192, 0, 2, last]))
    }

    /// As many single units as the client gets.
    fn fill(pool: &FairShare, client: Client) -> Vec<Share> {
        std::iter::from_fn(|| pool.take(client, 1)).collect()
    }

    #[test]
    fn one_client_leaves_a_quarter_for_the_others() {
        let pool = FairShare::new(100);
        let greedy = fill(&pool, client(1));
        assert_eq!(greedy.len(), 75);
        // Others get what is left, and the exempt all of it.
        assert_eq!(fill(&pool, client(2)).len(), 25);
        let second = fill(&pool, client(2));
        assert!(fill(&pool, client(3)).is_empty(), "there is none left");
        drop(second);
        assert_eq!(fill(&pool, None).len(), 25);
        drop(greedy);
        assert_eq!(pool.used(), 0);
        assert!(pool.0.state().held.is_empty());
    }

    #[test]
    fn who_holds_nothing_is_admitted_as_long_as_there_is_some() {
        let pool = FairShare::new(100);
        let all: Vec<_> = (0..100).filter_map(|n| pool.take(client(n), 1)).collect();
        assert_eq!(all.len(), 100);
        assert!(pool.take(client(200), 1).is_none());
        assert!(pool.take(None, 1).is_none());
        drop(pool.take_anyway(client(200), 1));
        assert_eq!(pool.used(), 100);
    }

    #[test]
    fn a_share_grows_as_far_as_it_may() {
        let pool = FairShare::new(100);
        let mut share = pool.take(client(1), 10).unwrap();
        assert!(share.grow(65));
        assert!(!share.grow(1));
        assert_eq!(pool.used(), 75);
        drop(share);
        assert_eq!(pool.used(), 0);
    }

    #[test]
    fn proxies_are_exempt_and_networks_are_one_client() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let of = |address: &str| client_of(address.parse().unwrap(), &trusted);
        for exempt in ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.1.2.3", "::ffff:10.1.2.3"] {
            assert_eq!(of(exempt), None, "{exempt}");
        }
        assert_eq!(of("127.0.0.2"), Some("127.0.0.2".parse().unwrap()));
        assert_eq!(of("2001:db8::1"), of("2001:db8::2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
    }
}
