//! Bytes of responses that the HTTP library holds until the client reads them: they count
//! against limits meanwhile.

use std::sync::Arc;

use bytes::Bytes;

use super::link::{Link, Unread};
use super::transfer::Transfer;
use crate::fair_share::Share;

/// The claims on limits that some bytes of a response have. They end when the bytes are dropped,
/// which the library does once they are written to the socket.
#[derive(Debug)]
pub struct Held {
    _share: Option<Arc<Share>>,
    transfer: Arc<Transfer>,
    _unread: Option<Unread>,
}

impl Held {
    /// Claims for bytes that answer `transfer`, which does not end before they are sent. `share`
    /// is their memory, unless it is so little that the request's own share covers it. `link` is
    /// the connection where its socket does not tell whether the client reads: the bytes are
    /// unread there.
    pub fn new(share: Option<Arc<Share>>, transfer: &Arc<Transfer>, link: Option<&Link>) -> Self {
        let _unread = link.map(Link::hand_out);
        Self { _share: share, transfer: Arc::clone(transfer), _unread }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.transfer.took_some();
    }
}

/// The same bytes, counted until the last part of them is dropped.
pub fn hold(bytes: impl AsRef<[u8]> + Send + 'static, held: Held) -> Bytes {
    Bytes::from_owner(HeldBytes { bytes, _held: held })
}

struct HeldBytes<B> {
    bytes: B,
    _held: Held,
}

impl<B: AsRef<[u8]>> AsRef<[u8]> for HeldBytes<B> {
    fn as_ref(&self) -> &[u8] {
        self.bytes.as_ref()
    }
}
