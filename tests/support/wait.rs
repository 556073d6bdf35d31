//! Waiting for a state, with a deadline: the only place in the suites that sleeps.

use std::time::{Duration, Instant};

/// The time between two looks.
pub const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Looks until `look` finds something.
///
/// # Panics
/// After the deadline, saying what was waited for.
#[track_caller]
pub fn until<T>(deadline: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + deadline;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "waited {deadline:?} in vain for {what}");
        std::thread::sleep(POLL_INTERVAL);
    }
}

/// As [`until`], for looks that are asynchronous.
///
/// # Panics
/// After the deadline, saying what was waited for.
pub async fn until_async<T>(
    deadline: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> T {
    let end = Instant::now() + deadline;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < end, "waited {deadline:?} in vain for {what}");
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}
