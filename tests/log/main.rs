//! The log under attack: clients cannot make lines long or files large, and neither a full disk nor
//! a pipe without a reader stops the server.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

mod cluster;
mod lines;
mod rotation;
mod running;
mod unwritable;
