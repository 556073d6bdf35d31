//! The GinFlix server: streams media by byte range and serves the catalogue.
//!
//! # Layout
//! - [`config`]: settings, read once; [`app`]: what handlers share
//! - [`http`]: the only part that knows warp and status codes; its table of
//!   routes is `http/routes.rs`
//! - [`delivery`]: the response to a request for a media file, as data
//! - [`net`]: connections: the accept loop, limits, deadlines, zero-copy sending;
//!   [`access_log`]: the line that each request has in the log
//! - [`catalog`]: movies, media facts, accounts over SQLite or PostgreSQL
//! - [`media`]: the volume: files and unfinished uploads
//! - [`peers`]: other streamers, and how they know each other; [`peer_address`]: where one listens
//! - [`replication`]: every streamer gets every film
//! - [`accounts`]: who may log in; sessions and API tokens
//! - [`links`]: signed links, checked without a database; [`hmac_keys`]: what signs them
//! - [`audit`]: who changed what; [`backup`]: the catalogue, to take elsewhere
//! - [`views`]: the view rule and its recorder
//! - [`network`]: which addresses are trusted proxies; [`web_origin`]: whose pages may upload
//! - [`rate_limiter`]: how often a client may do what is dear; [`client_limits`]: what all clients together
//!   may use, and [`fair_share`]: how it is shared among them; [`memory`]: how much there is
//! - [`byte_size`]: sizes in messages
//! - [`clock`]: the time; [`coarse_clock`]: a cheap one of a few milliseconds' precision
//! - [`durable`]: writes that survive a power cut; [`metrics`]: metrics for Prometheus
//! - [`log`]: one line an event, which no client can make long and nobody waits for
//! - [`space`]: whether a start failed because a file system is full
//! - [`run`]: everything put together, from settings to shutdown

pub mod access_log;
pub mod accounts;
pub mod app;
pub mod audit;
pub mod backup;
pub mod byte_size;
pub mod catalog;
pub mod client_limits;
pub mod clock;
pub mod coarse_clock;
pub mod config;
pub mod delivery;
pub mod durable;
pub mod error;
pub mod fair_share;
pub mod hmac_keys;
pub mod http;
pub mod links;
pub mod log;
pub mod media;
pub mod memory;
pub mod metrics;
pub mod net;
pub mod network;
pub mod peer_address;
pub mod peers;
pub mod rate_limiter;
pub mod replication;
pub mod run;
pub mod space;
#[cfg(test)]
pub(crate) mod test_wait;
pub mod views;
pub mod web_origin;
