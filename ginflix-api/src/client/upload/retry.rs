//! Whether and when a broken upload is taken up again.

use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use super::{UploadCallback, UploadError, UploadEvent, UploadOptions};
use crate::client::ClientError;

/// Mends breaks for as long as bytes get through now and then.
pub(super) struct Retry<'a> {
    retries: u32,
    deadline: Duration,
    report: &'a UploadCallback,
    /// In a row.
    failures: u32,
    /// When the first of them was.
    failing_since: Instant,
    /// Whether the server has answered at all. One that was never reached is
    /// not waited for: most likely the address is wrong.
    reached: bool,
}

impl<'a> Retry<'a> {
    pub(super) fn new(options: &UploadOptions, report: &'a UploadCallback) -> Self {
        let UploadOptions { retries, deadline, .. } = *options;
        let failing_since = Instant::now();
        Self { retries, deadline, report, failures: 0, failing_since, reached: false }
    }

    /// The server has answered.
    pub(super) fn was_answered(&mut self) {
        self.reached = true;
    }

    /// Bytes got through.
    pub(super) fn went_on(&mut self) {
        (self.failures, self.reached) = (0, true);
    }

    /// Waits before the next attempt, or gives the error back.
    pub(super) async fn after(&mut self, error: UploadError) -> Result<(), UploadError> {
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
        (self.report)(UploadEvent::Retrying { cause: &error, wait });
        tokio::time::sleep(wait).await;
        Ok(())
    }
}

/// Doubles from 200 ms to 10 s; `random` takes up to half of it away, so that
/// many clients do not come back at the same instant.
fn backoff(failures: u32, random: u64) -> Duration {
    let longest = (200 << failures.min(16)).min(10_000);
    Duration::from_millis(longest - random % (longest / 2))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn backoff_grows_to_a_limit_and_is_spread() {
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

    /// How many attempts follow the first, with the clock stopped and moved on.
    async fn retries(options: UploadOptions, error: fn() -> UploadError) -> u32 {
        let report: UploadCallback = Arc::new(|_| {});
        let mut retry = Retry::new(&options, &report);
        let mut times = 0;
        while retry.after(error()).await.is_ok() {
            times += 1;
        }
        times
    }

    #[tokio::test(start_paused = true)]
    async fn the_number_and_the_deadline_end_it() {
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
    async fn bytes_that_get_through_start_the_count_anew() {
        let options = UploadOptions { retries: 1, ..UploadOptions::default() };
        let report: UploadCallback = Arc::new(|_| {});
        let mut retry = Retry::new(&options, &report);
        for _ in 0..5 {
            retry.after(broken(false)).await.unwrap();
            retry.went_on();
        }
        retry.after(broken(false)).await.unwrap();
        retry.after(broken(false)).await.unwrap_err();
    }
}
