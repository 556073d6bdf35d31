//! A semaphore with priorities and a bounded queue, which limits how many passwords are hashed at once.

use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::oneshot;

/// Tasks that may wait at high priority; further ones displace others.
const HIGH_CAPACITY: usize = 64;
/// Tasks that may wait at low priority; further ones displace others or are refused. It is large,
/// because waiting costs no processor time, and clients that are refused come again at once.
const LOW_CAPACITY: usize = 1024;

/// The priority of a waiting task, in ascending order.
///
/// Among tasks of the same priority the newest goes first. Under a flood that is the only one whose
/// client has not given up soon, and a flood of clients that came before cannot delay it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// For clients that sent the right password of this account before, and for administrators who
    /// set one. Such a task waits for others of this priority only.
    High,
    /// For everybody else. Fewer attempts go first, so that a flood from many clients delays a new
    /// client only as long as each of them has made no more attempts.
    Low {
        /// The attempts that the client made lately, including this one.
        attempts: u32,
    },
}

impl Priority {
    /// Returns the number of attempts that order the tasks of a queue.
    fn attempts(self) -> u32 {
        match self {
            Self::High => 0,
            Self::Low { attempts } => attempts,
        }
    }
}

/// The semaphore; cheap to clone.
#[derive(Debug, Clone)]
pub struct PrioritySemaphore(Arc<Mutex<SemaphoreState>>);

#[derive(Debug)]
struct SemaphoreState {
    available: usize,
    high: WaitQueue,
    low: WaitQueue,
}

/// Tasks of one kind of priority, the oldest first. A search is cheap beside the hashing of a password.
#[derive(Debug)]
struct WaitQueue {
    tasks: Vec<WaitingTask>,
    capacity: usize,
}

#[derive(Debug)]
struct WaitingTask {
    attempts: u32,
    sender: oneshot::Sender<PriorityPermit>,
}

impl WaitQueue {
    /// Creates an empty queue.
    fn new(capacity: usize) -> Self {
        Self { tasks: Vec::new(), capacity }
    }

    /// Adds a task. If the queue is full, the task with the most attempts is refused, and of those
    /// the oldest; if the new one has more, it is refused itself.
    fn push(&mut self, task: WaitingTask) {
        if self.tasks.len() >= self.capacity {
            // Tasks that gave up are removed only when their places are needed.
            self.tasks.retain(|waiting| !waiting.sender.is_closed());
        }
        if self.tasks.len() >= self.capacity {
            // `max_by_key` returns the last of equal keys, and `rev` makes that the oldest.
            let last =
                self.tasks.iter().enumerate().rev().max_by_key(|(_, waiting)| waiting.attempts);
            match last.map(|(index, waiting)| (index, waiting.attempts)) {
                Some((index, attempts)) if attempts >= task.attempts => {
                    drop(self.tasks.remove(index))
                }
                _ => return, // Dropping its sender refuses the new task.
            }
        }
        self.tasks.push(task);
    }

    /// Removes the task with the fewest attempts, and of those the newest.
    fn pop(&mut self) -> Option<WaitingTask> {
        // `min_by_key` returns the first of equal keys, and `rev` makes that the newest.
        let next = self.tasks.iter().enumerate().rev().min_by_key(|(_, waiting)| waiting.attempts);
        let index = next.map(|(index, _)| index)?;
        Some(self.tasks.remove(index))
    }
}

/// A permit of a [`PrioritySemaphore`], released when it is dropped.
#[derive(Debug)]
pub struct PriorityPermit {
    /// `None` once the permit was handed to another task.
    semaphore: Option<PrioritySemaphore>,
}

impl PrioritySemaphore {
    /// Creates a semaphore with this number of permits.
    pub fn new(permits: usize) -> Self {
        let (high, low) = (WaitQueue::new(HIGH_CAPACITY), WaitQueue::new(LOW_CAPACITY));
        Self(Arc::new(Mutex::new(SemaphoreState { available: permits, high, low })))
    }

    /// Waits for a permit. Returns `None` if the queue of this priority is full of tasks that go
    /// first, or as soon as such tasks have filled it. Dropping the future leaves the queue.
    pub async fn acquire(&self, priority: Priority) -> Option<PriorityPermit> {
        let receiver = {
            let mut state = self.lock();
            if state.available > 0 {
                state.available -= 1;
                return Some(PriorityPermit { semaphore: Some(self.clone()) });
            }
            let (sender, receiver) = oneshot::channel();
            let queue = match priority {
                Priority::High => &mut state.high,
                Priority::Low { .. } => &mut state.low,
            };
            queue.push(WaitingTask { attempts: priority.attempts(), sender });
            receiver
        };
        receiver.await.ok()
    }

    fn lock(&self) -> MutexGuard<'_, SemaphoreState> {
        self.0.lock()
    }

    /// Hands a released permit to the next task that still waits.
    fn release(self) {
        loop {
            let next = {
                let mut state = self.lock();
                let next = state.high.pop().or_else(|| state.low.pop());
                if next.is_none() {
                    state.available += 1;
                }
                next
            };
            let Some(next) = next else { return };
            match next.sender.send(PriorityPermit { semaphore: Some(self.clone()) }) {
                Ok(()) => return,
                // The task gave up. Dropping the returned permit must not release it once more.
                Err(mut permit) => permit.semaphore = None,
            }
        }
    }
}

impl Drop for PriorityPermit {
    fn drop(&mut self) {
        if let Some(semaphore) = self.semaphore.take() {
            semaphore.release();
        }
    }
}

#[cfg(test)]
mod tests;
