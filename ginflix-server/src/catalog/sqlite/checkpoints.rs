//! When the content of the write-ahead log moves into the database file.

use std::time::{Duration, Instant};

/// The limits of the write-ahead log.
#[derive(Debug, Clone, Copy)]
pub struct CheckpointLimits {
    /// The number of new pages after which a checkpoint is made.
    pub pages: u32,
    /// The number of pages from which on readers are waited for, and slow ones are cut off.
    pub max_pages: u32,
    /// The longest time for which a commit is in the log only.
    pub interval: Duration,
}

impl Default for CheckpointLimits {
    fn default() -> Self {
        Self {
            // 4 MiB, the default of SQLite: few enough to be written in some 50 ms, and many enough
            // that pages which change often are written once.
            pages: 1000,
            // 256 MiB: some 30 s of the most writes that a server can do, which is longer than a
            // backup takes unless its client is slow.
            max_pages: 64 << 10,
            // A checkpoint costs three fsyncs, so one a minute costs nothing; and copies of the
            // database file alone lack at most a minute.
            interval: Duration::from_secs(60),
        }
    }
}

/// How a checkpoint treats readers of older snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckpointMode {
    /// Copies what no reader needs, and waits for none.
    Passive,
    /// Waits for the readers, and then truncates the log.
    Truncate,
}

/// Decides when a checkpoint is due.
#[derive(Debug)]
pub struct CheckpointSchedule {
    limits: CheckpointLimits,
    /// The number of pages in the log.
    pages: u32,
    /// The same number at the last checkpoint.
    pages_before: u32,
    /// Whether the log has pages that are not in the database file.
    is_pending: bool,
    last: Instant,
}

impl CheckpointSchedule {
    /// Begins with a log that a crash may have left.
    pub fn new(limits: CheckpointLimits, now: Instant) -> Self {
        Self { limits, pages: 0, pages_before: 0, is_pending: true, last: now }
    }

    /// Records a commit, after which the log has this number of pages.
    pub fn committed(&mut self, pages: u32) {
        if pages < self.pages {
            self.pages_before = 0; // the log was begun anew
        }
        self.pages = pages;
        self.is_pending = true;
    }

    /// Records a checkpoint, complete or not.
    pub fn checkpointed(&mut self, is_complete: bool, now: Instant) {
        self.pages_before = self.pages;
        self.is_pending = !is_complete;
        self.last = now;
    }

    /// Returns the kind of checkpoint that is due now.
    pub fn due(&self, now: Instant) -> Option<CheckpointMode> {
        let CheckpointLimits { pages, max_pages, interval } = self.limits;
        let has_grown = self.pages >= self.pages_before.saturating_add(pages);
        let is_old = now.saturating_duration_since(self.last) >= interval;
        match self.is_pending && (has_grown || is_old) {
            true if self.pages >= max_pages => Some(CheckpointMode::Truncate),
            true => Some(CheckpointMode::Passive),
            false => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: CheckpointLimits =
        CheckpointLimits { pages: 10, max_pages: 40, interval: Duration::from_secs(60) };

    #[test]
    fn a_checkpoint_is_due_after_so_many_pages() {
        let now = Instant::now();
        let mut schedule = CheckpointSchedule::new(LIMITS, now);
        schedule.committed(9);
        assert_eq!(schedule.due(now), None);
        schedule.committed(10);
        assert_eq!(schedule.due(now), Some(CheckpointMode::Passive));
        schedule.checkpointed(true, now);
        assert_eq!(schedule.due(now), None);
        // A reader keeps the log from being begun anew.
        schedule.committed(19);
        assert_eq!(schedule.due(now), None);
        schedule.committed(20);
        assert_eq!(schedule.due(now), Some(CheckpointMode::Passive));
        schedule.checkpointed(false, now);
        schedule.committed(3);
        assert_eq!(schedule.due(now), None);
        schedule.committed(13);
        assert_eq!(schedule.due(now), Some(CheckpointMode::Passive));
    }

    #[test]
    fn a_log_at_its_limit_is_truncated() {
        let now = Instant::now();
        let mut schedule = CheckpointSchedule::new(LIMITS, now);
        schedule.committed(40);
        assert_eq!(schedule.due(now), Some(CheckpointMode::Truncate));
        schedule.checkpointed(false, now);
        assert_eq!(schedule.due(now), None, "not again at once");
        schedule.committed(50);
        assert_eq!(schedule.due(now), Some(CheckpointMode::Truncate));
    }

    #[test]
    fn a_checkpoint_is_due_after_the_interval_if_the_log_has_news() {
        let now = Instant::now();
        let later = now + LIMITS.interval;
        let mut schedule = CheckpointSchedule::new(LIMITS, now);
        assert_eq!(schedule.due(later), Some(CheckpointMode::Passive), "what a crash left");
        schedule.checkpointed(true, now);
        assert_eq!(schedule.due(later), None);
        schedule.committed(1);
        assert_eq!(schedule.due(later), Some(CheckpointMode::Passive));
    }
}
