//! Connections: accepting, deadlines, limits, and how bytes leave.
//!
//! # Layout
//! - `listen`: the queue of connections that wait to be accepted; `serve`: the accept loop and the orderly stop, of what `serving` says; `capacity`: how many at once; `pacing`:
//!   whether the kernel spreads what they get over time
//! - `tls`: certificates; `socket`: one client's socket, with `patience` for what it sends and
//!   `stall` for what it takes; `link`: what socket and requests share;
//!   `in_flight`: how many requests
//! - `lanes`: requests for media files without the HTTP library, on threads of their own, with
//!   `request_head`, `response_head` and `file_access`
//! - `request_body`, `payload`, `file_body`: what comes and what goes; `held`: response bytes
//!   that wait for the client, as limits count them
//! - `library_connections`: how many of them the HTTP library serves
//! - `http2`: time limits for its streams
//! - `transfer`: a request from start to end, for the access log

mod capacity;
mod file_access;
mod file_body;
mod held;
mod http2;
mod in_flight;
mod lanes;
mod library_connections;
mod link;
mod listen;
mod pacing;
mod patience;
mod payload;
mod request_body;
mod request_head;
mod response_head;
mod serve;
mod serving;
mod socket;
mod stall;
#[cfg(test)]
pub(crate) mod test_server;
mod tls;
mod transfer;

pub use file_access::{Access, AccessRequest, FileAccess};
pub use file_body::{BodyLimits, FileBody, FileParts};
pub use link::Link;
pub use listen::listen;
pub use pacing::Pacing;
pub use payload::{MadeBody, Payload};
pub use request_body::RequestBody;
pub use serve::serve;
pub use serving::{HttpService, Serving};
pub use tls::Tls;
pub use transfer::{Transfer, is_probe};

#[cfg(test)]
mod tests;
