//! The GinFlix server: it serves the catalogue, its API and pages, and streams media files by byte
//! range.
//!
//! # Layout
//! Start and configuration:
//! - [`run`]: assembles a server and runs it until shutdown; [`config`]: its settings
//! - [`app`]: the parts that request handlers share
//! - [`log`]: the log; [`access_log`]: its line for each request; [`metrics`]: counters and gauges for
//!   Prometheus
//!
//! Requests:
//! - [`net`]: listeners, connections, TLS, timeouts, zero-copy sending
//! - [`http`]: routes and handlers; only this module knows warp and status codes. The table of routes
//!   is in `http/routes.rs`
//! - [`delivery`]: the response to a request for a media file, as data
//! - [`error`]: errors that clients see
//!
//! Data:
//! - [`catalog`]: movies, metadata of media files and accounts, in SQLite or PostgreSQL
//! - [`media`]: the volume with its media files and unfinished uploads
//! - [`posters`]: posters, scaled as viewers get them
//! - [`accounts`]: accounts, sessions and API tokens
//! - [`audit`]: the audit log; [`backup`]: export and import of the catalogue
//! - [`views`]: playbacks, and which of them count as views; [`evidence`]: what was sent to viewers
//! - [`links`]: signed links; [`hmac_keys`]: the keys that sign them
//!
//! Other servers:
//! - [`peers`]: requests between streamers; [`peer_address`]: their addresses
//! - [`replication`]: keeps a copy of every media file on every streamer
//! - [`subtitle_sync`]: fetches the subtitles of media files from the catalogue
//!
//! Limits:
//! - [`client_limits`]: what all clients together may use; [`fair_share`]: how it is shared among
//!   them; [`memory`]: how much memory there is
//! - [`rate_limiter`]: rate limits of single clients
//!
//! Helpers:
//! - [`byte_size`]: sizes in messages
//! - [`clock`]: the current time; [`coarse_clock`]: the same, less exact and much cheaper
//! - [`locale`]: the languages of the pages
//! - [`durable`]: file writes that survive a power failure; [`space`]: detection of full file systems
//! - [`network`]: IP networks, such as those of trusted proxies; [`web_origin`]: origins of websites

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
pub mod evidence;
pub mod fair_share;
pub mod file_modes;
pub mod hmac_keys;
pub mod http;
pub mod libraries;
pub mod links;
pub mod locale;
pub mod log;
pub mod media;
pub mod memory;
pub mod metrics;
pub mod net;
pub mod network;
pub mod peer_address;
pub mod peers;
pub mod posters;
pub mod rate_limiter;
pub mod replication;
pub mod run;
pub mod space;
pub mod subtitle_sync;
#[cfg(test)]
pub(crate) mod test_wait;
pub mod views;
pub mod web_origin;
