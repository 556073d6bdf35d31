//! Why an upload failed.

use crate::client::ClientError;
use crate::media::MediaName;

/// Why an upload failed.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The file could not be read.
    #[error("cannot {doing} the file: {source}")]
    File {
        /// What was being done.
        doing: &'static str,
        /// Why it failed.
        source: std::io::Error,
    },
    /// A folder, a pipe or the like.
    #[error("it is not a regular file")]
    NotAFile,
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// The file is not what it was when the upload started.
    #[error("the file was changed while it was being sent")]
    Changed,
    /// Other content has the name.
    #[error("other content is already there as {0}")]
    NameTaken(MediaName),
    /// No byte got through for this many seconds.
    #[error("the server took no byte for {0} seconds")]
    Stalled(u64),
    /// The server expected other bytes than those that were sent.
    #[error("the server stands at another place of the file")]
    OffsetMismatch,
    /// The server has other content than was sent.
    #[error("the server has other content than was sent: sha256 {has} instead of {sent}")]
    HashMismatch {
        /// Hash of what was sent.
        sent: String,
        /// Hash of what the server has.
        has: String,
    },
    /// The server took all and does not list it.
    #[error("the server took all bytes, yet has no {0}")]
    NotListed(MediaName),
    /// The unfinished upload is no longer on the server.
    #[error("the server no longer has the unfinished upload")]
    UploadGone,
    /// A call failed.
    #[error(transparent)]
    Client(#[from] ClientError),
}

impl UploadError {
    /// Whether going on a little later may well succeed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Stalled(_) | Self::OffsetMismatch | Self::UploadGone => true,
            Self::Client(error) => error.is_transient(),
            _ => false,
        }
    }

    pub(super) fn file(doing: &'static str, source: std::io::Error) -> Self {
        Self::File { doing, source }
    }
}
