//! Locks on media names, which serialize the operations that change what a name refers to: the end
//! of an upload, the end of a pull, a removal.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Weak};

use ginflix_api::media::MediaName;
use parking_lot::Mutex;
use tokio::sync::OwnedMutexGuard;

/// The number of locks at which the locks without a holder are dropped.
const SWEEP_THRESHOLD: usize = 256;

/// The locks and claims of media names.
#[derive(Debug, Default)]
pub struct NameLocks {
    locks: Mutex<HashMap<MediaName, Weak<tokio::sync::Mutex<()>>>>,
    claimed: Mutex<HashSet<MediaName>>,
}

impl NameLocks {
    /// Waits for the lock of a name. The guard releases it when dropped.
    pub async fn lock(&self, name: &MediaName) -> OwnedMutexGuard<()> {
        let lock = {
            let mut locks = self.locks.lock();
            if locks.len() >= SWEEP_THRESHOLD {
                locks.retain(|_, lock| lock.strong_count() > 0);
            }
            let existing = locks.get(name).and_then(Weak::upgrade);
            existing.unwrap_or_else(|| {
                let new = Arc::default();
                locks.insert(name.clone(), Arc::downgrade(&new));
                new
            })
        };
        lock.lock_owned().await
    }

    /// Claims a name for an upload that is about to be published. Replication ignores a claimed
    /// name until the catalogue has recorded the upload. Unlike a lock, a claim outlasts a request
    /// that fails because the catalogue is unavailable.
    pub fn claim(&self, name: &MediaName) {
        self.claimed.lock().insert(name.clone());
    }

    /// Releases the claim of a name, when the upload is recorded or discarded.
    pub fn release(&self, name: &MediaName) {
        self.claimed.lock().remove(name);
    }

    /// Returns all claimed names.
    pub fn claimed(&self) -> HashSet<MediaName> {
        self.claimed.lock().clone()
    }

    /// Returns whether a name is claimed.
    pub fn is_claimed(&self, name: &MediaName) -> bool {
        self.claimed.lock().contains(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_has_one_holder_at_a_time() {
        let (locks, name) = (NameLocks::default(), "film.mp4".parse().unwrap());
        let first = locks.lock(&name).await;
        let mut second = std::pin::pin!(locks.lock(&name));
        assert!(futures_util::poll!(second.as_mut()).is_pending());
        locks.lock(&"other.mp4".parse().unwrap()).await;
        drop(first);
        second.await;
    }

    #[tokio::test]
    async fn locks_without_a_holder_are_dropped() {
        let locks = NameLocks::default();
        for n in 0..3 * SWEEP_THRESHOLD {
            locks.lock(&format!("{n}.mp4").parse().unwrap()).await;
        }
        assert!(locks.locks.lock().len() <= SWEEP_THRESHOLD);
    }
}
