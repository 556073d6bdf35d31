//! What clients are told of failed uploads and of a volume that failed, in the terms of the
//! protocol: which field of the request is wrong, and how to ask for something else.

use std::io;

use ginflix_api::tus;

use crate::error::AppError;
use crate::media::upload::{MediaRegistryError, UploadError};
use crate::media::volume::VolumeError;

/// What to do about a volume without room.
const MAKE_ROOM: &str = "remove media or enlarge the volume, then go on";

impl From<UploadError> for AppError {
    fn from(error: UploadError) -> Self {
        use UploadError as E;
        match error {
            E::EmptyFile => Self::invalid("Upload-Length", error.to_string()),
            E::EndedEarly => Self::invalid("body", "ended early"),
            E::ChecksumChanged => Self::invalid(
                tus::FILE_SHA256,
                "is another than the sha256 in this upload's metadata",
            ),
            E::TooLarge { limit_bytes } => Self::TooLarge { what: "an upload", limit_bytes },
            E::TooMuchContent { limit_bytes } => {
                Self::TooLarge { what: "this upload", limit_bytes }
            }
            E::NotFound(id) => Self::NotFound(format!("upload {id}")),
            E::Expired(_) | E::RemovedMeanwhile(_) => Self::Gone(error.to_string()),
            E::Locked => Self::Locked(error.to_string()),
            E::TooManyUploads { retry_after } => Self::TooManyRequests { retry_after },
            E::NoSpace { .. } => Self::NoSpace(format!("{error}; {MAKE_ROOM}")),
            E::NameTaken(_) | E::OffsetMismatch { .. } => Self::Conflict(error.to_string()),
            E::UnknownType(_) => Self::UnsupportedType(format!(
                "{error}: to keep such a file all the same, use the command \
                 `ginflix upload --any-type` (key `anytype` of Upload-Metadata)"
            )),
            E::AppendChecksumMismatch => Self::ChecksumMismatch(
                "what arrived does not have the checksum that Upload-Checksum announced; \
                 it was dropped: send it again"
                    .to_owned(),
            ),
            E::FileChecksumMismatch { .. } | E::PublishedWithOtherChecksum { .. } => {
                Self::ChecksumMismatch(error.to_string())
            }
            E::Registry(error) => error.into(),
            E::Volume(error) => error.into(),
            E::Io(error) => of_disk(error),
            E::Task(error) => Self::internal(error),
        }
    }
}

impl From<MediaRegistryError> for AppError {
    fn from(error: MediaRegistryError) -> Self {
        match error {
            MediaRegistryError::Conflict => Self::Conflict(error.to_string()),
            MediaRegistryError::NoSpace => Self::NoSpace(error.to_string()),
            MediaRegistryError::Unavailable(why) => {
                tracing::debug!(why, "the catalogue is away");
                Self::Unavailable("the catalogue")
            }
            MediaRegistryError::Other(cause) => Self::Internal(cause),
        }
    }
}

impl From<VolumeError> for AppError {
    fn from(error: VolumeError) -> Self {
        match error {
            VolumeError::NotFound(name) => Self::NotFound(format!("media {name}")),
            VolumeError::Io(error) => of_disk(error),
        }
    }
}

/// A failure of the disk; internal where the client can do nothing about it.
fn of_disk(error: io::Error) -> AppError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            AppError::NoSpace(format!("the volume is full; {MAKE_ROOM}"))
        }
        io::ErrorKind::ReadOnlyFilesystem => AppError::Unavailable("writing to the volume"),
        _ => AppError::internal(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::reply::status_and_code;

    fn told(error: impl Into<AppError>) -> (u16, String) {
        let error = error.into();
        (status_and_code(&error).0.as_u16(), error.to_string())
    }

    fn film() -> ginflix_api::media::MediaName {
        "film.mp4".parse().unwrap()
    }

    #[test]
    fn clients_are_told_which_field_is_wrong() {
        let cases = [
            (UploadError::EmptyFile, "Upload-Length: the file is empty"),
            (UploadError::EndedEarly, "body: ended early"),
            (
                UploadError::ChecksumChanged,
                "ginflix-file-sha256: is another than the sha256 in this upload's metadata",
            ),
        ];
        for (error, message) in cases {
            assert_eq!(told(error), (400, message.to_owned()));
        }
    }

    #[test]
    fn clients_are_told_what_to_do_about_it() {
        let no_space = UploadError::NoSpace { needed_bytes: 10, free_bytes: 3, reserve_bytes: 2 };
        assert_eq!(
            told(no_space),
            (
                507,
                "the volume is full: 10 more bytes are needed, but 3 bytes are free, of which 2 are \
                 kept in reserve; \
                 remove media or enlarge the volume, then go on"
                    .to_owned()
            )
        );
        let (status, message) = told(UploadError::UnknownType(film()));
        assert_eq!(status, 415);
        let end = "the upload was discarded: to keep such a file all the same, use the command \
                   `ginflix upload --any-type` (key `anytype` of Upload-Metadata)";
        assert!(message.starts_with("film.mp4 is of no known video"), "{message}");
        assert!(message.ends_with(end), "{message}");
        let (status, message) = told(UploadError::AppendChecksumMismatch);
        assert_eq!(status, tus::STATUS_CHECKSUM_MISMATCH);
        assert!(message.contains("Upload-Checksum announced"), "{message}");
    }

    #[test]
    fn only_failures_of_the_disk_that_clients_can_act_on_are_told() {
        let of = |kind: io::ErrorKind| told(UploadError::from(io::Error::from(kind)));
        assert_eq!(of(io::ErrorKind::StorageFull).0, 507);
        assert_eq!(of(io::ErrorKind::ReadOnlyFilesystem).0, 503);
        assert_eq!(of(io::ErrorKind::PermissionDenied), (500, "internal error".to_owned()));
    }

    #[test]
    fn a_catalogue_that_is_away_is_told_without_its_reason() {
        let away = MediaRegistryError::Unavailable("no route to 10.0.0.7".to_owned());
        let message = "the catalogue is not available right now".to_owned();
        assert_eq!(told(UploadError::from(away)), (503, message));
        let full = MediaRegistryError::NoSpace;
        assert_eq!(told(full), (507, "the catalogue's disk is full".to_owned()));
    }
}
