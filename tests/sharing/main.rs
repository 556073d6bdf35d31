//! What viewers give to others: signed links.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

mod link_page;
