//! The queue of disk reads, and the threads that perform them.
//!
//! While the disk keeps up, one primary thread performs all reads: the kernel's read-ahead works
//! best for one reader, and the CPUs stay free for sending what is in memory. When a read has
//! waited too long, extra threads help.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

/// The number of extra threads.
const EXTRA_THREADS: usize = 3;

/// The time for which the oldest job waits before an extra thread takes it.
const EXTRA_THREAD_DELAY: Duration = Duration::from_millis(10);

/// The nice value of the threads: sending what is in memory has priority.
const NICENESS: i32 = 10;

/// A closure that reads from the disk and passes the result on.
type DiskJob = Box<dyn FnOnce() + Send>;

/// A first-in, first-out queue of disk reads, with its threads.
pub struct DiskQueue(Arc<DiskQueueShared>);

struct DiskQueueShared {
    state: Mutex<DiskQueueState>,
    /// Wakes the primary thread for a job.
    job_queued: Condvar,
    /// Wakes an extra thread to watch the queue.
    watcher_needed: Condvar,
}

#[derive(Default)]
struct DiskQueueState {
    jobs: VecDeque<(Instant, DiskJob)>,
    /// Whether the primary thread waits for a job.
    is_idle: bool,
    /// Whether an extra thread watches how long the oldest job waits.
    is_watched: bool,
}

impl DiskQueue {
    /// Starts the threads. They inherit the CPU affinity of the caller and never end.
    pub fn start() -> Self {
        let shared = Arc::new(DiskQueueShared::new());
        for number in 0..=EXTRA_THREADS {
            let shared = Arc::clone(&shared);
            let thread = thread::Builder::new().name(format!("disk-{number}"));
            if let Err(error) = thread.spawn(move || shared.run_jobs(number > 0)) {
                tracing::warn!(
                    %error,
                    "cannot start a thread that reads from the disk; raise the limit on threads"
                );
            }
        }
        Self(shared)
    }

    /// Appends a job.
    pub fn push(&self, job: DiskJob) {
        let Self(shared) = self;
        let mut state = shared.state.lock();
        state.jobs.push_back((Instant::now(), job));
        if state.is_idle {
            shared.job_queued.notify_one();
        } else {
            shared.wake_watcher(&mut state);
        }
    }
}

impl DiskQueueShared {
    fn new() -> Self {
        let (job_queued, watcher_needed) = (Condvar::new(), Condvar::new());
        Self { state: Mutex::default(), job_queued, watcher_needed }
    }

    fn wake_watcher(&self, state: &mut DiskQueueState) {
        if !state.is_watched {
            state.is_watched = true;
            self.watcher_needed.notify_one();
        }
    }

    fn run_jobs(&self, is_extra: bool) {
        // On Linux, a nice value belongs to the thread. If it cannot be set, the reads only compete
        // with sending.
        let _ = rustix::process::nice(NICENESS);
        loop {
            let job = if is_extra { self.next_delayed_job() } else { self.next_job() };
            job();
            // The thread that waits for this job should run now, not at the end of the time slice.
            thread::yield_now();
        }
    }

    /// Waits for a job, on the primary thread.
    fn next_job(&self) -> DiskJob {
        let mut state = self.state.lock();
        loop {
            if let Some((_, job)) = state.jobs.pop_front() {
                state.is_idle = false;
                if !state.jobs.is_empty() {
                    self.wake_watcher(&mut state);
                }
                return job;
            }
            state.is_idle = true;
            self.job_queued.wait(&mut state);
        }
    }

    /// Waits for a job that was queued [`EXTRA_THREAD_DELAY`] ago, on an extra thread.
    fn next_delayed_job(&self) -> DiskJob {
        let mut state = self.state.lock();
        loop {
            let waited = state.jobs.front().map(|(since, _)| since.elapsed());
            if waited.is_some_and(|waited| waited >= EXTRA_THREAD_DELAY)
                && let Some((_, job)) = state.jobs.pop_front()
            {
                // This thread is busy from now on, so another one has to watch.
                state.is_watched = false;
                if !state.jobs.is_empty() {
                    self.wake_watcher(&mut state);
                }
                return job;
            }
            if state.is_watched {
                // An empty queue is watched for the full delay as well, so that the next jobs need
                // not wake this thread again.
                let left = EXTRA_THREAD_DELAY.saturating_sub(waited.unwrap_or_default());
                self.watcher_needed.wait_for(&mut state, left);
                state.is_watched = !state.jobs.is_empty();
            } else {
                self.watcher_needed.wait(&mut state);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn jobs_run_in_the_order_in_which_they_were_queued() {
        let queue = DiskQueue(Arc::new(DiskQueueShared::new()));
        let (done, order) = channel();
        for number in 0..10 {
            let done = done.clone();
            queue.push(Box::new(move || done.send(number).unwrap()));
        }
        for _ in 0..10 {
            queue.0.next_job()();
        }
        assert!(order.try_iter().eq(0..10));
    }

    #[test]
    fn jobs_run_whether_the_threads_are_idle_or_busy() {
        let (queue, (done, is_done)) = (DiskQueue::start(), channel());
        for burst in [1, 100] {
            for _ in 0..burst {
                let done = done.clone();
                queue.push(Box::new(move || done.send(()).unwrap()));
            }
            assert_eq!(is_done.iter().take(burst).count(), burst);
        }
    }

    #[test]
    fn extra_threads_take_jobs_that_wait_long() {
        let queue = DiskQueue::start();
        // Each job ends only when all have begun, so one thread alone would never end.
        let all = Arc::new(std::sync::Barrier::new(EXTRA_THREADS + 2));
        for _ in 0..=EXTRA_THREADS {
            let all = Arc::clone(&all);
            queue.push(Box::new(move || {
                all.wait();
            }));
        }
        all.wait();
        // The threads still run afterwards.
        let (done, is_done) = channel();
        queue.push(Box::new(move || done.send(()).unwrap()));
        is_done.recv().unwrap();
    }
}
