//! The reasons why subtitles cannot be read.

use crate::encoding::FILE_LIMIT_BYTES;
use crate::format::{ACCEPTED, OtherFormat};

/// The reason why a subtitle file or a sample of a subtitle track cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The file is larger than [`FILE_LIMIT_BYTES`].
    #[error(
        "the file has {0} bytes; a subtitle file may have at most {limit} MiB",
        limit = FILE_LIMIT_BYTES >> 20
    )]
    TooLarge(usize),
    /// The file is empty, or has white space only.
    #[error("the file is empty; formats that can be read: {ACCEPTED}")]
    Empty,
    /// The file has a known format that is not read.
    #[error("{0}; formats that can be read: {ACCEPTED}")]
    Unsupported(OtherFormat),
    /// The format of the file is not known.
    #[error("the format of the file is not known; formats that can be read: {ACCEPTED}")]
    UnknownFormat,
    /// The format of the file is known, but no cue could be read.
    #[error("the file has no subtitle with both a valid time and text")]
    NoCues,
    /// A sample of a subtitle track is not valid.
    #[error("a sample of the subtitle track is damaged: {0}")]
    Sample(&'static str),
}

/// The result of reading subtitles.
pub type Result<T> = std::result::Result<T, Error>;
