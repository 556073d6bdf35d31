//! The reasons why a file cannot be packaged.

use ginflix_media::source::Stop;

/// The reason why a file cannot be packaged, or why an index cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The content cannot be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The file is damaged: what it states is impossible.
    #[error("the file is damaged: {0}")]
    Damaged(&'static str),
    /// The file uses something that is not packaged.
    #[error("{0}")]
    Unsupported(&'static str),
    /// The file exceeds a limit.
    #[error("the file exceeds a limit: {0}")]
    TooLarge(&'static str),
    /// The bytes are no index of this version, or they are damaged; the index must be built again.
    #[error("the sample index is not valid: {0}")]
    Index(&'static str),
    /// The bytes are no record of texts of this version, or they are damaged; the texts must be read again.
    #[error("the stored texts are not valid: {0}")]
    Texts(&'static str),
    /// There is no such rendition or segment.
    #[error("there is no such rendition or segment")]
    NotFound,
}

impl From<Stop> for Error {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Io(error) => Self::Io(error),
            Stop::End { .. } => Self::Damaged("it ends early"),
            Stop::Budget => Self::TooLarge("reading its index takes too much work"),
        }
    }
}

/// The result of packaging.
pub type Result<T> = std::result::Result<T, Error>;
