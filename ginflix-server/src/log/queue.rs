//! Lines on their way to the log's thread. Whoever has a line to write never waits: a line that
//! finds no room is dropped and counted.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Bytes of lines that wait at most.
const QUEUE_CAPACITY: usize = 1 << 20;
/// Bytes of lines for which the consumer is woken at once.
const BATCH_BYTES: usize = QUEUE_CAPACITY / 4;
/// Bytes of memory that are kept for lines to come.
const KEPT_CAPACITY: usize = 64 << 10;
/// Lines that come within this time after others were taken are taken together: to wake a thread
/// for each would cost several times as much as to write it.
const BATCH_INTERVAL: Duration = Duration::from_millis(10);

/// A queue with many producers and one consumer, the log's thread.
#[derive(Debug, Default)]
pub struct Queue {
    state: Mutex<State>,
    /// Wakes the consumer.
    filled: Condvar,
    /// Wakes those who wait in [`Queue::flush`].
    written: Condvar,
}

#[derive(Debug, Default)]
struct State {
    lines: Vec<u8>,
    /// Lines that found no room since the consumer came last.
    dropped: u64,
    /// What the consumer waits for.
    awaits: Awaits,
    /// Whether the consumer is writing what it took.
    is_writing: bool,
    /// When it took that.
    taken_at: Option<Instant>,
    /// How many wait in [`Queue::flush`].
    flushes: usize,
    is_closed: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Awaits {
    /// It does not wait.
    #[default]
    Nothing,
    /// Any line.
    Line,
    /// [`BATCH_BYTES`], or the end of [`BATCH_INTERVAL`].
    Batch,
}

impl Queue {
    /// Adds whole lines; `false` where there is no room for them.
    pub fn push(&self, lines: &str) -> bool {
        let mut state = self.lock();
        if state.lines.len() + lines.len() > QUEUE_CAPACITY {
            state.dropped += 1;
            return false;
        }
        state.lines.extend_from_slice(lines.as_bytes());
        let wakes = match state.awaits {
            Awaits::Nothing => false,
            Awaits::Line => true,
            Awaits::Batch => state.lines.len() >= BATCH_BYTES,
        };
        drop(state);
        if wakes {
            self.filled.notify_one();
        }
        true
    }

    /// Waits for lines, and puts all of them into `batch` instead of what is there, which is
    /// written or lost by now. Returns how many lines were dropped after them; `None` once the
    /// queue is closed and empty.
    pub fn take(&self, batch: &mut Vec<u8>) -> Option<u64> {
        batch.clear();
        batch.shrink_to(KEPT_CAPACITY);
        let mut state = self.lock();
        state.is_writing = false;
        if state.flushes > 0 {
            self.written.notify_all();
        }
        let due = state.taken_at.map(|taken_at| taken_at + BATCH_INTERVAL);
        while !state.is_closed && state.flushes == 0 && state.lines.len() < BATCH_BYTES {
            let left = due.map(|due| due.saturating_duration_since(Instant::now()));
            let Some(left) = left.filter(|left| !left.is_zero()) else { break };
            state.awaits = Awaits::Batch;
            (state, _) =
                self.filled.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner);
        }
        while state.lines.is_empty() && state.dropped == 0 {
            if state.is_closed {
                return None;
            }
            state.awaits = Awaits::Line;
            state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.awaits = Awaits::Nothing;
        state.is_writing = true;
        state.taken_at = Some(Instant::now());
        std::mem::swap(&mut state.lines, batch);
        Some(std::mem::take(&mut state.dropped))
    }

    /// Waits until all that was pushed is written or lost; `false` if it is not in time.
    pub fn flush(&self, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        let mut state = self.lock();
        state.flushes += 1;
        self.filled.notify_one();
        let mut is_flushed = true;
        while state.is_writing || !state.lines.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                is_flushed = false;
                break;
            }
            (state, _) =
                self.written.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner);
        }
        state.flushes -= 1;
        is_flushed
    }

    /// Lets the consumer end once everything is written.
    pub fn close(&self) {
        self.lock().is_closed = true;
        self.filled.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_pushed_is_taken_in_order() {
        let queue = Queue::default();
        assert!(queue.push("one\n"));
        assert!(queue.push("two\n"));
        let mut batch = b"old".to_vec();
        assert_eq!(queue.take(&mut batch), Some(0));
        assert_eq!(batch, b"one\ntwo\n");
        queue.close();
        assert_eq!(queue.take(&mut batch), None);
    }

    #[test]
    fn what_finds_no_room_is_counted() {
        let queue = Queue::default();
        let line = "a".repeat(QUEUE_CAPACITY / 4);
        let kept = (0..6).filter(|_| queue.push(&line)).count();
        assert_eq!(kept, 4);
        let mut batch = Vec::new();
        assert_eq!(queue.take(&mut batch), Some(2));
        assert_eq!(batch.len(), QUEUE_CAPACITY);
        assert!(queue.push(&line), "there is room again");
    }

    /// A queue whose consumer has just taken lines, and waits very long for more.
    fn just_taken() -> Queue {
        let queue = Queue::default();
        queue.lock().taken_at = Some(Instant::now() + Duration::from_secs(3600));
        queue
    }

    #[test]
    fn lines_that_come_shortly_after_others_are_taken_together() {
        let queue = just_taken();
        queue.push("first\n");
        std::thread::scope(|scope| {
            let consumer = scope.spawn(|| {
                let mut batch = Vec::new();
                queue.take(&mut batch).map(|_| batch)
            });
            queue.push("second\n");
            queue.push(&"a".repeat(BATCH_BYTES));
            let batch = consumer.join().unwrap().unwrap();
            assert!(batch.starts_with(b"first\nsecond\n") && batch.len() > BATCH_BYTES);
        });
    }

    #[test]
    fn a_flush_does_not_wait_for_more() {
        let queue = just_taken();
        queue.push("first\n");
        std::thread::scope(|scope| {
            let consumer = scope.spawn(|| {
                let mut batch = Vec::new();
                while queue.take(&mut batch).is_some() {}
            });
            assert!(queue.flush(Duration::from_secs(30)));
            queue.close();
            consumer.join().unwrap();
        });
    }

    #[test]
    fn a_flush_waits_for_the_consumer_and_not_for_ever() {
        let queue = Queue::default();
        queue.push("one\n");
        assert!(!queue.flush(Duration::from_millis(1)), "nobody writes it");
        std::thread::scope(|scope| {
            let consumer = scope.spawn(|| {
                let mut batch = Vec::new();
                while queue.take(&mut batch).is_some() {}
            });
            assert!(queue.flush(Duration::from_secs(30)));
            queue.close();
            consumer.join().unwrap();
        });
    }
}
