//! Connections: accepting, limits, deadlines, and the two ways that responses are sent.
//!
//! Media files over plain HTTP/1.1 are sent by event loops (the fast path). Everything else is
//! served by hyper: TLS, HTTP/2, all other paths, and refusals.
//!
//! # Layout
//! - `listen`: the listening socket; `pacing`: its congestion control; `serve`: the accept loop and
//!   the graceful shutdown, with the `server_context`
//! - `connection_limiter`: how many connections there may be; `in_flight`: counts requests;
//!   `log_throttle`: few lines about many refusals
//! - `event_loops`: the fast path, with `request_head`, `response_head` and `file_access`
//! - `hyper_server`: connections that hyper serves; `hyper_connections`: how many there may be
//! - `tls`: certificates; `http2`: time limits of its streams
//! - `socket`: the socket under hyper, with `request_timer` and `stall_timer`;
//!   `connection_context`: what it shares with the requests
//! - `request_body`, `response_body`, `file_body`: bodies; `unsent_guard`: holds the resources of
//!   response bytes until they are written to the socket
//! - `request_tracker`: one request from start to end, for the metrics and the access log

mod connection_context;
mod connection_limiter;
mod event_loops;
mod file_access;
mod file_body;
mod http2;
mod hyper_connections;
mod hyper_server;
mod in_flight;
mod listen;
mod log_throttle;
mod pacing;
mod request_body;
mod request_head;
mod request_timer;
mod request_tracker;
mod response_body;
mod response_head;
mod serve;
mod server_context;
mod socket;
mod stall_timer;
#[cfg(test)]
pub(crate) mod test_server;
mod tls;
mod unsent_guard;

pub use connection_context::ConnectionContext;
pub use file_access::{AccessDecision, AccessRequest, FileAccess};
pub use file_body::{BodyLimits, FileBody, FileSegments};
pub use listen::listen;
pub use pacing::Pacing;
pub use request_body::RequestBody;
pub use request_tracker::RequestTracker;
pub use response_body::{HandlerBody, ResponseBody};
pub use serve::serve;
pub use server_context::{HttpService, ServerContext};
pub use tls::Tls;

#[cfg(test)]
mod tests;
