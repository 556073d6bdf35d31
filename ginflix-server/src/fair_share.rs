//! Fair sharing of a limited resource among clients: connections, requests, or bytes of memory.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::network::Network;
use crate::rate_limiter::client_key;

/// Quarters of the total that may be in use before a client is refused because of its own share.
const UNRESTRICTED_QUARTERS: u64 = 3;

/// The key under which a client's share is counted: an IPv4 address or an IPv6 /64 network. `None`
/// is exempt from fairness, because it stands for many clients (a reverse proxy).
pub type ClientKey = Option<IpAddr>;

/// Returns the key for the address of a connection. Trusted proxies are exempt, and so are
/// 127.0.0.1 and ::1, from which a proxy or tunnel on this machine connects.
pub fn resolve_client(peer: IpAddr, trusted_proxies: &[Network]) -> ClientKey {
    let peer = peer.to_canonical();
    let is_local =
        peer == IpAddr::from([127, 0, 0, 1]) || peer == IpAddr::from([0u16, 0, 0, 0, 0, 0, 0, 1]);
    let is_exempt = is_local || trusted_proxies.iter().any(|network| network.contains(peer));
    (!is_exempt).then(|| client_key(peer))
}

/// A semaphore whose permits are shared fairly among clients. Clones share the same permits.
///
/// Until three quarters are in use, every client gets what it requests. In the last quarter, a
/// client that holds units is refused if no other client holds more, so the largest holder is
/// refused first.
#[derive(Debug, Clone)]
pub struct FairShare(Arc<SharePool>);

#[derive(Debug)]
struct SharePool {
    total: u64,
    usage: Mutex<ShareUsage>,
}

#[derive(Debug, Default)]
struct ShareUsage {
    used: u64,
    /// The number of units of each client that holds some; exempt clients are not counted.
    by_client: HashMap<IpAddr, u64>,
}

/// The units that one client holds. Dropping it releases them.
#[derive(Debug)]
pub struct SharePermit {
    pool: Arc<SharePool>,
    client: ClientKey,
    amount: u64,
}

impl FairShare {
    /// Creates a semaphore of `total` units.
    pub fn new(total: u64) -> Self {
        Self(Arc::new(SharePool { total, usage: Mutex::default() }))
    }

    /// Returns the total number of units, in use or free.
    pub fn total(&self) -> u64 {
        self.0.total
    }

    /// Returns the number of units in use.
    pub fn used(&self) -> u64 {
        self.0.usage.lock().used
    }

    /// Returns whether this client holds units, and no other client holds more.
    pub fn holds_the_most(&self, client: ClientKey) -> bool {
        client.is_some_and(|client| self.0.usage.lock().holds_the_most(client))
    }

    /// Acquires `amount` units; `None` if the client is refused.
    pub fn try_acquire(&self, client: ClientKey, amount: u64) -> Option<SharePermit> {
        let mut permit = SharePermit { pool: Arc::clone(&self.0), client, amount: 0 };
        permit.try_grow(amount).then_some(permit)
    }

    /// Acquires `amount` units even beyond the total, for a client that replaces a holder which is
    /// about to release its units.
    pub fn acquire_unchecked(&self, client: ClientKey, amount: u64) -> SharePermit {
        self.0.usage.lock().add(client, amount);
        SharePermit { pool: Arc::clone(&self.0), client, amount }
    }
}

impl SharePermit {
    /// Acquires `more` additional units. Returns whether they were granted.
    pub fn try_grow(&mut self, more: u64) -> bool {
        let mut usage = self.pool.usage.lock();
        if !usage.admits(self.pool.total, self.client, more) {
            return false;
        }
        usage.add(self.client, more);
        drop(usage);
        self.amount += more;
        true
    }
}

impl Drop for SharePermit {
    fn drop(&mut self) {
        let mut usage = self.pool.usage.lock();
        usage.used = usage.used.saturating_sub(self.amount);
        if let Some(client) = self.client
            && let Some(units) = usage.by_client.get_mut(&client)
        {
            *units = units.saturating_sub(self.amount);
            if *units == 0 {
                usage.by_client.remove(&client);
            }
        }
        // Frees the table, which is large after many clients were connected at once.
        if usage.by_client.is_empty() {
            usage.by_client.shrink_to_fit();
        }
    }
}

impl ShareUsage {
    fn add(&mut self, client: ClientKey, amount: u64) {
        self.used += amount;
        if let Some(client) = client {
            *self.by_client.entry(client).or_default() += amount;
        }
    }

    fn admits(&self, total: u64, client: ClientKey, amount: u64) -> bool {
        let used = self.used.saturating_add(amount);
        if used > total {
            return false;
        }
        let Some(client) = client else { return true };
        if used <= total / 4 * UNRESTRICTED_QUARTERS {
            return true;
        }
        !self.holds_the_most(client)
    }

    fn holds_the_most(&self, client: IpAddr) -> bool {
        let own = self.by_client.get(&client);
        own.is_some_and(|own| self.by_client.values().all(|other| other <= own))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(last: u8) -> ClientKey {
        Some(IpAddr::from([192, 0, 2, last]))
    }

    /// Acquires single units until the client is refused.
    fn fill(pool: &FairShare, client: ClientKey) -> Vec<SharePermit> {
        std::iter::from_fn(|| pool.try_acquire(client, 1)).collect()
    }

    #[test]
    fn one_client_leaves_a_quarter_for_the_others() {
        let pool = FairShare::new(100);
        let greedy = fill(&pool, client(1));
        assert_eq!(greedy.len(), 75);
        // Other clients get the rest, and an exempt one all of it.
        assert_eq!(fill(&pool, client(2)).len(), 25);
        let second = fill(&pool, client(2));
        assert!(fill(&pool, client(3)).is_empty(), "all units are in use");
        drop(second);
        assert_eq!(fill(&pool, None).len(), 25);
        drop(greedy);
        assert_eq!(pool.used(), 0);
        assert!(pool.0.usage.lock().by_client.is_empty());
    }

    #[test]
    fn a_client_without_units_gets_some_while_any_are_free() {
        let pool = FairShare::new(100);
        let all: Vec<_> = (0..100).filter_map(|n| pool.try_acquire(client(n), 1)).collect();
        assert_eq!(all.len(), 100);
        assert!(pool.try_acquire(client(200), 1).is_none());
        assert!(pool.try_acquire(None, 1).is_none());
        drop(pool.acquire_unchecked(client(200), 1));
        assert_eq!(pool.used(), 100);
    }

    #[test]
    fn a_permit_grows_until_the_client_is_refused() {
        let pool = FairShare::new(100);
        let mut permit = pool.try_acquire(client(1), 10).unwrap();
        assert!(permit.try_grow(65));
        assert!(!permit.try_grow(1));
        assert_eq!(pool.used(), 75);
        drop(permit);
        assert_eq!(pool.used(), 0);
    }

    #[test]
    fn proxies_are_exempt_and_networks_are_one_client() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let of = |address: &str| resolve_client(address.parse().unwrap(), &trusted);
        for exempt in ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.1.2.3", "::ffff:10.1.2.3"] {
            assert_eq!(of(exempt), None, "{exempt}");
        }
        assert_eq!(of("127.0.0.2"), Some("127.0.0.2".parse().unwrap()));
        assert_eq!(of("2001:db8::1"), of("2001:db8::2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
    }
}
