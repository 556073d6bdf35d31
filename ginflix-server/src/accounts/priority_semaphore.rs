//! A semaphore with two priorities and a bounded queue, which limits how many passwords are hashed
//! at once.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::oneshot;

/// Tasks that may wait at each priority; further ones are refused.
const QUEUE_CAPACITY: usize = 64;

/// The priority of a waiting task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// For clients that sent the right password of this account before, and for administrators who
    /// set one. Such a task waits for others of this priority only.
    High,
    /// For everybody else.
    Low,
}

/// The semaphore; cheap to clone.
#[derive(Debug, Clone)]
pub struct PrioritySemaphore(Arc<Mutex<SemaphoreState>>);

#[derive(Debug)]
struct SemaphoreState {
    available: usize,
    high: VecDeque<oneshot::Sender<PriorityPermit>>,
    low: VecDeque<oneshot::Sender<PriorityPermit>>,
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
        let (high, low) = Default::default();
        Self(Arc::new(Mutex::new(SemaphoreState { available: permits, high, low })))
    }

    /// Waits for a permit. Returns `None` if the queue of this priority is full. Dropping the
    /// future leaves the queue.
    pub async fn acquire(&self, priority: Priority) -> Option<PriorityPermit> {
        let receiver = {
            let mut state = self.lock();
            if state.available > 0 {
                state.available -= 1;
                return Some(PriorityPermit { semaphore: Some(self.clone()) });
            }
            let queue = match priority {
                Priority::High => &mut state.high,
                Priority::Low => &mut state.low,
            };
            if queue.len() >= QUEUE_CAPACITY {
                // Tasks that gave up are removed only when their places are needed.
                queue.retain(|sender| !sender.is_closed());
            }
            if queue.len() >= QUEUE_CAPACITY {
                return None;
            }
            let (sender, receiver) = oneshot::channel();
            queue.push_back(sender);
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
                let next = state.high.pop_front().or_else(|| state.low.pop_front());
                if next.is_none() {
                    state.available += 1;
                }
                next
            };
            let Some(next) = next else { return };
            match next.send(PriorityPermit { semaphore: Some(self.clone()) }) {
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
mod tests {
    use std::task::Poll;

    use futures_util::{FutureExt, poll};

    use super::*;

    #[tokio::test]
    async fn tasks_of_high_priority_go_first() {
        let semaphore = PrioritySemaphore::new(1);
        let running = semaphore.acquire(Priority::Low).await.unwrap();
        let mut first = semaphore.acquire(Priority::Low).boxed();
        let mut second = semaphore.acquire(Priority::Low).boxed();
        let mut high = semaphore.acquire(Priority::High).boxed();
        for waiting in [&mut first, &mut second, &mut high] {
            assert!(poll!(waiting).is_pending());
        }
        drop(running);
        assert!(poll!(&mut first).is_pending());
        let Poll::Ready(Some(running)) = poll!(&mut high) else { panic!("still waits") };
        // A task that gave up is passed over.
        drop(first);
        drop(running);
        let Poll::Ready(Some(running)) = poll!(&mut second) else { panic!("still waits") };
        drop(running);
        assert_eq!(semaphore.lock().available, 1);
    }

    #[tokio::test]
    async fn the_queue_is_bounded_and_abandoned_places_are_reused() {
        let semaphore = PrioritySemaphore::new(1);
        let running = semaphore.acquire(Priority::Low).await.unwrap();
        let mut waiting: Vec<_> =
            (0..QUEUE_CAPACITY).map(|_| semaphore.acquire(Priority::Low).boxed()).collect();
        for one in &mut waiting {
            assert!(poll!(one).is_pending());
        }
        assert!(semaphore.acquire(Priority::Low).await.is_none());
        waiting.pop();
        let mut late = semaphore.acquire(Priority::Low).boxed();
        assert!(poll!(&mut late).is_pending());
        let mut high = semaphore.acquire(Priority::High).boxed();
        assert!(poll!(&mut high).is_pending(), "each priority has a queue of its own");
        drop((waiting, late));
        drop(running);
        assert!(matches!(poll!(&mut high), Poll::Ready(Some(_))));
    }

    #[tokio::test]
    async fn a_permit_that_was_sent_to_an_abandoned_task_is_released() {
        let semaphore = PrioritySemaphore::new(1);
        let running = semaphore.acquire(Priority::Low).await.unwrap();
        let mut waiting = semaphore.acquire(Priority::Low).boxed();
        assert!(poll!(&mut waiting).is_pending());
        drop(running);
        // The permit is in the channel, and nobody receives it.
        drop(waiting);
        assert!(semaphore.acquire(Priority::Low).now_or_never().is_some());
    }
}
