//! What counts as a view, and how it is kept.

pub mod crawlers;
pub mod rule;
