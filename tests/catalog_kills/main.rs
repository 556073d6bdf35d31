//! SQLite catalogues survive a kill at every fsync of a first start and of every migration. An
//! incomplete history that an earlier version left is repaired.

#![allow(clippy::unwrap_used)] // a failed unwrap shows its line

mod earlier;
mod every_fsync;
mod unrecorded;
