//! How long a connection may wait for its client.

use std::time::{Duration, Instant};

use super::super::request_timer::{KEEP_ALIVE_TIMEOUT, REQUEST_HEAD_TIMEOUT};
use crate::metrics::DisconnectReason;

/// What a connection waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitReason {
    /// The rest of a request's head, or the first request.
    RequestHead,
    /// Another request.
    NextRequest,
    /// Room in the socket, because the client reads more slowly than the server sends.
    ClientRead {
        /// Whether the socket took some bytes before it was full.
        made_progress: bool,
    },
    /// A turn on the event loop, the disk, or an access check. The client is not to blame.
    Server,
}

/// The time until which a connection may wait.
#[derive(Debug)]
pub struct ConnectionDeadline {
    reason: WaitReason,
    /// `None` if there is no limit.
    due: Option<Instant>,
}

impl ConnectionDeadline {
    /// Creates the deadline of a new connection, which waits for its first request.
    pub fn new(now: Instant) -> Self {
        Self { reason: WaitReason::RequestHead, due: now.checked_add(REQUEST_HEAD_TIMEOUT) }
    }

    /// Sets what the connection waits for. `stall` limits how long a client may read nothing.
    ///
    /// A request head that arrives in small parts, and a client that reads nothing, do not extend
    /// the deadline that is already set for them.
    pub fn set(&mut self, reason: WaitReason, now: Instant, stall: Duration) {
        let limit = match reason {
            WaitReason::RequestHead if self.reason == WaitReason::RequestHead => return,
            WaitReason::ClientRead { made_progress: false }
                if matches!(self.reason, WaitReason::ClientRead { .. }) =>
            {
                return;
            }
            WaitReason::RequestHead => REQUEST_HEAD_TIMEOUT,
            WaitReason::NextRequest => KEEP_ALIVE_TIMEOUT,
            WaitReason::ClientRead { .. } => stall,
            WaitReason::Server => Duration::MAX,
        };
        self.reason = reason;
        self.due = now.checked_add(limit);
    }

    /// Returns why the connection has to be closed, if the deadline has passed.
    pub fn expired(&self, now: Instant) -> Option<DisconnectReason> {
        self.due.filter(|due| *due <= now)?;
        match self.reason {
            WaitReason::RequestHead | WaitReason::NextRequest => Some(DisconnectReason::NoRequest),
            WaitReason::ClientRead { .. } => Some(DisconnectReason::NotReading),
            WaitReason::Server => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STALL_TIMEOUT: Duration = Duration::from_secs(60);

    /// Returns the second in which the deadline expires, and why, if `reason` is set again every
    /// second until then.
    fn expires_after(
        deadline: &mut ConnectionDeadline,
        start: Instant,
        reason: WaitReason,
    ) -> Option<(u64, DisconnectReason)> {
        (1..10_000).find_map(|second| {
            let now = start + Duration::from_secs(second);
            let expired = deadline.expired(now).map(|why| (second, why));
            deadline.set(reason, now, STALL_TIMEOUT);
            expired
        })
    }

    #[test]
    fn a_request_head_has_a_limit_however_slowly_it_arrives() {
        let now = Instant::now();
        let in_ten_seconds = Some((10, DisconnectReason::NoRequest));
        let mut deadline = ConnectionDeadline::new(now);
        assert_eq!(expires_after(&mut deadline, now, WaitReason::RequestHead), in_ten_seconds);
        // So has a later one.
        deadline.set(WaitReason::NextRequest, now, STALL_TIMEOUT);
        deadline.set(WaitReason::RequestHead, now, STALL_TIMEOUT);
        assert_eq!(expires_after(&mut deadline, now, WaitReason::RequestHead), in_ten_seconds);
    }

    #[test]
    fn an_idle_connection_expires() {
        let now = Instant::now();
        let mut deadline = ConnectionDeadline::new(now);
        deadline.set(WaitReason::NextRequest, now, STALL_TIMEOUT);
        assert_eq!(deadline.expired(now + KEEP_ALIVE_TIMEOUT - Duration::from_millis(1)), None);
        let expired = deadline.expired(now + KEEP_ALIVE_TIMEOUT);
        assert_eq!(expired, Some(DisconnectReason::NoRequest));
    }

    #[test]
    fn a_client_that_reads_nothing_expires_and_one_that_reads_slowly_does_not() {
        let now = Instant::now();
        let mut deadline = ConnectionDeadline::new(now);
        let reads = WaitReason::ClientRead { made_progress: true };
        let stalls = WaitReason::ClientRead { made_progress: false };
        let in_a_minute = Some((60, DisconnectReason::NotReading));
        assert_eq!(expires_after(&mut deadline, now, reads), None);
        deadline.set(reads, now, STALL_TIMEOUT);
        assert_eq!(expires_after(&mut deadline, now, stalls), in_a_minute);
        // The limit counts from the first write that the socket did not take.
        deadline.set(WaitReason::Server, now, STALL_TIMEOUT);
        deadline.set(stalls, now, STALL_TIMEOUT);
        assert_eq!(expires_after(&mut deadline, now, stalls), in_a_minute);
    }

    #[test]
    fn a_connection_that_waits_for_the_server_does_not_expire() {
        let now = Instant::now();
        let mut deadline = ConnectionDeadline::new(now);
        deadline.set(WaitReason::Server, now, STALL_TIMEOUT);
        assert_eq!(expires_after(&mut deadline, now, WaitReason::Server), None);
        // Nor does one without a limit.
        deadline.set(WaitReason::ClientRead { made_progress: true }, now, Duration::MAX);
        assert_eq!(deadline.expired(now + KEEP_ALIVE_TIMEOUT * 100), None);
    }
}
