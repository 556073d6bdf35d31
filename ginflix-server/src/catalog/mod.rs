//! What movies are: the rules of the catalogue over any backend.

pub mod store;
