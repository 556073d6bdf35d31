//! The limit of the rate at which media files are fetched.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// Limits the bytes per second of all tasks that share it.
#[derive(Debug)]
pub struct ByteRateLimiter {
    bytes_per_second: Option<u64>,
    /// When all bytes so far would have been received at exactly that rate.
    free_at: Mutex<Instant>,
}

impl ByteRateLimiter {
    /// Creates a limiter; `None` means no limit.
    pub fn new(bytes_per_second: Option<u64>) -> Self {
        Self { bytes_per_second, free_at: Mutex::new(Instant::now()) }
    }

    /// Waits until these bytes and all earlier ones fit the rate.
    pub async fn acquire(&self, bytes: usize) {
        let Some(rate) = self.bytes_per_second else { return };
        let until = {
            let mut free_at = self.free_at.lock();
            let duration = Duration::from_secs_f64(bytes as f64 / rate as f64);
            *free_at = (*free_at).max(Instant::now()) + duration;
            *free_at
        };
        tokio::time::sleep_until(until).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn all_tasks_together_keep_the_rate() {
        let (limiter, start) = (ByteRateLimiter::new(Some(1000)), Instant::now());
        tokio::join!(limiter.acquire(500), limiter.acquire(1000), limiter.acquire(500));
        assert_eq!(start.elapsed().as_secs(), 2);
        ByteRateLimiter::new(None).acquire(usize::MAX).await;
        assert_eq!(start.elapsed().as_secs(), 2);
    }
}
