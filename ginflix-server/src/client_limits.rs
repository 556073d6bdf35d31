//! Limits on what all clients together may use, derived from the memory of the process.

use crate::fair_share::FairShare;

/// The estimated memory of one hyper connection in bytes: buffers, TLS state, request state.
const CONNECTION_BYTES: u64 = 128 << 10;

/// The estimated memory of one request in progress in bytes: header fields, handler state, one
/// small buffer.
const REQUEST_BYTES: u64 = 16 << 10;

/// The limits that all clients share. Clones share the same counters.
#[derive(Debug, Clone)]
pub struct ClientLimits {
    /// The concurrent connections that hyper serves. Connections on an event loop, which stream
    /// media files over plain HTTP/1.1, do not count: each needs little memory.
    pub hyper_connections: FairShare,
    /// The concurrent requests that hyper serves, over all connections.
    pub requests: FairShare,
    /// The bytes of request bodies that are buffered in memory.
    pub request_bytes: FairShare,
    /// The bytes of response bodies that are buffered until clients read them.
    pub response_bytes: FairShare,
}

impl ClientLimits {
    /// Derives the limits of a process that may use `memory` bytes and accepts at most
    /// `connections` connections.
    pub fn new(memory: u64, connections: u64) -> Self {
        // The shares add up to 15/16 of the memory. The minimums let a small server still work.
        let hyper = (memory / 2 / CONNECTION_BYTES).max(64).min(connections);
        Self {
            hyper_connections: FairShare::new(hyper),
            requests: FairShare::new((memory / 4 / REQUEST_BYTES).clamp(256, 1 << 16)),
            request_bytes: FairShare::new((memory / 16).clamp(8 << 20, 256 << 20)),
            response_bytes: FairShare::new((memory / 8).clamp(16 << 20, 512 << 20)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_grow_with_the_memory() {
        let small = ClientLimits::new(256 << 20, 10_000);
        assert_eq!(small.hyper_connections.total(), 1024);
        assert_eq!(small.requests.total(), 4096);
        assert_eq!(small.request_bytes.total(), 16 << 20);
        assert_eq!(small.response_bytes.total(), 32 << 20);
        let large = ClientLimits::new(64 << 30, 10_000);
        assert_eq!(large.hyper_connections.total(), 10_000);
        assert_eq!(large.response_bytes.total(), 512 << 20);
    }
}
