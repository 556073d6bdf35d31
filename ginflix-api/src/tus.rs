//! Header fields of tus 1.0, the resumable-upload protocol
//! (<https://tus.io/protocols/resumable-upload>), and the extensions of GinFlix.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::media::{MAX_ORIGINAL_NAME_BYTES, MediaName, is_file_name};

/// The only version of the protocol that GinFlix supports.
pub const VERSION: &str = "1.0.0";
/// The version in use, which every request and response has except for `OPTIONS`.
pub const TUS_RESUMABLE: &str = "tus-resumable";
/// The versions that the server supports.
pub const TUS_VERSION: &str = "tus-version";
/// The extensions that the server supports.
pub const TUS_EXTENSION: &str = "tus-extension";
/// The size of the largest upload that the server accepts, in bytes.
pub const TUS_MAX_SIZE: &str = "tus-max-size";
/// The offset in bytes at which the content of a `PATCH` starts; in responses, the
/// number of bytes that the server has.
pub const UPLOAD_OFFSET: &str = "upload-offset";
/// The size of the complete upload in bytes.
pub const UPLOAD_LENGTH: &str = "upload-length";
/// The metadata of the upload: pairs of a key and a base64 value, see [`Metadata`].
pub const UPLOAD_METADATA: &str = "upload-metadata";
/// The checksum of the content of one `PATCH`, from the checksum extension.
pub const UPLOAD_CHECKSUM: &str = "upload-checksum";
/// The content type of a `PATCH`.
pub const OFFSET_OCTET_STREAM: &str = "application/offset+octet-stream";
/// The status code 460 (Checksum Mismatch), from the checksum extension.
pub const STATUS_CHECKSUM_MISMATCH: u16 = 460;

/// The most bytes of a file that clients should send in the request that creates
/// the upload (tus extension `creation-with-upload`).
///
/// Such an upload takes one round trip, and the content of the response is the
/// [`Media`]. If the connection breaks, all of the content is lost; so larger files
/// are sent in several requests, which can be resumed.
///
/// [`Media`]: crate::media::Media
pub const SINGLE_REQUEST_LIMIT: u64 = 1 << 20;

/// The SHA-256 of the whole file, as 64 hexadecimal digits, in the `PATCH` that
/// completes the upload. This header field is an extension of GinFlix.
///
/// It lets a client hash while it sends, instead of reading the file twice. A
/// client that knows the hash in advance sends it as [`Metadata::sha256`].
pub const FILE_SHA256: &str = "ginflix-file-sha256";

/// Whether a media file that is cut short or broken is published all the same: `true` in the `PATCH` that completes
/// the upload, even one without content. This header field is an extension of GinFlix.
///
/// It finishes an upload that the server refused with 422 (`damaged`), without sending the content again. A client
/// that knows in advance sends it as [`Metadata::accept_damaged`].
pub const ACCEPT_DAMAGED: &str = "ginflix-accept-damaged";

/// The value of `Upload-Metadata`, as far as GinFlix uses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The media name (key `filename`).
    pub name: MediaName,
    /// The name that the file has where it comes from, if that is another one (key `originalname`).
    pub original_name: Option<String>,
    /// The SHA-256 of the whole file, as 64 hexadecimal digits (key `sha256`).
    pub sha256: Option<String>,
    /// Whether to replace an existing file of that name (key `replace`, value `true`).
    pub replace: bool,
    /// Whether to accept content of an unknown type (key `anytype`, value `true`).
    pub any_type: bool,
    /// Whether to publish a media file that is cut short or broken (key `acceptdamaged`, value `true`).
    pub accept_damaged: bool,
}

/// The reason why a header field is not a valid [`Metadata`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMetadata {
    /// The value is not a list of pairs of a key and a base64 value.
    #[error("Upload-Metadata is not a comma-separated list of key and base64 value")]
    Syntax,
    /// The key `filename` is missing.
    #[error("Upload-Metadata has no filename")]
    NoName,
    /// The file name is not a valid media name.
    #[error("filename: {0}")]
    Name(#[from] crate::media::InvalidMediaName),
    /// The original name is empty, too long, or has a slash or NUL.
    #[error(
        "originalname is not the name of a file, or has more than {MAX_ORIGINAL_NAME_BYTES} bytes"
    )]
    OriginalName,
    /// The hash is not 64 hexadecimal digits.
    #[error("sha256 is not 64 hexadecimal digits")]
    Sha256,
}

impl Metadata {
    /// Parses the value of the header field. Unknown keys are ignored.
    ///
    /// # Errors
    /// Fails if the syntax or the value of a known key is not valid.
    pub fn parse(header: &str) -> Result<Self, InvalidMetadata> {
        let (mut name, mut original_name, mut sha256) = (None, None, None);
        let (mut replace, mut any_type, mut accept_damaged) = (false, false, false);
        for pair in header.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once(' ').unwrap_or((pair, ""));
            let value = STANDARD.decode(value.trim()).map_err(|_| InvalidMetadata::Syntax)?;
            let value = String::from_utf8(value).map_err(|_| InvalidMetadata::Syntax)?;
            match key {
                "filename" => name = Some(value.parse()?),
                "originalname" if is_file_name(&value) => original_name = Some(value),
                "originalname" => return Err(InvalidMetadata::OriginalName),
                "sha256" => sha256 = Some(parse_sha256(&value).ok_or(InvalidMetadata::Sha256)?),
                "replace" => replace = value == "true",
                "anytype" => any_type = value == "true",
                "acceptdamaged" => accept_damaged = value == "true",
                _ => {}
            }
        }
        let name = name.ok_or(InvalidMetadata::NoName)?;
        Ok(Self { name, original_name, sha256, replace, any_type, accept_damaged })
    }

    /// Formats the value of the header field.
    pub fn to_header(&self) -> String {
        let mut pairs = vec![format!("filename {}", STANDARD.encode(self.name.as_str()))];
        if let Some(original_name) = &self.original_name {
            pairs.push(format!("originalname {}", STANDARD.encode(original_name)));
        }
        if let Some(sha256) = &self.sha256 {
            pairs.push(format!("sha256 {}", STANDARD.encode(sha256)));
        }
        let flags = [
            ("replace", self.replace),
            ("anytype", self.any_type),
            ("acceptdamaged", self.accept_damaged),
        ];
        for (key, is_set) in flags {
            if is_set {
                pairs.push(format!("{key} {}", STANDARD.encode("true")));
            }
        }
        pairs.join(",")
    }
}

/// Parses 64 hexadecimal digits and returns them in lower case.
pub fn parse_sha256(text: &str) -> Option<String> {
    let legal = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    legal.then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_survives_a_round_trip() {
        let hash = || Some("ab".repeat(32));
        for (sha256, replace, any_type) in
            [(None, false, false), (hash(), true, false), (None, false, true), (hash(), true, true)]
        {
            let name = "été 1.mp4".parse().unwrap();
            let original_name = replace.then(|| "été: 1?\n.mp4".to_owned());
            let accept_damaged = replace;
            let metadata =
                Metadata { name, original_name, sha256, replace, any_type, accept_damaged };
            assert_eq!(Metadata::parse(&metadata.to_header()), Ok(metadata));
        }
    }

    #[test]
    fn invalid_metadata_says_why() {
        let name = |text: &str| format!("filename {}", STANDARD.encode(text));
        assert_eq!(Metadata::parse(""), Err(InvalidMetadata::NoName));
        assert_eq!(Metadata::parse("filename ***"), Err(InvalidMetadata::Syntax));
        assert!(matches!(Metadata::parse(&name("../x.mp4")), Err(InvalidMetadata::Name(_))));
        let short = format!("{},sha256 {}", name("a.mp4"), STANDARD.encode("abc"));
        assert_eq!(Metadata::parse(&short), Err(InvalidMetadata::Sha256));
        let path = format!("{},originalname {}", name("a.mp4"), STANDARD.encode("x/a.mp4"));
        assert_eq!(Metadata::parse(&path), Err(InvalidMetadata::OriginalName));
        let unknown = format!("{},is_confidential", name("a.mp4"));
        assert!(Metadata::parse(&unknown).is_ok());
    }
}
