//! Errors of uploads.

use std::io;
use std::time::Duration;

use ginflix_api::media::MediaName;
use jiff::SignedDuration;
use tokio::task::JoinError;
use uuid::Uuid;

use super::registry::MediaRegistryError;
use crate::byte_size::format_bytes;
use crate::media::volume::VolumeError;

/// An upload could not be created, continued, published or discarded.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The stated length is zero.
    #[error("the file is empty")]
    EmptyFile,
    /// The stated length is more than the limit on uploads.
    #[error("the file is too large: an upload may have at most {}", format_bytes(*.limit_bytes))]
    TooLarge {
        /// The limit in bytes.
        limit_bytes: u64,
    },
    /// More content was sent than the stated length.
    #[error("the content is longer than the {} of this upload", format_bytes(*.limit_bytes))]
    TooMuchContent {
        /// The stated length in bytes.
        limit_bytes: u64,
    },
    /// There is no such upload.
    #[error("there is no upload {0}")]
    NotFound(Uuid),
    /// The upload made no progress for too long.
    #[error("upload {0} has expired; start a new one")]
    Expired(Uuid),
    /// Another request holds the lock of the upload.
    #[error("another request is writing to this upload; continue when it has ended")]
    Locked,
    /// The limit of unfinished uploads is reached.
    #[error(
        "there are {unfinished} unfinished uploads, which is the limit, and each of them expires {} \
         after its last byte",
        format_duration(*.expiry)
    )]
    TooManyUnfinished {
        /// How many there are.
        unfinished: usize,
        /// The time without progress after which one expires.
        expiry: Duration,
    },
    /// The limit of requests that send content at once is reached.
    #[error("too many uploads are sending content at once")]
    TooManyAppends {
        /// The time after which a retry may succeed.
        retry_after: Duration,
    },
    /// The content would use the reserve of the volume.
    #[error(
        "the volume is full: the upload needs {} more, but only {} are free, of which {} are kept \
         in reserve",
        format_bytes(*.needed_bytes),
        format_bytes(*.free_bytes),
        format_bytes(*.reserve_bytes)
    )]
    NoSpace {
        /// The bytes that are still to come.
        needed_bytes: u64,
        /// The free bytes, including the reserve.
        free_bytes: u64,
        /// The bytes that stay free.
        reserve_bytes: u64,
    },
    /// The name belongs to another file, which the upload may not replace.
    #[error("there is a media file {0} already; choose another name, replace it, or remove it")]
    NameTaken(MediaName),
    /// The first bytes match no known format. The upload was deleted.
    #[error(
        "{0} does not begin like a file of a known video, audio, subtitle or image format; \
         the upload was discarded"
    )]
    UnknownType(MediaName),
    /// The offset of the request is not the present length of the upload.
    #[error("this upload has {offset} bytes; continue from there, not from {requested}")]
    OffsetMismatch {
        /// The present length of the upload.
        offset: u64,
        /// The offset of the request.
        requested: u64,
    },
    /// The content of one request has a wrong checksum. It was discarded.
    #[error("the content does not have the stated checksum; it was discarded")]
    AppendChecksumMismatch,
    /// The whole file has a wrong SHA-256. The upload was deleted.
    #[error(
        "the file arrived with the SHA-256 {sha256}, not with the stated one; the upload was \
         discarded, so start a new one"
    )]
    FileChecksumMismatch {
        /// The SHA-256 of the content, 64 hexadecimal digits.
        sha256: String,
    },
    /// The media file is cut short or broken. The upload is kept until it expires.
    #[error("{name} is damaged: {why}")]
    Damaged {
        /// The media name.
        name: MediaName,
        /// What is wrong, as a sentence without its end.
        why: String,
        /// Whether the server keeps the content until the upload expires.
        is_kept: bool,
    },
    /// A request stated another SHA-256 than that of the published file.
    #[error("this upload is already published, with the SHA-256 {sha256}")]
    PublishedWithOtherChecksum {
        /// The SHA-256 of the published file, 64 hexadecimal digits.
        sha256: String,
    },
    /// Two requests stated different SHA-256 values for the whole file.
    #[error("an earlier request stated another SHA-256 for this upload")]
    ChecksumChanged,
    /// The body ended before its stated length.
    #[error("the content ended before its stated length")]
    EndedEarly,
    /// The file was removed or replaced while it was published.
    #[error("media file {0} was removed or replaced before its upload was recorded")]
    RemovedMeanwhile(MediaName),
    /// The catalogue did not record or return an entry.
    #[error(transparent)]
    Registry(#[from] MediaRegistryError),
    /// A media file could not be used.
    #[error(transparent)]
    Volume(#[from] VolumeError),
    /// A file of the upload could not be used.
    #[error("cannot use the files of the volume: {0}")]
    Io(#[from] io::Error),
    /// A task of the upload panicked or was cancelled.
    #[error(transparent)]
    Task(#[from] JoinError),
}

impl UploadError {
    /// Returns the error for a client that cannot continue its upload.
    pub fn without_upload(self) -> Self {
        match self {
            Self::Damaged { name, why, .. } => Self::Damaged { name, why, is_kept: false },
            other => other,
        }
    }
}

/// Formats a duration in whole seconds, such as `24h` or `1h 30m`.
fn format_duration(duration: Duration) -> String {
    format!(
        "{:#}",
        SignedDuration::from_secs(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX))
    )
}
