//! Says what the names of media files and NFO files mean.

pub mod name;
pub mod nfo;
pub mod shown;
pub mod text;
