//! The interface through which the event loops check access to media files, without blocking.

use std::net::IpAddr;

use futures_util::future::BoxFuture;

/// The parts of a request that access to a media file depends on. Does not implement `Debug`,
/// because header fields hold secrets.
pub struct AccessRequest<'a> {
    /// The client's address.
    pub client: IpAddr,
    /// Whether the client uses TLS, which a trusted proxy ends.
    pub is_secure: bool,
    /// The path, as sent.
    pub path: &'a str,
    /// The query without `?`; empty if there is none.
    pub query: &'a str,
    /// The header fields.
    pub fields: &'a [httparse::Header<'a>],
}

/// The result of an access check.
pub enum AccessDecision {
    /// The client may have the file.
    Granted,
    /// The catalogue has to be queried: the future resolves to whether the client may have the
    /// file.
    Pending(BoxFuture<'static, bool>),
    /// Access is denied, or this check cannot decide. The HTTP service decides and responds.
    Undecided,
}

/// Checks access to media files.
pub trait FileAccess: Send + Sync + 'static {
    /// Checks a GET or HEAD request for a media file. Must not block, because it is called on the
    /// thread of an event loop.
    fn check(&self, request: &AccessRequest<'_>) -> AccessDecision;

    /// Returns the query, with its question mark, that each URI of a playlist gets so that the client may follow it; empty
    /// if it needs none. Must not block.
    fn uri_suffix(&self, path: &str, query: &str) -> String;
}
