//! Rate limiting by token buckets, one for each key, such as a client or an account.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// The number of keys that are kept, at about 100 bytes each.
const KEYS_CAPACITY: usize = 10_000;

/// A token bucket for each key. A full bucket has `burst` tokens, and one token returns after each
/// `refill`.
///
/// The caller passes the time, so that tests need not wait.
#[derive(Debug)]
pub struct RateLimiter<K> {
    burst: u32,
    refill: Duration,
    /// The time when a bucket is full again. A key that is absent has a full bucket.
    full_at: HashMap<K, Instant>,
}

impl<K: Hash + Eq + Clone> RateLimiter<K> {
    /// Creates full buckets for all keys. `burst` is raised to at least 1.
    pub fn new(burst: u32, refill: Duration) -> Self {
        Self { burst: burst.max(1), refill, full_at: HashMap::new() }
    }

    /// Takes a token.
    ///
    /// # Errors
    /// Fails with the time until a token returns if the bucket is empty.
    pub fn try_acquire(&mut self, key: &K, now: Instant) -> Result<(), Duration> {
        // The generic cell rate algorithm: each token that is taken defers the time when the bucket
        // is full by one `refill`. The bucket is empty when that time is `burst` refills away.
        let full_at = self.full_at.get(key).map_or(now, |&at| at.max(now)) + self.refill;
        let wait = (full_at - now).saturating_sub(self.refill * self.burst);
        if !wait.is_zero() {
            return Err(wait);
        }
        if self.full_at.len() >= KEYS_CAPACITY && !self.full_at.contains_key(key) {
            self.evict(now);
        }
        self.full_at.insert(key.clone(), full_at);
        Ok(())
    }

    /// Returns a token to the bucket of a key, for an action that should not count.
    pub fn refund(&mut self, key: &K, now: Instant) {
        if let Some(full_at) = self.full_at.get_mut(key) {
            *full_at = full_at.checked_sub(self.refill).unwrap_or(now);
        }
    }

    /// Returns how many tokens are missing in the bucket of a key.
    pub fn taken(&self, key: &K, now: Instant) -> u32 {
        let missing =
            self.full_at.get(key).map_or(Duration::ZERO, |&at| at.saturating_duration_since(now));
        missing.as_nanos().div_ceil(self.refill.as_nanos().max(1)).try_into().unwrap_or(u32::MAX)
    }

    /// Fills the bucket of a key.
    pub fn reset(&mut self, key: &K) {
        self.full_at.remove(key);
    }

    /// Evicts the full buckets and, if that is not enough, the half that will be full first. A
    /// client that floods the limiter with other keys thus does not refill its own bucket.
    fn evict(&mut self, now: Instant) {
        self.full_at.retain(|_, full_at| *full_at > now);
        if self.full_at.len() >= KEYS_CAPACITY {
            let mut times: Vec<Instant> = self.full_at.values().copied().collect();
            let (_, &mut median, _) = times.select_nth_unstable(KEYS_CAPACITY / 2);
            self.full_at.retain(|_, full_at| *full_at > median);
        }
    }
}

/// Returns the key under which a client is counted: its IPv4 address, or its IPv6 /64 network, the
/// smallest that one customer gets (RFC 6177).
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

    const REFILL_INTERVAL: Duration = Duration::from_secs(60);

    #[test]
    fn a_burst_is_granted_then_one_token_each_refill() {
        let (mut limiter, start) = (RateLimiter::new(5, REFILL_INTERVAL), Instant::now());
        for _ in 0..5 {
            assert_eq!(limiter.try_acquire(&"a", start), Ok(()));
        }
        assert_eq!(limiter.try_acquire(&"a", start), Err(REFILL_INTERVAL));
        assert_eq!(limiter.try_acquire(&"b", start), Ok(()));
        assert_eq!(
            limiter.try_acquire(&"a", start + REFILL_INTERVAL / 3),
            Err(REFILL_INTERVAL - REFILL_INTERVAL / 3)
        );
        assert_eq!(limiter.try_acquire(&"a", start + REFILL_INTERVAL), Ok(()));
        assert_eq!(limiter.try_acquire(&"a", start + REFILL_INTERVAL), Err(REFILL_INTERVAL));
        assert_eq!(limiter.try_acquire(&"a", start + 60 * REFILL_INTERVAL), Ok(()));
    }

    #[test]
    fn refund_and_reset_return_tokens() {
        let (mut limiter, start) = (RateLimiter::new(1, REFILL_INTERVAL), Instant::now());
        assert_eq!(limiter.try_acquire(&"a", start), Ok(()));
        limiter.refund(&"a", start);
        assert_eq!(limiter.try_acquire(&"a", start), Ok(()));
        assert!(limiter.try_acquire(&"a", start).is_err());
        limiter.reset(&"a");
        assert_eq!(limiter.try_acquire(&"a", start), Ok(()));
    }

    #[test]
    fn a_flood_of_keys_needs_bounded_memory_and_refills_no_bucket() {
        let (mut limiter, start) = (RateLimiter::new(2, REFILL_INTERVAL), Instant::now());
        let flooding = u32::MAX;
        while limiter.try_acquire(&flooding, start).is_ok() {}
        for key in 0..3 * KEYS_CAPACITY as u32 {
            let _ = limiter.try_acquire(&key, start);
            assert!(limiter.full_at.len() <= KEYS_CAPACITY);
        }
        assert!(limiter.try_acquire(&flooding, start).is_err());
        assert_eq!(limiter.try_acquire(&flooding, start + REFILL_INTERVAL), Ok(()));
    }

    #[test]
    fn a_client_has_one_key() {
        let key = |text: &str| client_key(text.parse().unwrap());
        assert_eq!(key("2001:db8:0:1::1"), key("2001:db8:0:1:ffff::2"));
        assert_ne!(key("2001:db8:0:1::1"), key("2001:db8:0:2::1"));
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }
}
