//! What leaves the site: signed links and downloads.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

mod downloads;
mod link_page;
