//! The catalogue under faults: databases and servers that are killed while clients write, and a
//! server whose database is unavailable, comes late, or refuses connections.

#![allow(clippy::unwrap_used)] // a failed unwrap shows its line

mod clients;
mod kills;
mod refused_connections;
mod starting;
mod unavailable;
