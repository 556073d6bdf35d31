//! Why an upload could not be created, continued, published or discarded.

use std::io;
use std::time::Duration;

use ginflix_api::media::MediaName;
use tokio::task::JoinError;
use uuid::Uuid;

use super::register::RegisterError;
use crate::media::volume::VolumeError;

/// Why an upload could not be created, continued, published or discarded.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// A file of no bytes was announced.
    #[error("an empty file is no film")]
    EmptyFile,
    /// The announced file is larger than uploads may be.
    #[error("an upload may have at most {limit_bytes} bytes")]
    TooLarge {
        /// The largest upload, bytes.
        limit_bytes: u64,
    },
    /// More content was sent than was announced.
    #[error("this upload may have at most {limit_bytes} bytes")]
    TooMuchContent {
        /// The announced length, bytes.
        limit_bytes: u64,
    },
    /// There is no such upload.
    #[error("there is no upload {0}")]
    NotFound(Uuid),
    /// The upload made no progress for too long.
    #[error("upload {0} has expired; start it anew")]
    Expired(Uuid),
    /// Another request writes to the upload.
    #[error("another request is writing to this upload; go on when it ends")]
    Locked,
    /// Too many uploads are unfinished, or being written.
    #[error("there are too many uploads at once")]
    TooManyUploads {
        /// When another attempt may succeed.
        retry_after: Duration,
    },
    /// The content would use the volume's reserve.
    #[error(
        "{needed_bytes} more bytes do not fit: the volume has {free_bytes} free and keeps \
         {reserve_bytes} in reserve"
    )]
    NoSpace {
        /// Bytes that are still to come.
        needed_bytes: u64,
        /// Bytes that are free, with the reserve.
        free_bytes: u64,
        /// Bytes that stay free.
        reserve_bytes: u64,
    },
    /// The name belongs to another file, and the upload may not replace it.
    #[error("there is a media {0} already; choose another name, replace it, or remove it")]
    NameTaken(MediaName),
    /// The first bytes are those of no known format; the upload was discarded.
    #[error(
        "the first bytes of {0} are of no video, audio, subtitle or image format that is known \
         here; the upload was discarded"
    )]
    UnknownType(MediaName),
    /// The append does not begin where the upload ends.
    #[error("this upload has {offset} bytes; go on from there, not from {requested}")]
    OffsetMismatch {
        /// Where the upload ends.
        offset: u64,
        /// Where the append begins.
        requested: u64,
    },
    /// The content of one request does not have the checksum that was announced for it.
    #[error("what arrived does not have the checksum that was announced; it was dropped")]
    AppendChecksumMismatch,
    /// The whole file does not have the SHA-256 that was announced; the upload was discarded.
    #[error(
        "what arrived has the SHA-256 {sha256}, which is not what was announced: the upload was \
         discarded; start it anew"
    )]
    FileChecksumMismatch {
        /// SHA-256 of what arrived, 64 hexadecimal digits.
        sha256: String,
    },
    /// A SHA-256 was announced for an upload that is published and has another one.
    #[error("this upload was published already, with the SHA-256 {sha256}")]
    PublishedWithOtherChecksum {
        /// SHA-256 of the published file, 64 hexadecimal digits.
        sha256: String,
    },
    /// Two requests announced different SHA-256 values for the whole file.
    #[error("another SHA-256 was announced for this upload before")]
    ChecksumChanged,
    /// The content ended before its announced length.
    #[error("the content ended early")]
    EndedEarly,
    /// The file was removed or replaced between the end of its upload and its publication.
    #[error("media {0} was removed or replaced since this upload ended")]
    RemovedMeanwhile(MediaName),
    /// The catalogue did not record or tell of the file.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// The volume failed on a visible file.
    #[error(transparent)]
    Volume(#[from] VolumeError),
    /// The disk failed on the files of the upload.
    #[error("the volume: {0}")]
    Io(#[from] io::Error),
    /// A task of the upload panicked or was cancelled.
    #[error(transparent)]
    Task(#[from] JoinError),
}
