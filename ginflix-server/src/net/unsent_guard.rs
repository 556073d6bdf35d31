//! Holds the resources of response bytes, such as their share of the memory, until hyper has
//! written the bytes to the socket.

use std::sync::Arc;

use bytes::Bytes;

use super::connection_context::{ConnectionContext, UnsentPart};
use super::request_tracker::RequestTracker;
use crate::fair_share::SharePermit;

/// The resources of some bytes of a response. hyper drops the bytes, and so this guard, once they
/// are written to the socket.
#[derive(Debug)]
pub struct UnsentGuard {
    _share: Option<Arc<SharePermit>>,
    tracker: Arc<RequestTracker>,
    _part: Option<UnsentPart>,
}

impl UnsentGuard {
    /// Creates the guard of some bytes. The request does not end before they are sent.
    ///
    /// `share` is their memory; `None` for so few bytes that the request's own share covers them.
    /// `connection` is given if its socket does not show whether the client reads (HTTP/2): the
    /// bytes are then counted there as unsent.
    pub fn new(
        share: Option<Arc<SharePermit>>,
        tracker: &Arc<RequestTracker>,
        connection: Option<&ConnectionContext>,
    ) -> Self {
        let _part = connection.map(ConnectionContext::begin_part);
        Self { _share: share, tracker: Arc::clone(tracker), _part }
    }
}

impl Drop for UnsentGuard {
    fn drop(&mut self) {
        // Either hyper has written the bytes, or the connection is over and this has no effect.
        self.tracker.set_client_read();
    }
}

/// Returns the same bytes as [`Bytes`] that hold `guard` until the last part of them is dropped.
pub fn guarded(bytes: impl AsRef<[u8]> + Send + 'static, guard: UnsentGuard) -> Bytes {
    Bytes::from_owner(GuardedBytes { bytes, _guard: guard })
}

struct GuardedBytes<B> {
    bytes: B,
    _guard: UnsentGuard,
}

impl<B: AsRef<[u8]>> AsRef<[u8]> for GuardedBytes<B> {
    fn as_ref(&self) -> &[u8] {
        self.bytes.as_ref()
    }
}
