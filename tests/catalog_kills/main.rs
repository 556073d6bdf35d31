//! SQLite catalogues survive a kill at every fsync of a first start and of every
//! upgrade, and those that an earlier version left half migrated are taken over.

#![allow(clippy::unwrap_used)] // a test that cannot go on says where

mod earlier;
mod every_fsync;
mod unrecorded;
