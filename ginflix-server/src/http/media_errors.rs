//! Maps errors of uploads and of the volume to errors for clients, which name the wrong field of
//! the request and what to do next.

use std::io;

use ginflix_api::tus;

use crate::error::AppError;
use crate::media::upload::{MediaRegistryError, UploadError};
use crate::media::volume::VolumeError;

/// The advice for a full volume.
const MAKE_ROOM: &str = "remove media or enlarge the volume, then continue";

impl From<UploadError> for AppError {
    fn from(error: UploadError) -> Self {
        use UploadError as E;
        match error {
            E::EmptyFile => Self::invalid("Upload-Length", error.to_string()),
            E::EndedEarly => Self::invalid("body", "ended early"),
            E::ChecksumChanged => {
                Self::invalid(tus::FILE_SHA256, "differs from the sha256 in this upload's metadata")
            }
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
                "{error}; the command line can upload files of any type, see `ginflix help upload`"
            )),
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
            MediaRegistryError::NoSpace => Self::NoSpace(error.to_string()),
            MediaRegistryError::Unavailable(why) => {
                tracing::debug!(why, "the catalogue is unavailable");
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
            VolumeError::Io(error) => from_disk(error),
        }
    }
}

/// Maps a failure of the disk; it is internal if the client can do nothing about it.
fn from_disk(error: io::Error) -> AppError {
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

    fn response_to(error: impl Into<AppError>) -> (u16, String) {
        let error = error.into();
        (status_and_code(&error).0.as_u16(), error.to_string())
    }

    fn media_name() -> ginflix_api::media::MediaName {
        "movie.mp4".parse().unwrap()
    }

    #[test]
    fn errors_name_the_wrong_field() {
        let cases = [
            (UploadError::EmptyFile, "Upload-Length: the file is empty"),
            (UploadError::EndedEarly, "body: ended early"),
            (
                UploadError::ChecksumChanged,
                "ginflix-file-sha256: differs from the sha256 in this upload's metadata",
            ),
        ];
        for (error, message) in cases {
            assert_eq!(response_to(error), (400, message.to_owned()));
        }
    }

    #[test]
    fn errors_say_what_to_do_next() {
        let no_space = UploadError::NoSpace { needed_bytes: 10, free_bytes: 3, reserve_bytes: 2 };
        assert_eq!(
            response_to(no_space),
            (
                507,
                "the volume is full: the upload needs 10 B more, but only 3 B are free, of which \
                 2 B are kept in reserve; remove media or enlarge the volume, then continue"
                    .to_owned()
            )
        );
        let (status, message) = response_to(UploadError::UnknownType(media_name()));
        assert_eq!(status, 415);
        let end = "the upload was discarded; the command line can upload files of any type, see \
                   `ginflix help upload`";
        assert!(message.starts_with("movie.mp4 does not begin like"), "{message}");
        assert!(message.ends_with(end), "{message}");
        let (status, message) = response_to(UploadError::AppendChecksumMismatch);
        assert_eq!(status, tus::STATUS_CHECKSUM_MISMATCH);
        assert!(message.contains("announced checksum"), "{message}");
    }

    #[test]
    fn clients_get_only_disk_errors_that_they_can_act_on() {
        let on_disk = |kind: io::ErrorKind| response_to(UploadError::from(io::Error::from(kind)));
        assert_eq!(on_disk(io::ErrorKind::StorageFull).0, 507);
        assert_eq!(on_disk(io::ErrorKind::ReadOnlyFilesystem).0, 503);
        assert_eq!(on_disk(io::ErrorKind::PermissionDenied), (500, "internal error".to_owned()));
    }

    #[test]
    fn an_unavailable_catalogue_is_reported_without_the_reason() {
        let unavailable = MediaRegistryError::Unavailable("no route to 10.0.0.7".to_owned());
        let message = "the catalogue is not available right now".to_owned();
        assert_eq!(response_to(UploadError::from(unavailable)), (503, message));
        let full = MediaRegistryError::NoSpace;
        assert_eq!(response_to(full), (507, "the catalogue's disk is full".to_owned()));
    }
}
