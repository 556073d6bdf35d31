//! The header fields of tus 1.0 (<https://tus.io/protocols/resumable-upload>), parsed and written.

use base64::{Engine, engine::general_purpose::STANDARD};
use ginflix_api::tus::{self, Metadata};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use warp::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};

use crate::error::AppError;
use crate::media::upload::{Append, ExpectedChecksum, UploadSpec, UploadStatus};

/// The supported extensions, as `Tus-Extension` lists them.
pub const EXTENSIONS: &str = "creation,creation-with-upload,checksum,termination,expiration";

/// The supported algorithms of `Upload-Checksum`.
pub const CHECKSUM_ALGORITHMS: &str = "sha1,sha256";

/// Largest `Upload-Metadata`, in bytes. It is stored with the upload.
const MAX_METADATA_BYTES: usize = 8 * 1024;

/// Parses the header fields of a request that creates an upload.
///
/// # Errors
/// Returns an error if a field is missing, malformed, too long, or belongs to an extension that is
/// not supported.
pub fn new_upload(headers: &HeaderMap) -> Result<UploadSpec, AppError> {
    if headers.contains_key("upload-concat") {
        return Err(AppError::invalid(
            "Upload-Concat",
            "is not supported; send the file as one upload",
        ));
    }
    if headers.contains_key("upload-defer-length") {
        return Err(AppError::invalid(
            "Upload-Defer-Length",
            "is not supported; send Upload-Length",
        ));
    }
    let length = number(headers, tus::UPLOAD_LENGTH, "Upload-Length")?
        .ok_or_else(|| AppError::invalid("Upload-Length", "is missing"))?;
    let text = text(headers, tus::UPLOAD_METADATA, "Upload-Metadata")?.unwrap_or_default();
    if text.len() > MAX_METADATA_BYTES {
        return Err(AppError::too_large("Upload-Metadata", MAX_METADATA_BYTES as u64));
    }
    let stated = Metadata::parse(text)
        .map_err(|error| AppError::invalid("Upload-Metadata", error.to_string()))?;
    Ok(UploadSpec {
        name: stated.name,
        original_name: stated.original_name,
        length,
        sha256: stated.sha256,
        replace: stated.replace,
        any_type: stated.any_type,
        accept_damaged: stated.accept_damaged,
        metadata: text.to_owned(),
    })
}

/// Returns whether the body is content of an upload, by its media type.
pub fn has_content(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind == tus::OFFSET_OCTET_STREAM)
}

/// Parses the header fields of a request whose body is appended at this offset.
///
/// # Errors
/// Returns `Invalid` if a field is malformed.
pub fn append(headers: &HeaderMap, offset: u64) -> Result<Append, AppError> {
    let file_sha256 = text(headers, tus::FILE_SHA256, tus::FILE_SHA256)?
        .map(|text| {
            tus::parse_sha256(text)
                .ok_or_else(|| AppError::invalid(tus::FILE_SHA256, "is not 64 hexadecimal digits"))
        })
        .transpose()?;
    let upload_checksum = text(headers, tus::UPLOAD_CHECKSUM, "Upload-Checksum")?;
    Ok(Append {
        offset,
        length: number(headers, CONTENT_LENGTH.as_str(), "Content-Length")?,
        checksum: upload_checksum.map(checksum).transpose()?,
        file_sha256,
        accept_damaged: headers.get(tus::ACCEPT_DAMAGED).is_some_and(|value| value == "true"),
    })
}

/// Parses `Upload-Offset`.
///
/// # Errors
/// Returns `Invalid` if it is missing or not a number.
pub fn offset(headers: &HeaderMap) -> Result<u64, AppError> {
    number(headers, tus::UPLOAD_OFFSET, "Upload-Offset")?
        .ok_or_else(|| AppError::invalid("Upload-Offset", "is missing"))
}

/// Sets `Upload-Offset` and, until the file is published, `Upload-Expires`.
pub fn set_progress(headers: &mut HeaderMap, status: &UploadStatus) {
    headers.insert(tus::UPLOAD_OFFSET, status.offset.into());
    if !status.is_published
        && let Some(date) = http_date(status.expires_at)
    {
        headers.insert("upload-expires", date);
    }
}

/// Parses `Upload-Checksum`: an algorithm and a checksum in base64.
fn checksum(header: &str) -> Result<ExpectedChecksum, AppError> {
    let malformed = || {
        let rule = "must be an algorithm, a space and a checksum of that algorithm in base64";
        AppError::invalid("Upload-Checksum", rule)
    };
    let (algorithm, value) = header.split_once(' ').ok_or_else(malformed)?;
    let value = STANDARD.decode(value.trim()).map_err(|_| malformed())?;
    let (algorithm, length): (crate::media::upload::AppendChecksum, _) = match algorithm {
        "sha1" => (Box::new(Sha1::new()), Sha1::output_size()),
        "sha256" => (Box::new(Sha256::new()), Sha256::output_size()),
        other => {
            let message = format!("{other:?} is not one of {CHECKSUM_ALGORITHMS}");
            return Err(AppError::invalid("Upload-Checksum", message));
        }
    };
    if value.len() == length { Ok(ExpectedChecksum { algorithm, value }) } else { Err(malformed()) }
}

/// Returns the value of a field; `label` is its name in an error.
fn text<'a>(
    headers: &'a HeaderMap,
    name: &str,
    label: &'static str,
) -> Result<Option<&'a str>, AppError> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    value.to_str().map(Some).map_err(|_| AppError::invalid(label, "is not ASCII"))
}

/// Parses a field of digits. `u64::from_str` alone would also accept a sign.
fn number(headers: &HeaderMap, name: &str, label: &'static str) -> Result<Option<u64>, AppError> {
    let Some(text) = text(headers, name, label)? else { return Ok(None) };
    let is_digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number = text.parse().ok().filter(|_| is_digits);
    number.map(Some).ok_or_else(|| AppError::invalid(label, format!("{text:?} is not a number")))
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

    fn message<T>(result: Result<T, AppError>) -> String {
        result.map(drop).unwrap_err().to_string()
    }

    #[test]
    fn a_creation_request_is_parsed() {
        let name = format!("filename {}", STANDARD.encode("movie.mp4"));
        let new =
            new_upload(&headers(&[("upload-length", "7"), ("upload-metadata", &name)])).unwrap();
        assert_eq!((new.name.as_str(), new.length, &new.metadata), ("movie.mp4", 7, &name));
        let cases: [(&[(&'static str, &str)], &str); 6] = [
            (&[("upload-metadata", &name)], "Upload-Length: is missing"),
            (&[("upload-length", "+7"), ("upload-metadata", &name)], "Upload-Length: \"+7\""),
            (&[("upload-length", "-1"), ("upload-metadata", &name)], "Upload-Length: \"-1\""),
            (&[("upload-length", "7")], "Upload-Metadata: Upload-Metadata has no filename"),
            (&[("upload-defer-length", "1"), ("upload-metadata", &name)], "Upload-Defer-Length"),
            (&[("upload-concat", "partial"), ("upload-length", "7")], "Upload-Concat"),
        ];
        for (given, why) in cases {
            assert!(message(new_upload(&headers(given))).starts_with(why), "{given:?}");
        }
    }

    #[test]
    fn checksums_are_parsed_as_tus_defines_them() {
        let sha1 = format!("sha1 {}", STANDARD.encode([0; 20]));
        let read = append(&headers(&[("upload-checksum", &sha1)]), 3).unwrap();
        assert_eq!((read.offset, read.checksum.unwrap().value), (3, vec![0; 20]));
        for malformed in ["md5 AAAA", "sha1", "sha1 ***", "sha256 AAAA"] {
            let given = headers(&[("upload-checksum", malformed)]);
            assert!(message(append(&given, 0)).starts_with("Upload-Checksum: "), "{malformed}");
        }
        let malformed = headers(&[("ginflix-file-sha256", "abc")]);
        assert!(message(append(&malformed, 0)).starts_with("ginflix-file-sha256: "));
    }
}
