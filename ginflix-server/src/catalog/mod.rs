//! What movies are: the rules of the catalogue over any backend.

pub mod fold;
pub mod sqlite;
pub mod store;

mod words;
