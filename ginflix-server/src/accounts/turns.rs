//! The queue for hashing passwords: it is bounded, and a few have their turn at a time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// Clients that may wait in each class; more are refused at once.
const QUEUE_CAPACITY: usize = 64;

/// Which clients go first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// A client that has shown the right password of this account lately, or an administrator
    /// who sets one. Waits for nobody but others of its kind.
    Known,
    /// Anybody else.
    Stranger,
}

/// The queue; cheap to clone.
#[derive(Debug, Clone)]
pub struct Turns(Arc<Mutex<Queue>>);

#[derive(Debug)]
struct Queue {
    free: usize,
    known: VecDeque<oneshot::Sender<Turn>>,
    strangers: VecDeque<oneshot::Sender<Turn>>,
}

/// The right to hash one password, until dropped.
#[derive(Debug)]
pub struct Turn {
    /// `None` once it is passed on.
    queue: Option<Turns>,
}

impl Turns {
    /// At most `at_once` turns at the same time.
    pub fn new(at_once: usize) -> Self {
        let (known, strangers) = Default::default();
        Self(Arc::new(Mutex::new(Queue { free: at_once, known, strangers })))
    }

    /// Waits for a turn. `None` if too many wait already. Dropping the future gives the place
    /// in the queue up.
    pub async fn take(&self, priority: Priority) -> Option<Turn> {
        let waiting = {
            let mut queue = self.queue();
            if queue.free > 0 {
                queue.free -= 1;
                return Some(Turn { queue: Some(self.clone()) });
            }
            let line = match priority {
                Priority::Known => &mut queue.known,
                Priority::Stranger => &mut queue.strangers,
            };
            if line.len() >= QUEUE_CAPACITY {
                // Clients that have given up leave their place only now.
                line.retain(|waiting| !waiting.is_closed());
            }
            if line.len() >= QUEUE_CAPACITY {
                return None;
            }
            let (sender, waiting) = oneshot::channel();
            line.push_back(sender);
            waiting
        };
        waiting.await.ok()
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a turn that has ended to the next that still waits.
    fn pass_on(self) {
        loop {
            let next = {
                let mut queue = self.queue();
                let next = queue.known.pop_front().or_else(|| queue.strangers.pop_front());
                if next.is_none() {
                    queue.free += 1;
                }
                next
            };
            let Some(next) = next else { return };
            match next.send(Turn { queue: Some(self.clone()) }) {
                Ok(()) => return,
                // It has given up. The turn that comes back must not be passed on twice.
                Err(mut refused) => refused.queue = None,
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(queue) = self.queue.take() {
            queue.pass_on();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use futures_util::{FutureExt, poll};

    use super::*;

    #[tokio::test]
    async fn known_clients_go_before_strangers() {
        let turns = Turns::new(1);
        let running = turns.take(Priority::Stranger).await.unwrap();
        let mut first = turns.take(Priority::Stranger).boxed();
        let mut second = turns.take(Priority::Stranger).boxed();
        let mut known = turns.take(Priority::Known).boxed();
        for waiting in [&mut first, &mut second, &mut known] {
            assert!(poll!(waiting).is_pending());
        }
        drop(running);
        assert!(poll!(&mut first).is_pending());
        let Poll::Ready(Some(running)) = poll!(&mut known) else { panic!("still waits") };
        // A client that has gone is passed over.
        drop(first);
        drop(running);
        let Poll::Ready(Some(running)) = poll!(&mut second) else { panic!("still waits") };
        drop(running);
        assert_eq!(turns.queue().free, 1);
    }

    #[tokio::test]
    async fn the_queue_is_bounded_and_places_given_up_are_free() {
        let turns = Turns::new(1);
        let running = turns.take(Priority::Stranger).await.unwrap();
        let mut waiting: Vec<_> =
            (0..QUEUE_CAPACITY).map(|_| turns.take(Priority::Stranger).boxed()).collect();
        for one in &mut waiting {
            assert!(poll!(one).is_pending());
        }
        assert!(turns.take(Priority::Stranger).await.is_none());
        waiting.pop();
        let mut late = turns.take(Priority::Stranger).boxed();
        assert!(poll!(&mut late).is_pending());
        let mut known = turns.take(Priority::Known).boxed();
        assert!(poll!(&mut known).is_pending(), "strangers take no place of known clients");
        drop((waiting, late));
        drop(running);
        assert!(matches!(poll!(&mut known), Poll::Ready(Some(_))));
    }

    #[tokio::test]
    async fn a_turn_whose_client_leaves_with_it_goes_on() {
        let turns = Turns::new(1);
        let running = turns.take(Priority::Stranger).await.unwrap();
        let mut waiting = turns.take(Priority::Stranger).boxed();
        assert!(poll!(&mut waiting).is_pending());
        drop(running);
        // The turn is in the channel, and nobody takes it out.
        drop(waiting);
        assert!(turns.take(Priority::Stranger).now_or_never().is_some());
    }
}
