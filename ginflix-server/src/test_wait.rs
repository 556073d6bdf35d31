//! Waits in unit tests for a state, with a deadline.

use std::time::{Duration, Instant};

/// How long any state may take on a busy machine.
const STATE_TIMEOUT: Duration = Duration::from_secs(30);

/// Time between two checks of [`until`].
const POLL_INTERVAL: Duration = Duration::from_millis(1);

/// Checks `condition` until it returns `true`.
///
/// # Panics
/// After [`STATE_TIMEOUT`], with `what` in the message.
#[track_caller]
pub fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + STATE_TIMEOUT;
    while !condition() {
        assert!(Instant::now() < end, "waited {STATE_TIMEOUT:?} for {what}");
        std::thread::sleep(POLL_INTERVAL);
    }
}

/// As [`until`], with an asynchronous check. Other tasks of the same thread run in between; a
/// paused Tokio clock does not advance.
///
/// # Panics
/// After [`STATE_TIMEOUT`], with `what` in the message.
pub async fn until_async(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + STATE_TIMEOUT;
    while !condition().await {
        assert!(Instant::now() < end, "waited {STATE_TIMEOUT:?} for {what}");
        tokio::task::yield_now().await;
    }
}

/// As [`until_async`], with an interval between the checks, by which a paused Tokio clock advances.
///
/// # Panics
/// After [`STATE_TIMEOUT`] of real time, with `what` in the message.
pub async fn until_every(interval: Duration, what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + STATE_TIMEOUT;
    while !condition().await {
        assert!(Instant::now() < end, "waited {STATE_TIMEOUT:?} for {what}");
        tokio::time::sleep(interval).await;
    }
}
