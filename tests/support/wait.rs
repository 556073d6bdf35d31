//! Polling for a state with a deadline. The suites sleep nowhere else, unless the passing of time is
//! part of a test.

use std::time::{Duration, Instant};

/// The time between two polls.
pub const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Calls `poll` until it returns a value; `what` describes that state.
///
/// # Panics
/// If there is none after `timeout`.
#[track_caller]
pub fn until<T>(timeout: Duration, what: &str, mut poll: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + timeout;
    loop {
        if let Some(value) = poll() {
            return value;
        }
        assert!(Instant::now() < deadline, "waited {timeout:?} in vain for {what}");
        std::thread::sleep(POLL_INTERVAL);
    }
}

/// Awaits `poll` until it returns a value; `what` describes that state.
///
/// # Panics
/// If there is none after `timeout`.
pub async fn until_async<T>(
    timeout: Duration,
    what: &str,
    mut poll: impl AsyncFnMut() -> Option<T>,
) -> T {
    let deadline = Instant::now() + timeout;
    loop {
        if let Some(value) = poll().await {
            return value;
        }
        assert!(Instant::now() < deadline, "waited {timeout:?} in vain for {what}");
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}
