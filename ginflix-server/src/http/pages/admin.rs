//! The pages for administrators: movies, and files with uploads.

pub mod media;
pub mod movie;
pub mod movies;
