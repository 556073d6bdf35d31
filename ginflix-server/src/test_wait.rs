//! For tests: waiting for a state, with a deadline.

use std::time::{Duration, Instant};

/// How long any state may take to come on a busy machine.
const STATE_TIMEOUT: Duration = Duration::from_secs(30);

/// The time between two looks.
const LOOK_INTERVAL: Duration = Duration::from_millis(1);

/// Looks until `is_so` says yes.
///
/// # Panics
/// After [`STATE_TIMEOUT`], saying what was waited for.
#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + STATE_TIMEOUT;
    while !is_so() {
        assert!(Instant::now() < end, "waited {STATE_TIMEOUT:?} in vain for {what}");
        std::thread::sleep(LOOK_INTERVAL);
    }
}

/// As [`until`], for looks that are asynchronous. Lets other tasks of the same thread run; a
/// paused clock stands still.
///
/// # Panics
/// After [`STATE_TIMEOUT`], saying what was waited for.
pub async fn until_async(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + STATE_TIMEOUT;
    while !is_so().await {
        assert!(Instant::now() < end, "waited {STATE_TIMEOUT:?} in vain for {what}");
        tokio::task::yield_now().await;
    }
}

/// As [`until_async`], with time between the looks: a paused clock moves on.
///
/// # Panics
/// After [`STATE_TIMEOUT`] of real time, saying what was waited for.
pub async fn until_later(what: &str, interval: Duration, mut is_so: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + STATE_TIMEOUT;
    while !is_so().await {
        assert!(Instant::now() < end, "waited {STATE_TIMEOUT:?} in vain for {what}");
        tokio::time::sleep(interval).await;
    }
}
