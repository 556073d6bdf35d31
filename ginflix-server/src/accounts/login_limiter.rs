//! The rate limit of attempts to log in.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};
use quick_cache::unsync::Cache;

use super::priority_semaphore::Priority;
use crate::catalog::store::name_key;
use crate::rate_limiter::{RateLimiter, client_key};

/// Attempts for one account from one client: 5, then one per minute.
const ACCOUNT_BURST: u32 = 5;
const ACCOUNT_REFILL_INTERVAL: Duration = Duration::from_secs(60);

/// Attempts for all accounts from one client: 20, then one every 15 s.
const CLIENT_BURST: u32 = 20;
const CLIENT_REFILL_INTERVAL: Duration = Duration::from_secs(15);

/// Pairs of account and client that are kept after a success. Attackers cannot evict them: failures
/// are not stored.
const KNOWN_CLIENT_CAPACITY: usize = 4096;

/// Limits attempts to log in, by client and by account and client. Names of accounts compare without
/// case, as at the log-in.
///
/// An attempt counts before its password is verified, so that many attempts in parallel gain
/// nothing; a successful one is refunded. No limit is on an account alone: with that, anyone could
/// lock out its owner.
pub struct LoginLimiter {
    buckets: Mutex<LoginBuckets>,
}

struct LoginBuckets {
    by_account: RateLimiter<(String, IpAddr)>,
    by_client: RateLimiter<IpAddr>,
    /// Accounts with a client that sent the right password before.
    known_clients: Cache<(String, IpAddr), ()>,
}

impl Default for LoginLimiter {
    fn default() -> Self {
        Self {
            buckets: Mutex::new(LoginBuckets {
                by_account: RateLimiter::new(ACCOUNT_BURST, ACCOUNT_REFILL_INTERVAL),
                by_client: RateLimiter::new(CLIENT_BURST, CLIENT_REFILL_INTERVAL),
                known_clients: Cache::new(KNOWN_CLIENT_CAPACITY),
            }),
        }
    }
}

impl LoginLimiter {
    /// Counts an attempt, which must not be made if this fails.
    ///
    /// # Errors
    /// There were too many attempts; returns the time to wait.
    pub fn count_attempt(
        &self,
        account: &str,
        client: IpAddr,
        now: Instant,
    ) -> Result<(), Duration> {
        let client = client_key(client);
        let mut buckets = self.lock();
        buckets.by_client.try_acquire(&client, now)?;
        let acquired = buckets.by_account.try_acquire(&(name_key(account), client), now);
        if acquired.is_err() {
            buckets.by_client.refund(&client, now);
        }
        acquired
    }

    /// Records that the password was right: neither this attempt nor the wrong ones before it count
    /// any more.
    pub fn record_success(&self, account: &str, client: IpAddr, now: Instant) {
        let client = client_key(client);
        let mut buckets = self.lock();
        let pair = (name_key(account), client);
        buckets.by_account.reset(&pair);
        buckets.by_client.refund(&client, now);
        buckets.known_clients.insert(pair, ());
    }

    /// Records that a client sent the right password before this server was started, or to another
    /// one.
    pub fn remember_client(&self, account: &str, client: IpAddr) {
        self.lock().known_clients.insert((name_key(account), client_key(client)), ());
    }

    /// Returns the priority of a client at the verification of passwords. It is high after a
    /// success, so that a flood of wrong passwords from elsewhere does not keep the owner out. An
    /// owner elsewhere goes before all clients that have made more attempts.
    pub fn priority(&self, account: &str, client: IpAddr, now: Instant) -> Priority {
        let client = client_key(client);
        let buckets = self.lock();
        match buckets.known_clients.get(&(name_key(account), client)) {
            Some(()) => Priority::High,
            None => Priority::Low { attempts: buckets.by_client.taken(&client, now) },
        }
    }

    fn lock(&self) -> MutexGuard<'_, LoginBuckets> {
        self.buckets.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const ELSEWHERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    #[test]
    fn after_five_wrong_passwords_a_client_has_to_wait() {
        let (limiter, start) = (LoginLimiter::default(), Instant::now());
        for _ in 0..5 {
            assert_eq!(limiter.count_attempt("ann", HOME, start), Ok(()));
        }
        assert_eq!(limiter.count_attempt("ann", HOME, start), Err(ACCOUNT_REFILL_INTERVAL));
        assert_eq!(limiter.count_attempt("ANN", HOME, start), Err(ACCOUNT_REFILL_INTERVAL));
        // Neither her other address nor another account has to wait.
        assert_eq!(limiter.count_attempt("ann", ELSEWHERE, start), Ok(()));
        assert_eq!(limiter.count_attempt("bob", HOME, start), Ok(()));
        let later = start + ACCOUNT_REFILL_INTERVAL;
        assert_eq!(limiter.count_attempt("ann", HOME, later), Ok(()));
        limiter.record_success("ann", HOME, later);
        for _ in 0..5 {
            assert_eq!(limiter.count_attempt("ann", HOME, later), Ok(()));
        }
    }

    #[test]
    fn many_accounts_from_one_client_are_limited_too() {
        let (limiter, start) = (LoginLimiter::default(), Instant::now());
        for n in 0..CLIENT_BURST {
            assert_eq!(limiter.count_attempt(&format!("user{n}"), HOME, start), Ok(()));
        }
        assert_eq!(limiter.count_attempt("another", HOME, start), Err(CLIENT_REFILL_INTERVAL));
        assert_eq!(limiter.count_attempt("another", ELSEWHERE, start), Ok(()));
    }

    #[test]
    fn a_client_that_sent_the_right_password_has_priority() {
        let (limiter, now) = (LoginLimiter::default(), Instant::now());
        let low = |attempts| Priority::Low { attempts };
        assert_eq!(limiter.priority("ann", HOME, now), low(0));
        limiter.record_success("ann", HOME, now);
        assert_eq!(limiter.priority("Ann", HOME, now), Priority::High);
        assert_eq!(limiter.priority("bob", HOME, now), low(0));
        for attempts in 1..=3 {
            limiter.count_attempt("ann", ELSEWHERE, now).unwrap();
            assert_eq!(limiter.priority("ann", ELSEWHERE, now), low(attempts));
        }
        assert_eq!(limiter.priority("ann", ELSEWHERE, now + CLIENT_REFILL_INTERVAL), low(2));
        limiter.remember_client("ann", ELSEWHERE);
        assert_eq!(limiter.priority("ann", ELSEWHERE, now), Priority::High);
    }

    #[test]
    fn right_passwords_do_not_count() {
        let (limiter, start) = (LoginLimiter::default(), Instant::now());
        for _ in 0..3 * CLIENT_BURST {
            assert_eq!(limiter.count_attempt("ann", HOME, start), Ok(()));
            limiter.record_success("ann", HOME, start);
        }
    }
}
