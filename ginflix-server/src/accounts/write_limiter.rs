//! The rate limit of what accounts store about themselves.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::error::AppError;
use crate::rate_limiter::RateLimiter;

/// Writes of one account: 120, then one each second. A player stores its position every 10 seconds.
const BURST: u32 = 120;
const REFILL_INTERVAL: Duration = Duration::from_secs(1);

/// Limits the writes of an account, so that one viewer does not fill the queue of the database.
pub struct WriteLimiter(Mutex<RateLimiter<String>>);

impl Default for WriteLimiter {
    fn default() -> Self {
        Self(Mutex::new(RateLimiter::new(BURST, REFILL_INTERVAL)))
    }
}

impl WriteLimiter {
    /// Counts a write, which must not be made if this fails.
    ///
    /// # Errors
    /// `TooManyRequests` after too many writes.
    pub fn count(&self, account: &str, now: Instant) -> Result<(), AppError> {
        let acquired = self.0.lock().try_acquire(&account.to_owned(), now);
        acquired.map_err(|retry_after| AppError::TooManyRequests {
            why: "your account changes what is stored about it too often",
            retry_after,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_account_does_not_limit_another() {
        let (limiter, start) = (WriteLimiter::default(), Instant::now());
        for _ in 0..BURST {
            assert!(limiter.count("ann", start).is_ok());
        }
        let refused = limiter.count("ann", start).unwrap_err();
        assert!(
            matches!(refused, AppError::TooManyRequests { retry_after, .. } if retry_after == REFILL_INTERVAL)
        );
        assert!(limiter.count("bob", start).is_ok());
        assert!(limiter.count("ann", start + REFILL_INTERVAL).is_ok());
    }
}
