//! The administrators' pages: movies, and files with uploads.

pub mod media;
pub mod movie;
pub mod movies;
