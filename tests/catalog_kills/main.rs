//! SQLite catalogues survive a kill at every fsync of a first start and of every
//! upgrade.

#![allow(clippy::unwrap_used)] // a test that cannot go on says where

mod earlier;
mod every_fsync;
