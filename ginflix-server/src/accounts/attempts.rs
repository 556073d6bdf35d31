//! How often one may try to log in.

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use quick_cache::unsync::Cache;

use super::turns::Priority;
use crate::rate_limiter::{RateLimiter, client_key};

/// Attempts on one account from one client: 5, then one a minute.
const ACCOUNT_BURST: u32 = 5;
const ACCOUNT_REFILL: Duration = Duration::from_secs(60);

/// Attempts on any account from one client: 20, then one each 15 s.
const CLIENT_BURST: u32 = 20;
const CLIENT_REFILL: Duration = Duration::from_secs(15);

/// Accounts with a client that are remembered because the right password came from there.
/// Strangers cannot fill this: only successes are remembered.
const KNOWN_CAPACITY: usize = 4096;

/// Counts attempts to log in. An attempt is counted before its password is
/// looked at, so that many at once gain nothing; a right one is given back.
///
/// The limit is never on an account alone: with that, anyone could lock its
/// owner out.
pub struct Attempts {
    buckets: Mutex<Buckets>,
}

struct Buckets {
    accounts: RateLimiter<(String, IpAddr)>,
    clients: RateLimiter<IpAddr>,
    known: Cache<(String, IpAddr), ()>,
}

impl Default for Attempts {
    fn default() -> Self {
        Self {
            buckets: Mutex::new(Buckets {
                accounts: RateLimiter::new(ACCOUNT_BURST, ACCOUNT_REFILL),
                clients: RateLimiter::new(CLIENT_BURST, CLIENT_REFILL),
                known: Cache::new(KNOWN_CAPACITY),
            }),
        }
    }
}

impl Attempts {
    /// Counts one.
    ///
    /// # Errors
    /// Where there were too many: how long to wait.
    pub fn begin(&self, account: &str, client: IpAddr, now: Instant) -> Result<(), Duration> {
        let client = client_key(client);
        let mut buckets = self.lock();
        buckets.clients.try_acquire(&client, now)?;
        let taken = buckets.accounts.try_acquire(&(account.to_owned(), client), now);
        if taken.is_err() {
            buckets.clients.refund(&client, now);
        }
        taken
    }

    /// The password was right: neither it nor the wrong ones before it are
    /// held against this account's owner.
    pub fn succeeded(&self, account: &str, client: IpAddr, now: Instant) {
        let client = client_key(client);
        let mut buckets = self.lock();
        let pair = (account.to_owned(), client);
        buckets.accounts.reset(&pair);
        buckets.clients.refund(&client, now);
        buckets.known.insert(pair, ());
    }

    /// Whether this client goes before others: it does after a success, so that a flood of
    /// wrong passwords from elsewhere does not keep the owner out.
    pub fn priority(&self, account: &str, client: IpAddr) -> Priority {
        let pair = (account.to_owned(), client_key(client));
        match self.lock().known.get(&pair) {
            Some(()) => Priority::Known,
            None => Priority::Stranger,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Buckets> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const AWAY: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    #[test]
    fn five_wrong_ones_and_one_waits() {
        let (attempts, start) = (Attempts::default(), Instant::now());
        for _ in 0..5 {
            assert_eq!(attempts.begin("ann", HOME, start), Ok(()));
        }
        assert_eq!(attempts.begin("ann", HOME, start), Err(ACCOUNT_REFILL));
        // Neither her other address nor another account has to wait.
        assert_eq!(attempts.begin("ann", AWAY, start), Ok(()));
        assert_eq!(attempts.begin("bob", HOME, start), Ok(()));
        let later = start + ACCOUNT_REFILL;
        assert_eq!(attempts.begin("ann", HOME, later), Ok(()));
        attempts.succeeded("ann", HOME, later);
        for _ in 0..5 {
            assert_eq!(attempts.begin("ann", HOME, later), Ok(()));
        }
    }

    #[test]
    fn many_accounts_from_one_client_are_limited_too() {
        let (attempts, start) = (Attempts::default(), Instant::now());
        for n in 0..CLIENT_BURST {
            assert_eq!(attempts.begin(&format!("user{n}"), HOME, start), Ok(()));
        }
        assert_eq!(attempts.begin("another", HOME, start), Err(CLIENT_REFILL));
        assert_eq!(attempts.begin("another", AWAY, start), Ok(()));
    }

    #[test]
    fn who_knew_the_password_goes_first_from_there() {
        let (attempts, now) = (Attempts::default(), Instant::now());
        assert_eq!(attempts.priority("ann", HOME), Priority::Stranger);
        attempts.succeeded("ann", HOME, now);
        assert_eq!(attempts.priority("ann", HOME), Priority::Known);
        assert_eq!(attempts.priority("bob", HOME), Priority::Stranger);
        assert_eq!(attempts.priority("ann", AWAY), Priority::Stranger);
    }

    #[test]
    fn right_passwords_are_not_counted() {
        let (attempts, start) = (Attempts::default(), Instant::now());
        for _ in 0..3 * CLIENT_BURST {
            assert_eq!(attempts.begin("ann", HOME, start), Ok(()));
            attempts.succeeded("ann", HOME, start);
        }
    }
}
