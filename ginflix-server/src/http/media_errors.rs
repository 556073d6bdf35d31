//! Maps errors of uploads and of the volume to errors for clients, which name the wrong field of
//! the request and what to do next.

use std::io;
use std::time::Duration;

use ginflix_api::tus;

use crate::error::{AppError, CATALOG_DISK_FULL, NO_CATALOG};
use crate::media::packages::PackageError;
use crate::media::upload::{MediaRegistryError, UploadError};
use crate::media::volume::VolumeError;

/// The advice for a full volume.
const MAKE_ROOM: &str = "remove media or enlarge the volume, then continue";

/// The advice for too many unfinished uploads.
const FREE_AN_UPLOAD: &str =
    "continue some of them, or discard them with `ginflix upload --discard FILE`, then repeat";

/// What becomes of a damaged file that is complete on the server.
const KEPT: &str =
    "the server keeps the upload until it expires, and publishes it if you accept the damage";

/// What became of a damaged file that arrived in one request.
const NOT_KEPT: &str = "nothing of it was kept";

/// The time after which a client may retry when there are too many unfinished uploads.
const UNFINISHED_UPLOADS_RETRY_DELAY: Duration = Duration::from_secs(60);

impl From<UploadError> for AppError {
    fn from(error: UploadError) -> Self {
        use UploadError as E;
        match error {
            E::EmptyFile => Self::invalid("Upload-Length", error.to_string()),
            E::EndedEarly => Self::invalid("body", "ended early"),
            E::ChecksumChanged => {
                Self::invalid(tus::FILE_SHA256, "differs from the sha256 in this upload's metadata")
            }
            E::TooLarge { .. } | E::TooMuchContent { .. } => Self::TooLarge(error.to_string()),
            E::NotFound(id) => Self::NotFound(format!("upload {id}")),
            E::Expired(_) | E::RemovedMeanwhile(_) => Self::Gone(error.to_string()),
            E::Locked => Self::Locked(error.to_string()),
            E::TooManyUnfinished { .. } => Self::TooManyUploads {
                message: format!("{error}; {FREE_AN_UPLOAD}"),
                retry_after: UNFINISHED_UPLOADS_RETRY_DELAY,
            },
            E::TooManyAppends { retry_after } => Self::TooManyRequests {
                why: "as many uploads as possible are sending content right now",
                retry_after,
            },
            E::NoSpace { .. } => Self::NoSpace(format!("{error}; {MAKE_ROOM}")),
            E::NameTaken(_) | E::OffsetMismatch { .. } => Self::Conflict(error.to_string()),
            E::UnknownType(_) => Self::UnsupportedType(format!(
                "{error}; the command line can upload files of any type, see `ginflix help upload`"
            )),
            E::Damaged { is_kept: true, .. } => Self::Damaged(format!("{error}; {KEPT}")),
            E::Damaged { .. } => Self::Damaged(format!("{error}; {NOT_KEPT}")),
            E::AppendChecksumMismatch => Self::ChecksumMismatch(
                "the received bytes do not have the announced checksum and were discarded; send \
                 them again"
                    .to_owned(),
            ),
            E::FileChecksumMismatch { .. } | E::PublishedWithOtherChecksum { .. } => {
                Self::ChecksumMismatch(error.to_string())
            }
            E::Registry(error) => error.into(),
            E::Volume(error) => error.into(),
            E::Io(error) => from_disk(error),
            E::Task(error) => Self::internal(error),
        }
    }
}

impl From<MediaRegistryError> for AppError {
    fn from(error: MediaRegistryError) -> Self {
        match error {
            MediaRegistryError::Conflict => Self::Conflict(error.to_string()),
            MediaRegistryError::NoSpace => Self::NoSpace(CATALOG_DISK_FULL.to_owned()),
            MediaRegistryError::Unavailable(why) => {
                tracing::debug!(why, "the catalogue is unavailable");
                Self::Unavailable(NO_CATALOG)
            }
            MediaRegistryError::Other(cause) => Self::Internal(cause),
        }
    }
}

impl From<VolumeError> for AppError {
    fn from(error: VolumeError) -> Self {
        match error {
            VolumeError::NotFound(name) => Self::NotFound(format!("media {name}")),
            VolumeError::Unreadable(_) => Self::Unavailable(
                "the server cannot read this media file; its administrators see the reason in the \
                 list of media files",
            ),
            VolumeError::Io(error) => from_disk(error),
        }
    }
}

impl From<PackageError> for AppError {
    fn from(error: PackageError) -> Self {
        match error {
            PackageError::Unsupported(reason) => {
                Self::NotFound(format!("HLS of this media file: {reason}"))
            }
            PackageError::NotReady | PackageError::NotInMemory | PackageError::Damaged => {
                Self::Unavailable(
                    "the file is being indexed for playback by HLS; repeat the request in a moment",
                )
            }
            PackageError::NotFound => Self::NotFound("such rendition or segment".to_owned()),
            PackageError::OtherRevision => Self::Gone(error.to_string()),
            PackageError::Io(cause) => Self::internal(cause),
        }
    }
}

/// Maps a failure of the disk; it is internal if the client can do nothing about it.
fn from_disk(error: io::Error) -> AppError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            AppError::NoSpace(format!("the volume is full; {MAKE_ROOM}"))
        }
        io::ErrorKind::ReadOnlyFilesystem => AppError::Unavailable(
            "the volume is read-only; mount it for writing, then repeat the request",
        ),
        _ => AppError::internal(error),
    }
}

#[cfg(test)]
mod tests;
