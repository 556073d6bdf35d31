//! The catalogue under fire: databases and servers killed while clients write,
//! and what a server does while its database is away.

#![allow(clippy::unwrap_used)] // a test that cannot go on says where

mod away;
mod clients;
mod kills;
