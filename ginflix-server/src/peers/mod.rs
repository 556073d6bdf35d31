//! Other streamers: where they are, and how they know each other.
//!
//! # Layout
//! - [`address`]: where a peer listens, as settings name it
//! - [`key`]: how peers prove to each other that they are peers

pub mod address;
pub mod key;
