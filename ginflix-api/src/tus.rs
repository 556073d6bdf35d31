//! Names of tus 1.0, the resumable-upload protocol (<https://tus.io/protocols/resumable-upload>),
//! and what GinFlix adds to it.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::media::MediaName;

/// The one version spoken.
pub const VERSION: &str = "1.0.0";
/// Version in use, in every request and answer but `OPTIONS`.
pub const TUS_RESUMABLE: &str = "tus-resumable";
/// Versions the server speaks.
pub const TUS_VERSION: &str = "tus-version";
/// Extensions the server speaks.
pub const TUS_EXTENSION: &str = "tus-extension";
/// Largest upload taken, bytes.
pub const TUS_MAX_SIZE: &str = "tus-max-size";
/// Bytes that the server has.
pub const UPLOAD_OFFSET: &str = "upload-offset";
/// Bytes there will be.
pub const UPLOAD_LENGTH: &str = "upload-length";
/// Key and base64 value pairs.
pub const UPLOAD_METADATA: &str = "upload-metadata";
/// Checksum of one PATCH, from the checksum extension.
pub const UPLOAD_CHECKSUM: &str = "upload-checksum";
/// Type of a PATCH's body.
pub const OFFSET_OCTET_STREAM: &str = "application/offset+octet-stream";
/// 460 Checksum Mismatch, from the checksum extension.
pub const STATUS_CHECKSUM_MISMATCH: u16 = 460;

/// A file of at most so many bytes should come whole in the request that
/// creates it: that takes one round trip, and the answer has the [`Media`] as
/// its body. A break costs all of it, which is why larger ones should not.
///
/// [`Media`]: crate::media::Media
pub const SINGLE_REQUEST_LIMIT: u64 = 1 << 20;

/// GinFlix's own: SHA-256 of the whole file, 64 hexadecimal digits, on the
/// PATCH that completes it.
///
/// So that a client can hash while it sends and need not read a film twice; a
/// client that knows the hash before names it as [`Metadata::sha256`].
pub const FILE_SHA256: &str = "ginflix-file-sha256";

/// What GinFlix reads from `Upload-Metadata`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// Key `filename`: the media name.
    pub name: MediaName,
    /// Key `sha256`: of the whole file, 64 hexadecimal digits.
    pub sha256: Option<String>,
    /// Key `replace` with the value `true`: take the name over from other content.
    pub replace: bool,
    /// Key `anytype` with the value `true`: take it whatever its first bytes say.
    pub any_type: bool,
}

/// Why a text is no [`Metadata`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMetadata {
    /// Not pairs of key and base64 value.
    #[error("Upload-Metadata is not a comma-separated list of key and base64 value")]
    Syntax,
    /// No key `filename`.
    #[error("Upload-Metadata has no filename")]
    NoName,
    /// The file name is not legal.
    #[error("filename: {0}")]
    Name(#[from] crate::media::InvalidMediaName),
    /// The hash is not 64 hexadecimal digits.
    #[error("sha256 is not 64 hexadecimal digits")]
    Sha256,
}

impl Metadata {
    /// Reads the header's value; keys that GinFlix does not know are passed over.
    ///
    /// # Errors
    /// Where the syntax is broken or a known key has no legal value.
    pub fn parse(header: &str) -> Result<Self, InvalidMetadata> {
        let (mut name, mut sha256) = (None, None);
        let (mut replace, mut any_type) = (false, false);
        for pair in header.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once(' ').unwrap_or((pair, ""));
            let value = STANDARD.decode(value.trim()).map_err(|_| InvalidMetadata::Syntax)?;
            let value = String::from_utf8(value).map_err(|_| InvalidMetadata::Syntax)?;
            match key {
                "filename" => name = Some(value.parse()?),
                "sha256" => sha256 = Some(parse_sha256(&value).ok_or(InvalidMetadata::Sha256)?),
                "replace" => replace = value == "true",
                "anytype" => any_type = value == "true",
                _ => {}
            }
        }
        Ok(Self { name: name.ok_or(InvalidMetadata::NoName)?, sha256, replace, any_type })
    }

    /// The header's value.
    pub fn to_header(&self) -> String {
        let mut pairs = vec![format!("filename {}", STANDARD.encode(self.name.as_str()))];
        if let Some(sha256) = &self.sha256 {
            pairs.push(format!("sha256 {}", STANDARD.encode(sha256)));
        }
        for (key, wanted) in [("replace", self.replace), ("anytype", self.any_type)] {
            if wanted {
                pairs.push(format!("{key} {}", STANDARD.encode("true")));
            }
        }
        pairs.join(",")
    }
}

/// A SHA-256 in hexadecimal digits, in lower case; `None` if it is none.
pub fn parse_sha256(text: &str) -> Option<String> {
    let legal = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    legal.then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_comes_back_as_it_went() {
        let hash = || Some("ab".repeat(32));
        for (sha256, replace, any_type) in
            [(None, false, false), (hash(), true, false), (None, false, true), (hash(), true, true)]
        {
            let name = "été 1.mp4".parse().unwrap();
            let metadata = Metadata { name, sha256, replace, any_type };
            assert_eq!(Metadata::parse(&metadata.to_header()), Ok(metadata));
        }
    }

    #[test]
    fn broken_metadata_says_why() {
        let name = |text: &str| format!("filename {}", STANDARD.encode(text));
        assert_eq!(Metadata::parse(""), Err(InvalidMetadata::NoName));
        assert_eq!(Metadata::parse("filename ***"), Err(InvalidMetadata::Syntax));
        assert!(matches!(Metadata::parse(&name("../x.mp4")), Err(InvalidMetadata::Name(_))));
        let short = format!("{},sha256 {}", name("a.mp4"), STANDARD.encode("abc"));
        assert_eq!(Metadata::parse(&short), Err(InvalidMetadata::Sha256));
        let unknown = format!("{},is_confidential", name("a.mp4"));
        assert!(Metadata::parse(&unknown).is_ok());
    }
}
