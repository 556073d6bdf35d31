//! The task that scans each library when that is due.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::Duration;

use ginflix_api::library::LibraryState;
use tokio::time::Instant;
use uuid::Uuid;

use super::Libraries;
use super::scan::{ScanError, ScanResult};
use super::watch::Watch;
use crate::catalog::store::{LibraryRecord, StoreError};

/// The time without a change after which a library is scanned.
const QUIET_DELAY: Duration = Duration::from_millis(500);
/// The longest time between a change and the scan.
const MAX_DELAY: Duration = Duration::from_secs(3);
/// The time until the next scan if a file may still be written to.
const UNSETTLED_DELAY: Duration = Duration::from_secs(1);
/// The time until the next look at a folder that cannot be read, or after another failure.
const RETRY_DELAY: Duration = Duration::from_secs(3);
/// The time between two scans without a report of a change, because not every file system reports changes.
const RESCAN_INTERVAL: Duration = Duration::from_secs(600);
/// The same if the system reports no changes of this folder.
const UNWATCHED_INTERVAL: Duration = Duration::from_secs(60);

/// When a library is scanned next.
struct Schedule {
    /// The time of the next scan if nothing changes.
    planned: Instant,
    /// The first and the last change since the last scan.
    changes: Option<(Instant, Instant)>,
    watch: Option<Watch>,
    /// Whether the log says that the folder cannot be watched.
    is_unwatched_logged: bool,
    /// The last failure, which the log has.
    failure: Option<String>,
}

impl Schedule {
    fn new() -> Self {
        Self {
            planned: Instant::now(),
            changes: None,
            watch: None,
            is_unwatched_logged: false,
            failure: None,
        }
    }

    fn note_change(&mut self, now: Instant) {
        let first = self.changes.map_or(now, |(first, _)| first);
        self.changes = Some((first, now));
    }

    /// Returns the time of the next scan: it waits for the end of several changes in a row, but not for long.
    fn due(&self) -> Instant {
        let after_changes =
            self.changes.map(|(first, last)| (first + MAX_DELAY).min(last + QUIET_DELAY));
        after_changes.map_or(self.planned, |due| due.min(self.planned))
    }
}

impl Libraries {
    /// Scans the libraries when that is due, until the future is dropped.
    pub async fn run(self) {
        let mut schedules: HashMap<Uuid, Schedule> = HashMap::new();
        let mut has_failed = false;
        loop {
            let next = match self.look(&mut schedules).await {
                Ok(next) => {
                    has_failed = false;
                    next
                }
                Err(error) => {
                    if !std::mem::replace(&mut has_failed, true) {
                        tracing::warn!(%error, "cannot read the libraries; trying again");
                    }
                    Instant::now() + RETRY_DELAY
                }
            };
            tokio::select! {
                () = tokio::time::sleep_until(next) => {}
                () = self.0.requests.wait() => {}
            }
        }
    }

    /// Scans the libraries that are due. Returns when the next one is.
    async fn look(&self, schedules: &mut HashMap<Uuid, Schedule>) -> Result<Instant, StoreError> {
        let libraries = self.0.store.libraries().await?;
        let ids: HashSet<Uuid> = libraries.iter().map(|library| library.id).collect();
        schedules.retain(|id, _| ids.contains(id));
        let (requested, changed) = self.0.requests.take();
        for library in &libraries {
            let is_new = !schedules.contains_key(&library.id);
            let schedule = schedules.entry(library.id).or_insert_with(Schedule::new);
            if is_new {
                self.serve_known(library).await;
            }
            let now = Instant::now();
            if requested.contains(&library.id) {
                schedule.planned = now;
            } else if changed.contains(&library.id) {
                schedule.note_change(now);
            }
            if schedule.due() <= now {
                self.scan(library, schedule).await;
            }
        }
        let far = Instant::now() + RESCAN_INTERVAL;
        Ok(schedules.values().map(Schedule::due).min().unwrap_or(far))
    }

    async fn serve_known(&self, library: &LibraryRecord) {
        if let Err(error) = self.0.serve_known(library).await {
            // The scan that follows says so too.
            tracing::debug!(library = library.path, %error, "cannot serve the files of a library");
        }
    }

    async fn scan(&self, library: &LibraryRecord, schedule: &mut Schedule) {
        self.watch(library, schedule);
        schedule.changes = None;
        let scanned = self.0.scan(library).await;
        let interval = if schedule.watch.is_some() { RESCAN_INTERVAL } else { UNWATCHED_INTERVAL };
        let delay = match &scanned {
            Ok(ScanResult { is_unsettled: true, .. }) => UNSETTLED_DELAY,
            Ok(_) => interval,
            Err(_) => RETRY_DELAY,
        };
        schedule.planned = Instant::now() + delay;
        let failure = scanned.as_ref().err().map(ScanError::to_string);
        match (&failure, &schedule.failure) {
            (Some(why), before) if before.as_ref() != Some(why) => {
                tracing::warn!(library = library.path, why, "cannot scan a library; trying again");
            }
            (None, Some(_)) => tracing::info!(library = library.path, "a library is there again"),
            _ => {}
        }
        schedule.failure = failure.clone();
        let mut statuses = self.0.statuses.lock();
        let status = statuses.entry(library.id).or_default();
        match scanned {
            // What is left is taken up by the next scan, which is soon.
            Ok(ScanResult { is_unsettled: true, .. }) => status.scan = None,
            Ok(result) => status.finish(LibraryState::Ready, None, result.left_out),
            Err(error) => {
                let state = error.state().unwrap_or(LibraryState::Unavailable);
                status.finish(state, failure, Vec::new());
            }
        }
    }

    /// Watches the folder, unless it is watched. Done before a scan, so that no change is missed.
    fn watch(&self, library: &LibraryRecord, schedule: &mut Schedule) {
        let path = Path::new(&library.path);
        if schedule.watch.as_ref().is_some_and(|watch| watch.is_current(path)) {
            return;
        }
        schedule.watch = match Watch::start(library.id, path, &self.0.requests) {
            Ok(watch) => Some(watch),
            Err(error) => {
                if path.is_dir() && !std::mem::replace(&mut schedule.is_unwatched_logged, true) {
                    tracing::warn!(
                        library = library.path,
                        %error,
                        "changes in a library are not reported, so it is scanned every minute; if it has very many folders, \
                         raise the limit with sysctl fs.inotify.max_user_watches"
                    );
                }
                None
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_scan_waits_for_the_end_of_changes_but_not_for_long() {
        let start = Instant::now();
        let mut schedule = Schedule { planned: start + RESCAN_INTERVAL, ..Schedule::new() };
        assert_eq!(schedule.due(), start + RESCAN_INTERVAL);
        schedule.note_change(start);
        assert_eq!(schedule.due(), start + QUIET_DELAY);
        schedule.note_change(start + QUIET_DELAY / 2);
        assert_eq!(schedule.due(), start + QUIET_DELAY / 2 + QUIET_DELAY);
        schedule.note_change(start + MAX_DELAY - QUIET_DELAY / 4);
        assert_eq!(schedule.due(), start + MAX_DELAY, "changes without an end");
        schedule.planned = start;
        assert_eq!(schedule.due(), start);
    }
}
