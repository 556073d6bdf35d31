//! Views of scripted viewers, compared with a count that does not use the server's rule, on every
//! backend.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

mod evidence;
mod http;
mod modes;
mod script;
mod thousand;
