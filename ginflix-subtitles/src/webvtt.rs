//! WebVTT (W3C): reads and writes files, and segments of them for HLS.

mod read;
mod tags;
mod write;

pub(crate) use self::read::{has_signature, read};
pub(crate) use self::tags::parse as parse_text;
pub(crate) use self::write::append_text;
pub use self::write::{document, segment};
