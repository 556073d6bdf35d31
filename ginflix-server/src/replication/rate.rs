//! How fast films are fetched.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// A limit in bytes a second over all that share it.
#[derive(Debug)]
pub struct Rate {
    bytes_per_second: Option<u64>,
    /// When all that was let through so far would have come in at that rate.
    free_at: Mutex<Instant>,
}

impl Rate {
    /// So many bytes a second; without a limit if `None`.
    pub fn new(bytes_per_second: Option<u64>) -> Self {
        Self { bytes_per_second, free_at: Mutex::new(Instant::now()) }
    }

    /// Waits until these bytes do not come too fast after those before.
    pub async fn take(&self, bytes: usize) {
        let Some(rate) = self.bytes_per_second else { return };
        let until = {
            let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
            let lasts = Duration::from_secs_f64(bytes as f64 / rate as f64);
            *free_at = (*free_at).max(Instant::now()) + lasts;
            *free_at
        };
        tokio::time::sleep_until(until).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn bytes_take_their_time_together() {
        let (rate, start) = (Rate::new(Some(1000)), Instant::now());
        tokio::join!(rate.take(500), rate.take(1000), rate.take(500));
        assert_eq!(start.elapsed().as_secs(), 2);
        Rate::new(None).take(usize::MAX).await;
        assert_eq!(start.elapsed().as_secs(), 2);
    }
}
