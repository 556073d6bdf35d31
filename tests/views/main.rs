//! Views as they are watched: scripted viewers whose truth is worked out apart
//! from the server's rule, on every backend.

#![allow(clippy::unwrap_used)] // a test that cannot go on says where

mod http;
mod script;
mod thousand;
