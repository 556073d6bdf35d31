//! The log under attack: clients make no line long, no file large, and neither a full disk nor a
//! reader that is gone stops the server.

#![allow(clippy::unwrap_used)] // a test that cannot go on says where

mod cluster;
mod lines;
mod rotation;
mod running;
mod unwritable;
