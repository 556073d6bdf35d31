//! tus 1.0 on the wire: what its headers say, read and written.

use base64::{Engine, engine::general_purpose::STANDARD};
use ginflix_api::tus::{self, Metadata};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use warp::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};

use crate::error::AppError;
use crate::media::upload::{Append, ExpectedChecksum, UploadSpec, UploadStatus};

/// Extensions that are spoken.
pub const EXTENSIONS: &str = "creation,creation-with-upload,checksum,termination,expiration";

/// Algorithms of `Upload-Checksum`.
pub const CHECKSUM_ALGORITHMS: &str = "sha1,sha256";

/// The most bytes of `Upload-Metadata`, which is kept with the upload.
const MAX_METADATA_BYTES: usize = 8 * 1024;

/// What a creation asks for.
///
/// # Errors
/// Where a header is missing, broken, or of an extension that is not spoken.
pub fn new_upload(headers: &HeaderMap) -> Result<UploadSpec, AppError> {
    if headers.contains_key("upload-concat") {
        return Err(AppError::invalid("Upload-Concat", "concatenation is not supported"));
    }
    if headers.contains_key("upload-defer-length") {
        return Err(AppError::invalid("Upload-Defer-Length", "send Upload-Length instead"));
    }
    let length = number(headers, tus::UPLOAD_LENGTH, "Upload-Length")?
        .ok_or_else(|| AppError::invalid("Upload-Length", "is missing"))?;
    let text = text(headers, tus::UPLOAD_METADATA, "Upload-Metadata")?.unwrap_or_default();
    if text.len() > MAX_METADATA_BYTES {
        return Err(AppError::TooLarge {
            what: "Upload-Metadata",
            limit_bytes: MAX_METADATA_BYTES as u64,
        });
    }
    let Metadata { name, sha256, replace, any_type } = Metadata::parse(text)
        .map_err(|error| AppError::invalid("Upload-Metadata", error.to_string()))?;
    Ok(UploadSpec { name, length, sha256, replace, any_type, metadata: text.to_owned() })
}

/// Whether a body is content of an upload.
pub fn has_content(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind == tus::OFFSET_OCTET_STREAM)
}

/// What a PATCH, or the body of a creation, appends at this offset.
///
/// # Errors
/// Where a header is broken.
pub fn append(headers: &HeaderMap, offset: u64) -> Result<Append, AppError> {
    let file_sha256 = text(headers, tus::FILE_SHA256, tus::FILE_SHA256)?
        .map(|text| {
            tus::parse_sha256(text)
                .ok_or_else(|| AppError::invalid(tus::FILE_SHA256, "is not 64 hexadecimal digits"))
        })
        .transpose()?;
    let checksum = text(headers, tus::UPLOAD_CHECKSUM, "Upload-Checksum")?;
    Ok(Append {
        offset,
        length: number(headers, CONTENT_LENGTH.as_str(), "Content-Length")?,
        checksum: checksum.map(expected).transpose()?,
        file_sha256,
    })
}

/// `Upload-Offset` of a PATCH.
///
/// # Errors
/// Where it is missing or no number.
pub fn offset(headers: &HeaderMap) -> Result<u64, AppError> {
    number(headers, tus::UPLOAD_OFFSET, "Upload-Offset")?
        .ok_or_else(|| AppError::invalid("Upload-Offset", "is missing"))
}

/// `Upload-Offset` and `Upload-Expires` of an answer.
pub fn tell_progress(headers: &mut HeaderMap, status: &UploadStatus) {
    headers.insert(tus::UPLOAD_OFFSET, status.offset.into());
    if status.offset < status.length
        && let Some(date) = http_date(status.expires_at)
    {
        headers.insert("upload-expires", date);
    }
}

/// An algorithm and, in base64, what has to come out of it.
fn expected(header: &str) -> Result<ExpectedChecksum, AppError> {
    let broken = || AppError::invalid("Upload-Checksum", "is not an algorithm and a base64 value");
    let (algorithm, value) = header.split_once(' ').ok_or_else(broken)?;
    let value = STANDARD.decode(value.trim()).map_err(|_| broken())?;
    let (algorithm, bytes): (crate::media::upload::AppendChecksum, _) = match algorithm {
        "sha1" => (Box::new(Sha1::new()), Sha1::output_size()),
        "sha256" => (Box::new(Sha256::new()), Sha256::output_size()),
        other => {
            let message = format!("{other:?} is none of {CHECKSUM_ALGORITHMS}");
            return Err(AppError::invalid("Upload-Checksum", message));
        }
    };
    if value.len() == bytes { Ok(ExpectedChecksum { algorithm, value }) } else { Err(broken()) }
}

fn text<'a>(
    headers: &'a HeaderMap,
    name: &str,
    shown: &'static str,
) -> Result<Option<&'a str>, AppError> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    value.to_str().map(Some).map_err(|_| AppError::invalid(shown, "is not ASCII"))
}

/// Digits alone: `u64::from_str` would take a sign as well.
fn number(headers: &HeaderMap, name: &str, shown: &'static str) -> Result<Option<u64>, AppError> {
    let Some(text) = text(headers, name, shown)? else { return Ok(None) };
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number = text.parse().ok().filter(|_| digits);
    number.map(Some).ok_or_else(|| AppError::invalid(shown, format!("{text:?} is no number")))
}

fn http_date(time: Timestamp) -> Option<HeaderValue> {
    let text = DateTimePrinter::new().timestamp_to_rfc9110_string(&time).ok()?;
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn refused<T>(result: Result<T, AppError>) -> String {
        result.map(drop).unwrap_err().to_string()
    }

    #[test]
    fn a_creation_says_what_is_to_come() {
        let name = format!("filename {}", STANDARD.encode("film.mp4"));
        let about =
            new_upload(&headers(&[("upload-length", "7"), ("upload-metadata", &name)])).unwrap();
        assert_eq!((about.name.as_str(), about.length, &about.metadata), ("film.mp4", 7, &name));
        let cases: [(&[(&'static str, &str)], &str); 6] = [
            (&[("upload-metadata", &name)], "Upload-Length: is missing"),
            (&[("upload-length", "+7"), ("upload-metadata", &name)], "Upload-Length: \"+7\""),
            (&[("upload-length", "-1"), ("upload-metadata", &name)], "Upload-Length: \"-1\""),
            (&[("upload-length", "7")], "Upload-Metadata: Upload-Metadata has no filename"),
            (&[("upload-defer-length", "1"), ("upload-metadata", &name)], "Upload-Defer-Length"),
            (&[("upload-concat", "partial"), ("upload-length", "7")], "Upload-Concat"),
        ];
        for (given, why) in cases {
            assert!(refused(new_upload(&headers(given))).starts_with(why), "{given:?}");
        }
    }

    #[test]
    fn checksums_are_read_by_the_book() {
        let sha1 = format!("sha1 {}", STANDARD.encode([0; 20]));
        let read = append(&headers(&[("upload-checksum", &sha1)]), 3).unwrap();
        assert_eq!((read.offset, read.checksum.unwrap().value), (3, vec![0; 20]));
        for broken in ["md5 AAAA", "sha1", "sha1 ***", "sha256 AAAA"] {
            let given = headers(&[("upload-checksum", broken)]);
            assert!(refused(append(&given, 0)).starts_with("Upload-Checksum: "), "{broken}");
        }
        let broken = headers(&[("ginflix-file-sha256", "abc")]);
        assert!(refused(append(&broken, 0)).starts_with("ginflix-file-sha256: "));
    }
}
