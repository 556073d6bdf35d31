//! What all clients together may use of this process, and how it is shared among them.

use crate::fair_share::FairShare;

/// Bytes that one connection needs in the HTTP library: buffers, TLS, the state of requests.
const CONNECTION_BYTES: u64 = 128 << 10;

/// Bytes that one request needs while it is answered: fields, handler, one small buffer.
const REQUEST_BYTES: u64 = 16 << 10;

/// The limits; cheap to clone.
#[derive(Debug, Clone)]
pub struct ClientLimits {
    /// Connections that the HTTP library serves at once. Those that ask for media files over
    /// plain HTTP/1.1 are not among them: they cost next to nothing.
    pub hyper_connections: FairShare,
    /// Requests that the HTTP library answers at once, over all connections.
    pub requests: FairShare,
    /// Bytes of request bodies that are collected in memory.
    pub request_bytes: FairShare,
    /// Bytes of response bodies that wait for clients to read them.
    pub response_bytes: FairShare,
}

impl ClientLimits {
    /// The limits of a process that may use `memory` bytes and takes at most `connections`.
    pub fn new(memory: u64, connections: u64) -> Self {
        let library = (memory / 2 / CONNECTION_BYTES).max(64).min(connections);
        Self {
            hyper_connections: FairShare::new(library),
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
    fn the_limits_follow_the_memory() {
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
