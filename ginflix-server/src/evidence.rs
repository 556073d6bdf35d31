//! Evidence of views: what this process sent to which client of which media file.
//!
//! A view counts only if streamers sent enough to its client (`views/judgement.rs`). Every response
//! below `/stream/NAME` counts for the media file `NAME`: the file itself, and its HLS playlists and
//! segments.
//!
//! # Layout
//! - [`deliveries`]: the table in memory, to which each response adds what it sends; [`buckets`]:
//!   the amounts of one client and file by time
//! - [`reporter`]: writes the table into the catalogue; [`client_hasher`]: hides the addresses there

pub mod buckets;
pub mod client_hasher;
pub mod deliveries;
pub mod reporter;

pub use client_hasher::ClientHasher;
pub use deliveries::{Deliveries, Delivery};
pub use reporter::Reporter;
