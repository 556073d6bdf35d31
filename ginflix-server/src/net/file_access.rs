//! Whether a client may have a media file, as the event loops ask: without waiting.

use std::net::IpAddr;

use futures_util::future::BoxFuture;

/// The parts of a request that access to a media file depends on. Not `Debug`: its fields have
/// secrets.
pub struct AccessRequest<'a> {
    /// The client's address.
    pub client: IpAddr,
    /// Path, as sent.
    pub path: &'a str,
    /// Query without `?`; empty if there is none.
    pub query: &'a str,
    /// Header fields.
    pub fields: &'a [httparse::Header<'a>],
}

/// Whether the client may have the file.
pub enum Access {
    /// It may.
    Granted,
    /// The catalogue has to be asked: the future resolves to whether the client may have the file.
    Pending(BoxFuture<'static, bool>),
    /// It may not, or not by this check. The HTTP service decides, and tells why.
    Undecided,
}

/// Checks who may have media files.
pub trait FileAccess: Send + Sync + 'static {
    /// Checks a GET or HEAD request for a media file. Must not block: it is called on the thread
    /// of an event loop.
    fn check(&self, request: &AccessRequest<'_>) -> Access;
}
