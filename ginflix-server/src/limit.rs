//! How often a client may do what is dear: a bucket of tokens for each key.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// Most keys that are remembered; some 100 bytes each.
const MAX_KEYS: usize = 10_000;

/// A bucket of tokens for each key: `burst` at once, then one each `refill`.
///
/// The clock is the caller's: every method is told what time it is.
#[derive(Debug)]
pub struct Limiter<K> {
    burst: u32,
    refill: Duration,
    /// When each bucket is full again; a key that is absent has a full one.
    full_at: HashMap<K, Instant>,
}

impl<K: Hash + Eq + Clone> Limiter<K> {
    /// Full buckets for everyone. `burst` is at least 1.
    pub fn new(burst: u32, refill: Duration) -> Self {
        Self { burst: burst.max(1), refill, full_at: HashMap::new() }
    }

    /// Takes a token.
    ///
    /// # Errors
    /// Where there is none: how long until there is one.
    pub fn take(&mut self, key: &K, now: Instant) -> Result<(), Duration> {
        let full_at = self.full_at.get(key).map_or(now, |&at| at.max(now)) + self.refill;
        let early = (full_at - now).saturating_sub(self.refill * self.burst);
        if !early.is_zero() {
            return Err(early);
        }
        if self.full_at.len() >= MAX_KEYS && !self.full_at.contains_key(key) {
            self.make_room(now);
        }
        self.full_at.insert(key.clone(), full_at);
        Ok(())
    }

    /// Gives a token back.
    pub fn give_back(&mut self, key: &K, now: Instant) {
        if let Some(full_at) = self.full_at.get_mut(key) {
            *full_at = full_at.checked_sub(self.refill).unwrap_or(now);
        }
    }

    /// Fills a key's bucket.
    pub fn forgive(&mut self, key: &K) {
        self.full_at.remove(key);
    }

    /// Forgets the buckets that are full again, else those that soon are:
    /// whoever floods us with keys does not win back its own tokens by it.
    fn make_room(&mut self, now: Instant) {
        self.full_at.retain(|_, full_at| *full_at > now);
        if self.full_at.len() >= MAX_KEYS {
            let mut times: Vec<Instant> = self.full_at.values().copied().collect();
            let (_, &mut median, _) = times.select_nth_unstable(MAX_KEYS / 2);
            self.full_at.retain(|_, full_at| *full_at > median);
        }
    }
}

/// Who counts as one client: an IPv4 address, or the /64 network that one IPv6
/// customer has to itself.
pub fn client_key(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let network = u128::from(v6) & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from(network))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_burst_then_one_each_refill() {
        let (mut limiter, start) = (Limiter::new(5, MINUTE), Instant::now());
        for _ in 0..5 {
            assert_eq!(limiter.take(&"a", start), Ok(()));
        }
        assert_eq!(limiter.take(&"a", start), Err(MINUTE));
        assert_eq!(limiter.take(&"b", start), Ok(()));
        assert_eq!(limiter.take(&"a", start + MINUTE / 3), Err(MINUTE - MINUTE / 3));
        assert_eq!(limiter.take(&"a", start + MINUTE), Ok(()));
        assert_eq!(limiter.take(&"a", start + MINUTE), Err(MINUTE));
        assert_eq!(limiter.take(&"a", start + 60 * MINUTE), Ok(()));
    }

    #[test]
    fn tokens_come_back() {
        let (mut limiter, start) = (Limiter::new(1, MINUTE), Instant::now());
        assert_eq!(limiter.take(&"a", start), Ok(()));
        limiter.give_back(&"a", start);
        assert_eq!(limiter.take(&"a", start), Ok(()));
        assert!(limiter.take(&"a", start).is_err());
        limiter.forgive(&"a");
        assert_eq!(limiter.take(&"a", start), Ok(()));
    }

    #[test]
    fn a_flood_of_keys_is_bounded_and_wins_nothing() {
        let (mut limiter, start) = (Limiter::new(2, MINUTE), Instant::now());
        let guilty = u32::MAX;
        while limiter.take(&guilty, start).is_ok() {}
        for key in 0..3 * MAX_KEYS as u32 {
            let _ = limiter.take(&key, start);
            assert!(limiter.full_at.len() <= MAX_KEYS);
        }
        assert!(limiter.take(&guilty, start).is_err());
        assert_eq!(limiter.take(&guilty, start + MINUTE), Ok(()));
    }

    #[test]
    fn one_client_is_one_key() {
        let key = |text: &str| client_key(text.parse().unwrap());
        assert_eq!(key("2001:db8:0:1::1"), key("2001:db8:0:1:ffff::2"));
        assert_ne!(key("2001:db8:0:1::1"), key("2001:db8:0:2::1"));
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }
}
