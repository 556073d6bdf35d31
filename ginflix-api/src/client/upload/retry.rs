//! Retries of broken uploads, with exponential backoff and jitter.

use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use super::{UploadCallback, UploadError, UploadEvent, UploadOptions};
use crate::client::ClientError;

/// Counts failures in a row, and gives up after a number of them or a deadline.
pub(super) struct Retry<'a> {
    retries: u32,
    deadline: Duration,
    callback: &'a UploadCallback,
    /// The number of failures in a row.
    failures: u32,
    /// The time of the first of these failures.
    failing_since: Instant,
    /// Whether the server has responded at all. If it never has, there is no
    /// retry, because the address is probably wrong.
    reached: bool,
}

impl<'a> Retry<'a> {
    pub(super) fn new(options: &UploadOptions, callback: &'a UploadCallback) -> Self {
        let UploadOptions { retries, deadline, .. } = *options;
        let failing_since = Instant::now();
        Self { retries, deadline, callback, failures: 0, failing_since, reached: false }
    }

    /// Records that the server has responded.
    pub(super) fn mark_reached(&mut self) {
        self.reached = true;
    }

    /// Records that the server has accepted data, which resets the count of failures.
    pub(super) fn record_progress(&mut self) {
        (self.failures, self.reached) = (0, true);
    }

    /// Waits before the next attempt. Returns the error instead if it is not transient, or
    /// there were too many failures in a row or for too long.
    pub(super) async fn wait_before_retry(
        &mut self,
        error: UploadError,
    ) -> Result<(), UploadError> {
        let unreached =
            matches!(error, UploadError::Client(ClientError::Transport { unreached: true, .. }));
        self.reached |= !unreached;
        if self.failures == 0 {
            self.failing_since = Instant::now();
        }
        let wait = backoff(self.failures, Uuid::new_v4().as_u128() as u64);
        let too_late = self.failing_since.elapsed() + wait > self.deadline;
        if !self.reached || !error.is_transient() || self.failures >= self.retries || too_late {
            return Err(error);
        }
        self.failures += 1;
        (self.callback)(UploadEvent::Retrying { cause: &error, wait });
        tokio::time::sleep(wait).await;
        Ok(())
    }
}

/// Returns a delay that doubles from 200 ms to 10 s. `random` subtracts up to half
/// of it (jitter), so that many clients do not retry at the same time.
fn backoff(failures: u32, random: u64) -> Duration {
    let longest = (200 << failures.min(16)).min(10_000);
    Duration::from_millis(longest - random % (longest / 2))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn backoff_grows_to_a_limit_and_has_jitter() {
        assert_eq!(backoff(0, 0), Duration::from_millis(200));
        assert_eq!(backoff(3, 0), Duration::from_millis(1600));
        assert_eq!(backoff(40, 0), Duration::from_secs(10));
        assert_eq!(backoff(0, 99), Duration::from_millis(101));
        let waits: Vec<_> = (0..500).map(|random| backoff(5, random * 7919)).collect();
        assert!(waits.iter().all(|wait| (3_200..=6_400).contains(&wait.as_millis())));
    }

    fn broken(unreached: bool) -> UploadError {
        ClientError::Transport { message: "broken".to_owned(), unreached }.into()
    }

    /// Counts the retries, with a paused clock that advances by itself.
    async fn retries(options: UploadOptions, error: fn() -> UploadError) -> u32 {
        let callback: UploadCallback = Arc::new(|_| {});
        let mut retry = Retry::new(&options, &callback);
        let mut times = 0;
        while retry.wait_before_retry(error()).await.is_ok() {
            times += 1;
        }
        times
    }

    #[tokio::test(start_paused = true)]
    async fn retries_are_limited_by_number_and_deadline() {
        let options = |retries, seconds| UploadOptions {
            retries,
            deadline: Duration::from_secs(seconds),
            ..UploadOptions::default()
        };
        assert_eq!(retries(options(4, 3600), || broken(false)).await, 4);
        assert_eq!(retries(options(0, 3600), || broken(false)).await, 0);
        assert_eq!(retries(options(4, 3600), || broken(true)).await, 0);
        assert_eq!(retries(options(4, 3600), || UploadError::Changed).await, 0);
        assert_eq!(retries(options(100, 0), || broken(false)).await, 0);
        let within = retries(options(100, 60), || broken(false)).await;
        assert!((7..20).contains(&within), "{within}");
    }

    #[tokio::test(start_paused = true)]
    async fn accepted_data_resets_the_count() {
        let options = UploadOptions { retries: 1, ..UploadOptions::default() };
        let callback: UploadCallback = Arc::new(|_| {});
        let mut retry = Retry::new(&options, &callback);
        for _ in 0..5 {
            retry.wait_before_retry(broken(false)).await.unwrap();
            retry.record_progress();
        }
        retry.wait_before_retry(broken(false)).await.unwrap();
        retry.wait_before_retry(broken(false)).await.unwrap_err();
    }
}
