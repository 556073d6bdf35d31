//! The GinFlix server.

pub mod config;
pub mod error;
