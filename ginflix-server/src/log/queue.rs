//! The queue of lines between all threads and the log's thread. Pushing never blocks: if the queue
//! is full, the line is dropped and counted.

use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

/// Bytes of lines that the queue holds.
const QUEUE_CAPACITY: usize = 1 << 20;
/// Bytes of lines at which the consumer is woken at once.
const BATCH_BYTES: usize = QUEUE_CAPACITY / 4;
/// Capacity in bytes that an empty batch keeps.
const KEPT_CAPACITY: usize = 64 << 10;
/// Minimum time between two batches: waking the thread for each line would cost several times as
/// much as writing it.
const BATCH_INTERVAL: Duration = Duration::from_millis(10);

/// A queue with many producers and one consumer, the log's thread.
#[derive(Debug, Default)]
pub struct LogQueue {
    state: Mutex<LogQueueState>,
    /// Wakes the consumer.
    filled: Condvar,
    /// Wakes the threads that wait in [`LogQueue::flush`].
    written: Condvar,
}

#[derive(Debug, Default)]
struct LogQueueState {
    lines: Vec<u8>,
    /// Lines that were dropped since the last batch was taken.
    dropped: u64,
    /// What the consumer waits for.
    consumer_wait: ConsumerWait,
    /// Whether the consumer is writing the last batch.
    is_writing: bool,
    /// When the last batch was taken.
    taken_at: Option<Instant>,
    /// Threads that wait in [`LogQueue::flush`].
    flushes: usize,
    is_closed: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum ConsumerWait {
    /// The consumer does not wait.
    #[default]
    Nothing,
    /// The consumer waits for any line.
    Line,
    /// The consumer waits for [`BATCH_BYTES`] or the end of [`BATCH_INTERVAL`].
    Batch,
}

impl LogQueue {
    /// Pushes complete lines. Returns `false` if there is no space for them.
    pub fn push(&self, lines: &str) -> bool {
        let mut state = self.lock();
        if state.lines.len() + lines.len() > QUEUE_CAPACITY {
            state.dropped += 1;
            return false;
        }
        state.lines.extend_from_slice(lines.as_bytes());
        let wakes_consumer = match state.consumer_wait {
            ConsumerWait::Nothing => false,
            ConsumerWait::Line => true,
            ConsumerWait::Batch => state.lines.len() >= BATCH_BYTES,
        };
        drop(state);
        if wakes_consumer {
            self.filled.notify_one();
        }
        true
    }

    /// Waits for lines and moves all of them to `batch`, whose previous lines must be written or
    /// lost by now. Returns how many lines were dropped after them, or `None` when the queue is closed
    /// and empty.
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
            state.consumer_wait = ConsumerWait::Batch;
            self.filled.wait_for(&mut state, left);
        }
        while state.lines.is_empty() && state.dropped == 0 {
            if state.is_closed {
                return None;
            }
            state.consumer_wait = ConsumerWait::Line;
            self.filled.wait(&mut state);
        }
        state.consumer_wait = ConsumerWait::Nothing;
        state.is_writing = true;
        state.taken_at = Some(Instant::now());
        std::mem::swap(&mut state.lines, batch);
        Some(std::mem::take(&mut state.dropped))
    }

    /// Waits until all lines are written or lost. Returns `false` after `timeout`.
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
            self.written.wait_for(&mut state, left);
        }
        state.flushes -= 1;
        is_flushed
    }

    /// Makes [`LogQueue::take`] return `None` once the queue is empty.
    pub fn close(&self) {
        self.lock().is_closed = true;
        self.filled.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, LogQueueState> {
        self.state.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_in_order() {
        let queue = LogQueue::default();
        assert!(queue.push("one\n"));
        assert!(queue.push("two\n"));
        let mut batch = b"old".to_vec();
        assert_eq!(queue.take(&mut batch), Some(0));
        assert_eq!(batch, b"one\ntwo\n");
        queue.close();
        assert_eq!(queue.take(&mut batch), None);
    }

    #[test]
    fn dropped_lines_are_counted() {
        let queue = LogQueue::default();
        let line = "a".repeat(QUEUE_CAPACITY / 4);
        let kept = (0..6).filter(|_| queue.push(&line)).count();
        assert_eq!(kept, 4);
        let mut batch = Vec::new();
        assert_eq!(queue.take(&mut batch), Some(2));
        assert_eq!(batch.len(), QUEUE_CAPACITY);
        assert!(queue.push(&line), "there is room again");
    }

    /// Creates a queue whose consumer has just taken lines, and waits very long for more.
    fn just_taken() -> LogQueue {
        let queue = LogQueue::default();
        queue.lock().taken_at = Some(Instant::now() + Duration::from_secs(3600));
        queue
    }

    #[test]
    fn lines_shortly_after_a_batch_are_taken_together() {
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
    fn a_flush_does_not_wait_for_a_batch() {
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
    fn a_flush_waits_for_the_consumer_until_its_timeout() {
        let queue = LogQueue::default();
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
