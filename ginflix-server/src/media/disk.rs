//! The line of those who wait for the disk, and the threads that serve it.
//!
//! As long as the disk keeps up there is one, which does better than several:
//! the kernel reads ahead for it, and the processors are left to those who send
//! what is in memory. Where one has to wait, the others help.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The most at once.
const HELPERS: usize = 3;

/// Who is at the head of the line for longer gets help.
const PATIENCE: Duration = Duration::from_millis(10);

/// They come after whoever sends what is in memory already.
const NICENESS: i32 = 10;

/// What is to be done.
type Job = Box<dyn FnOnce() + Send>;

/// The line; whoever came first is served first.
pub struct Line(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// There is something to do for the one.
    came: Condvar,
    /// A helper should have an eye on the line.
    late: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<(Instant, Job)>,
    /// Whether the one does nothing right now.
    idle: bool,
    /// Whether a helper looks after the line.
    watched: bool,
}

impl Line {
    /// Starts the threads, which inherit where they may run, and never end.
    pub fn start() -> Self {
        let state = Mutex::default();
        let shared = Arc::new(Shared { state, came: Condvar::new(), late: Condvar::new() });
        for number in 0..=HELPERS {
            let shared = Arc::clone(&shared);
            let thread = thread::Builder::new().name(format!("disk-{number}"));
            if let Err(error) = thread.spawn(move || shared.work(number > 0)) {
                tracing::warn!(%error, "cannot start a thread that reads from the disk");
            }
        }
        Self(shared)
    }

    /// Puts something at its end.
    pub fn push(&self, job: Job) {
        let Self(shared) = self;
        let mut state = shared.state();
        state.jobs.push_back((Instant::now(), job));
        if state.idle {
            shared.came.notify_one();
        } else {
            shared.call_helper(&mut state);
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn call_helper(&self, state: &mut State) {
        if !state.watched {
            state.watched = true;
            self.late.notify_one();
        }
    }

    fn work(&self, as_helper: bool) {
        // Of this thread alone, on Linux. If it may not be, all is as it was.
        let _ = rustix::process::nice(NICENESS);
        loop {
            let job = if as_helper { self.next_late() } else { self.next() };
            job();
            // Whoever waited for this goes on now, and not when the kernel finds
            // that this thread has had enough.
            thread::yield_now();
        }
    }

    /// The next job.
    fn next(&self) -> Job {
        let mut state = self.state();
        loop {
            if let Some((_, job)) = state.jobs.pop_front() {
                state.idle = false;
                if !state.jobs.is_empty() {
                    self.call_helper(&mut state);
                }
                return job;
            }
            state.idle = true;
            state = self.came.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The next job that has waited for long.
    fn next_late(&self) -> Job {
        let mut state = self.state();
        loop {
            let waited = state.jobs.front().map(|(since, _)| since.elapsed());
            if waited.is_some_and(|waited| waited >= PATIENCE)
                && let Some((_, job)) = state.jobs.pop_front()
            {
                // This one is busy now.
                state.watched = false;
                if !state.jobs.is_empty() {
                    self.call_helper(&mut state);
                }
                return job;
            }
            if state.watched {
                // For so long at least, so as not to be called for each job.
                let left = PATIENCE - waited.unwrap_or_default().min(PATIENCE);
                let waiting = self.late.wait_timeout(state, left);
                state = waiting.unwrap_or_else(PoisonError::into_inner).0;
                state.watched = !state.jobs.is_empty();
            } else {
                state = self.late.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn who_came_first_is_served_first() {
        let (came, late) = (Condvar::new(), Condvar::new());
        let line = Line(Arc::new(Shared { state: Mutex::default(), came, late }));
        let (done, order) = channel();
        for number in 0..10 {
            let done = done.clone();
            line.push(Box::new(move || done.send(number).unwrap()));
        }
        for _ in 0..10 {
            line.0.next()();
        }
        assert!(order.try_iter().eq(0..10));
    }

    #[test]
    fn what_comes_while_all_are_idle_or_one_is_busy_is_done() {
        let (line, (done, is_done)) = (Line::start(), channel());
        for burst in [1, 100] {
            for _ in 0..burst {
                let done = done.clone();
                line.push(Box::new(move || done.send(()).unwrap()));
            }
            assert_eq!(is_done.iter().take(burst).count(), burst);
        }
    }

    #[test]
    fn who_waits_for_long_gets_help() {
        let line = Line::start();
        // Each is done only when the last one has been: by one after the other they
        // never are.
        let all = Arc::new(std::sync::Barrier::new(HELPERS + 2));
        for _ in 0..=HELPERS {
            let all = Arc::clone(&all);
            line.push(Box::new(move || {
                all.wait();
            }));
        }
        all.wait();
        // Nor does it end with that.
        let (done, is_done) = channel();
        line.push(Box::new(move || done.send(()).unwrap()));
        is_done.recv().unwrap();
    }
}
