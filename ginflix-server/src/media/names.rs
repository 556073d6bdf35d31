//! One at a time gives, takes or changes what a name stands for: an upload
//! that ends, a film that a peer sent, a removal.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use ginflix_api::media::MediaName;
use tokio::sync::OwnedMutexGuard;

/// Names that are looked through for those that nobody holds any more.
const SWEEP_AT: usize = 256;

/// Who holds which name.
#[derive(Debug, Default)]
pub struct Names {
    held: Mutex<HashMap<MediaName, Weak<tokio::sync::Mutex<()>>>>,
    claimed: Mutex<HashSet<MediaName>>,
}

impl Names {
    /// Waits for a name, and holds it until the guard is dropped.
    pub async fn hold(&self, name: &MediaName) -> OwnedMutexGuard<()> {
        let lock = {
            let mut held = lock(&self.held);
            if held.len() >= SWEEP_AT {
                held.retain(|_, lock| lock.strong_count() > 0);
            }
            let known = held.get(name).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let new = Arc::default();
                held.insert(name.clone(), Arc::downgrade(&new));
                new
            })
        };
        lock.lock_owned().await
    }

    /// An upload is about to stand under this name, also while the catalogue
    /// does not know it yet: until then nobody else decides about it.
    pub fn claim(&self, name: &MediaName) {
        lock(&self.claimed).insert(name.clone());
    }

    /// The upload is recorded, or given up.
    pub fn release(&self, name: &MediaName) {
        lock(&self.claimed).remove(name);
    }

    /// All names that are claimed.
    pub fn claimed(&self) -> HashSet<MediaName> {
        lock(&self.claimed).clone()
    }

    /// Whether a name is claimed.
    pub fn is_claimed(&self, name: &MediaName) -> bool {
        lock(&self.claimed).contains(name)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_is_held_by_one_at_a_time() {
        let (names, film) = (Names::default(), "film.mp4".parse().unwrap());
        let first = names.hold(&film).await;
        let mut second = std::pin::pin!(names.hold(&film));
        assert!(futures_util::poll!(second.as_mut()).is_pending());
        names.hold(&"other.mp4".parse().unwrap()).await;
        drop(first);
        second.await;
    }

    #[tokio::test]
    async fn names_that_nobody_holds_are_forgotten() {
        let names = Names::default();
        for n in 0..3 * SWEEP_AT {
            names.hold(&format!("{n}.mp4").parse().unwrap()).await;
        }
        assert!(lock(&names.held).len() <= SWEEP_AT);
    }
}
