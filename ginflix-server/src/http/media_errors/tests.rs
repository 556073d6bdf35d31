use ginflix_api::error::ErrorCode;
use warp::http::StatusCode;

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
    for (is_kept, end) in [(true, "if you accept the damage"), (false, "nothing of it was kept")] {
        let why = "it is cut short".to_owned();
        let (status, message) =
            response_to(UploadError::Damaged { name: media_name(), why, is_kept });
        assert_eq!(status, 422);
        assert!(message.starts_with("movie.mp4 is damaged: it is cut short; "), "{message}");
        assert!(message.ends_with(end), "{message}");
    }
    let (status, message) = response_to(UploadError::AppendChecksumMismatch);
    assert_eq!(status, tus::STATUS_CHECKSUM_MISMATCH);
    assert!(message.contains("announced checksum"), "{message}");
}

#[test]
fn each_limit_of_uploads_has_a_message_of_its_own() {
    let cases = [
        (
            UploadError::TooLarge { limit_bytes: 1000 },
            "the file is too large: an upload may have at most 1.0 kB",
        ),
        (
            UploadError::TooMuchContent { limit_bytes: 1000 },
            "the content is longer than the 1.0 kB of this upload",
        ),
    ];
    for (error, message) in cases {
        assert_eq!(response_to(error), (413, message.to_owned()));
    }
    let expiry = Duration::from_secs(24 * 3600);
    let error = AppError::from(UploadError::TooManyUnfinished { unfinished: 1000, expiry });
    assert_eq!(status_and_code(&error), (StatusCode::TOO_MANY_REQUESTS, ErrorCode::TooManyUploads));
    assert_eq!(
        error.to_string(),
        "there are 1000 unfinished uploads, which is the limit, and each of them expires 24h \
         after its last byte; continue some of them, or discard them with `ginflix upload \
         --discard FILE`, then repeat"
    );
    let retry_after = Duration::from_secs(1);
    assert_eq!(
        response_to(UploadError::TooManyAppends { retry_after }),
        (
            429,
            "as many uploads as possible are sending content right now; try again in 1 second"
                .to_owned()
        )
    );
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
    assert_eq!(response_to(UploadError::from(unavailable)), (503, NO_CATALOG.to_owned()));
    let full = MediaRegistryError::NoSpace;
    assert_eq!(response_to(full), (507, CATALOG_DISK_FULL.to_owned()));
}
