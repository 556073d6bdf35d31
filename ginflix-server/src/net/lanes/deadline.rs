//! How long a connection waits for the other end.

use std::time::{Duration, Instant};

use super::super::patience::{HEAD, IDLE};
use crate::metrics::Cut;

/// What a connection waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// The first request's head, or one that has begun to come.
    Head,
    /// Another request.
    Request,
    /// Room for what it is sent; it took some, or not.
    Reader { moved: bool },
    /// Its turn, or the disk: that is not the other end's doing.
    Us,
}

/// Until when it does.
#[derive(Debug)]
pub struct Deadline {
    wait: Wait,
    /// `None` for ever.
    due: Option<Instant>,
}

impl Deadline {
    /// From the moment of the connection.
    pub fn new(now: Instant) -> Self {
        Self { wait: Wait::Head, due: now.checked_add(HEAD) }
    }

    /// It waits for this now; a reader may take no byte for `stall`. A head that goes
    /// on coming, and a reader who takes nothing, get no more time for that.
    pub fn wait(&mut self, wait: Wait, now: Instant, stall: Duration) {
        let limit = match wait {
            Wait::Head if self.wait == Wait::Head => return,
            Wait::Reader { moved: false } if matches!(self.wait, Wait::Reader { .. }) => return,
            Wait::Head => HEAD,
            Wait::Request => IDLE,
            Wait::Reader { .. } => stall,
            Wait::Us => Duration::MAX,
        };
        self.wait = wait;
        self.due = now.checked_add(limit);
    }

    /// Why it is to be cut, if it is.
    pub fn missed(&self, now: Instant) -> Option<Cut> {
        self.due.filter(|due| *due <= now)?;
        match self.wait {
            Wait::Head | Wait::Request => Some(Cut::NoRequest),
            Wait::Reader { .. } => Some(Cut::NotReading),
            Wait::Us => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STALL: Duration = Duration::from_secs(60);

    /// After how many seconds it is cut, told each second what it waits for.
    fn cut_after(deadline: &mut Deadline, start: Instant, wait: Wait) -> Option<(u64, Cut)> {
        (1..10_000).find_map(|second| {
            let now = start + Duration::from_secs(second);
            let cut = deadline.missed(now).map(|cut| (second, cut));
            deadline.wait(wait, now, STALL);
            cut
        })
    }

    #[test]
    fn a_head_has_its_time_however_slowly_it_drips() {
        let now = Instant::now();
        let mut deadline = Deadline::new(now);
        assert_eq!(cut_after(&mut deadline, now, Wait::Head), Some((10, Cut::NoRequest)));
        // As has a later one.
        deadline.wait(Wait::Request, now, STALL);
        deadline.wait(Wait::Head, now, STALL);
        assert_eq!(cut_after(&mut deadline, now, Wait::Head), Some((10, Cut::NoRequest)));
    }

    #[test]
    fn an_idle_connection_ends_at_last() {
        let now = Instant::now();
        let mut deadline = Deadline::new(now);
        deadline.wait(Wait::Request, now, STALL);
        assert_eq!(deadline.missed(now + IDLE - Duration::from_millis(1)), None);
        assert_eq!(deadline.missed(now + IDLE), Some(Cut::NoRequest));
    }

    #[test]
    fn who_takes_nothing_is_cut_and_who_takes_some_is_not() {
        let now = Instant::now();
        let mut deadline = Deadline::new(now);
        let still = Wait::Reader { moved: false };
        assert_eq!(cut_after(&mut deadline, now, Wait::Reader { moved: true }), None);
        deadline.wait(Wait::Reader { moved: true }, now, STALL);
        assert_eq!(cut_after(&mut deadline, now, still), Some((60, Cut::NotReading)));
        // From the first time it took nothing on.
        deadline.wait(Wait::Us, now, STALL);
        deadline.wait(still, now, STALL);
        assert_eq!(cut_after(&mut deadline, now, still), Some((60, Cut::NotReading)));
    }

    #[test]
    fn nobody_is_cut_for_what_we_do() {
        let now = Instant::now();
        let mut deadline = Deadline::new(now);
        deadline.wait(Wait::Us, now, STALL);
        assert_eq!(cut_after(&mut deadline, now, Wait::Us), None);
        // Nor where there is no limit.
        deadline.wait(Wait::Reader { moved: true }, now, Duration::MAX);
        assert_eq!(deadline.missed(now + IDLE * 100), None);
    }
}
