//! The reasons why an NFO file cannot be read.

use super::{DEPTH_LIMIT, ELEMENTS_LIMIT, FILE_LIMIT_BYTES};

/// The reason why an NFO file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The file is larger than [`FILE_LIMIT_BYTES`].
    #[error(
        "the NFO file has {0} bytes; it may have at most {limit} MiB",
        limit = FILE_LIMIT_BYTES >> 20
    )]
    TooLarge(usize),
    /// The file has more than [`DEPTH_LIMIT`] elements within each other.
    #[error(
        "the NFO file has more than {DEPTH_LIMIT} elements within each other; remove the inner ones"
    )]
    TooDeep,
    /// The file has more than [`ELEMENTS_LIMIT`] elements.
    #[error("the NFO file has more than {ELEMENTS_LIMIT} elements; remove some")]
    TooManyElements,
    /// The file describes something else, such as an album.
    #[error(
        "the NFO file describes <{0}>; files with <movie>, <episodedetails> or <tvshow> can be read"
    )]
    OtherRoot(String),
    /// The file ends within an element.
    #[error("the NFO file ends before </{0}>; it was cut short, or the end tag is missing")]
    CutShort(String),
    /// The file is not XML.
    #[error(
        "the NFO file is not valid XML at byte {position}: {reason}; correct it there or remove it"
    )]
    Invalid {
        /// The offset in the text, in bytes of UTF-8.
        position: u64,
        /// What is wrong, as the parser says it.
        reason: String,
    },
}

/// The result of reading an NFO file.
pub type Result<T> = std::result::Result<T, Error>;
