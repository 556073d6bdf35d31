//! A clock that is read for next to nothing: it is right to the kernel's tick, a
//! few milliseconds.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Since some moment before this program began; never 0.
pub fn now() -> Duration {
    let now = clock_gettime(ClockId::MonotonicCoarse);
    Duration::new(now.tv_sec as u64 + 1, now.tv_nsec as u32)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn it_goes_as_others_do() {
        let precise = Instant::now(); // first, so that it has seen no less pass
        let begin = now();
        while now() == begin {
            std::hint::spin_loop();
        }
        let passed = now() - begin;
        assert!(passed <= precise.elapsed() + Duration::from_millis(20), "{passed:?}");
    }
}
