//! What leaves the site: signed links, downloads and embedded players.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

mod downloads;
mod link_page;
mod oembed;
