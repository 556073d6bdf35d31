//! The error of a failed upload.

use crate::client::ClientError;
use crate::media::MediaName;

/// The reason why an upload failed.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The file could not be read.
    #[error("cannot {doing} the file: {source}")]
    File {
        /// The operation that failed, as a verb.
        doing: &'static str,
        /// The cause.
        source: std::io::Error,
    },
    /// The path names a folder, a pipe or the like.
    #[error("this is not a regular file")]
    NotAFile,
    /// The file is empty.
    #[error("the file is empty")]
    Empty,
    /// The file was changed after the upload started.
    #[error("the file was changed while it was being sent")]
    Changed,
    /// Another file has the name already.
    #[error("there is already another file named {0}")]
    NameTaken(MediaName),
    /// The server accepted no data, or did not respond, for this many seconds.
    #[error("the server did not accept data or respond for {0} seconds")]
    Stalled(u64),
    /// The server has another offset than the one at which data was sent.
    #[error("the server expected data from another offset of the file")]
    OffsetMismatch,
    /// The content on the server differs from what was sent.
    #[error("the file on the server differs from what was sent: its SHA-256 is {has}, not {sent}")]
    HashMismatch {
        /// The SHA-256 of the content that was sent.
        sent: String,
        /// The SHA-256 of the content that the server has.
        has: String,
    },
    /// The server accepted the whole file, but does not list it.
    #[error("the server accepted the whole file, but has no file named {0}")]
    NotListed(MediaName),
    /// The server has no unfinished upload at the location.
    #[error("the server no longer has the unfinished upload")]
    Gone,
    /// A request failed.
    #[error(transparent)]
    Client(#[from] ClientError),
}

impl UploadError {
    /// Tells whether the upload may succeed if it is resumed a little later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Stalled(_) | Self::OffsetMismatch | Self::Gone => true,
            Self::Client(error) => error.is_transient(),
            _ => false,
        }
    }

    /// Creates the error of an operation on the file, where `doing` is the verb for it.
    pub(super) fn file(doing: &'static str, source: std::io::Error) -> Self {
        Self::File { doing, source }
    }
}
