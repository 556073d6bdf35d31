use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::Home;
use super::*;
use crate::cluster::options::ProviderName;
use crate::cluster::progress::ProgressEvent;

/// Counts the steps that were started and those that were done.
#[derive(Debug, Default, Clone)]
struct Steps(Arc<[AtomicUsize; 2]>);

impl Steps {
    fn counts(&self) -> [usize; 2] {
        [0, 1].map(|index: usize| self.0[index].load(Ordering::Relaxed))
    }
}

impl Progress for Steps {
    fn report(&self, _: ProgressEvent<'_>) {}

    fn start(&self, _: &str) -> Box<dyn ProgressStep> {
        self.0[0].fetch_add(1, Ordering::Relaxed);
        Box::new(self.clone())
    }

    fn confirm(&self, _: &str) -> Result<bool> {
        Ok(false)
    }
}

impl ProgressStep for Steps {
    fn update(&self, _: &str) {}

    fn transient(&self, _: &str) {}

    fn done(self: Box<Self>, _: &str) {
        self.0[1].fetch_add(1, Ordering::Relaxed);
    }
}

fn dir() -> (tempfile::TempDir, StateDir) {
    let root = tempfile::tempdir().unwrap();
    let dir = Home::at(root.path()).cluster("test");
    (root, dir)
}

async fn create(dir: &StateDir) -> LockedRecord {
    let lock = dir.lock(Duration::ZERO, &Steps::default()).await.unwrap();
    LockedRecord::create(dir.clone(), lock, StoredState::new(ProviderName::Local))
}

#[tokio::test]
async fn only_one_command_holds_the_lock() {
    let (_root, dir) = dir();
    let first = dir.lock(Duration::ZERO, &Steps::default()).await.unwrap();
    let second = dir.lock(Duration::ZERO, &Steps::default()).await.unwrap_err();
    assert_eq!(second.status, ExitStatus::TimedOut);
    drop(first);
    dir.lock(Duration::ZERO, &Steps::default()).await.unwrap();
}

#[tokio::test]
async fn waiting_for_the_lock_is_reported_once() {
    let (_root, dir) = dir();
    let steps = Steps::default();
    let first = dir.lock(Duration::ZERO, &steps).await.unwrap();
    assert_eq!(steps.counts(), [0, 0]);
    let second = dir.lock(Duration::from_secs(30), &steps);
    // Polled in this order, so that the lock is released while the second command waits.
    let (second, ()) = tokio::join!(second, async { drop(first) });
    second.unwrap();
    assert_eq!(steps.counts(), [1, 1]);
}

#[tokio::test]
async fn a_folder_without_a_state_is_removed_with_its_lock() {
    let (_root, dir) = dir();
    drop(create(&dir).await);
    assert!(!dir.exists().unwrap());

    let mut saved = create(&dir).await;
    assert!(saved.is_new());
    saved.save().unwrap();
    assert!(!saved.is_new());
    drop(saved);
    assert!(dir.load().unwrap().is_some());
}

/// The next holder of the lock may have created the folder again.
#[tokio::test]
async fn the_lock_file_of_another_command_is_not_removed() {
    let (_root, dir) = dir();
    let first = dir.lock(Duration::ZERO, &Steps::default()).await.unwrap();
    dir.delete().unwrap();
    let second = dir.lock(Duration::ZERO, &Steps::default()).await.unwrap();
    drop(first);
    assert!(lock_path(&dir).exists());
    drop(second);
    assert!(!dir.exists().unwrap());
}
