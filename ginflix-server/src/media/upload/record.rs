//! The record of an upload, stored as JSON beside its content.

use std::sync::OnceLock;

use ginflix_api::media::MediaName;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::hash::ContentHash;
use crate::media::info::MediaInfo;

/// The properties of an upload that its client states when it creates the upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadSpec {
    /// The media name.
    pub name: MediaName,
    /// The name that the file has where it comes from, if the client stated it.
    #[serde(default)]
    pub original_name: Option<String>,
    /// The length of the whole file in bytes.
    pub length: u64,
    /// The SHA-256 of the whole file, 64 hexadecimal digits, if the client stated it.
    pub sha256: Option<String>,
    /// Whether the file may replace another one of this name.
    pub replace: bool,
    /// Whether files of unknown formats are accepted.
    #[serde(default)]
    pub any_type: bool,
    /// Whether a media file that is cut short or broken is accepted.
    #[serde(default)]
    pub accept_damaged: bool,
    /// The `Upload-Metadata` field of the request, which is returned unchanged.
    pub metadata: String,
}

/// The stored state of an upload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UploadRecord {
    /// The id of the upload.
    pub id: Uuid,
    /// The properties that the client stated.
    #[serde(rename = "about")]
    pub spec: UploadSpec,
    /// The time when the upload expires, unless more content arrives.
    pub expires_at: Timestamp,
    /// The progress of the upload.
    pub phase: UploadPhase,
}

/// The phases of an upload.
///
/// `Publishing` is an intent: it is saved before the content takes its name, so that recovery can
/// complete the publication after a crash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UploadPhase {
    /// Content is being received.
    Receiving(Checkpoint),
    /// The content is complete and verified, and is being published.
    Publishing(MediaInfo),
    /// The file is published. The record is kept for clients that missed the response.
    Done {
        /// The SHA-256 of the file, 64 hexadecimal digits.
        sha256: String,
    },
}

/// A number of durable bytes, with their hash.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The number of bytes.
    pub offset: u64,
    /// The state of the hash function, by [`ContentHash::save`].
    pub hash: String,
    /// The boot id of the machine when this was saved. In the same boot, the bytes after `offset`
    /// are valid: they are in the page cache, which outlives the process. `None` if they are never
    /// valid.
    pub boot: Option<String>,
}

impl Checkpoint {
    /// Creates a checkpoint after which bytes are kept if only this process dies.
    pub fn with_trusted_tail(hash: &ContentHash) -> Self {
        Self { offset: hash.offset(), hash: hash.save(), boot: boot_id().map(str::to_owned) }
    }

    /// Creates a checkpoint after which bytes are always discarded, because the checksum of their
    /// append is not verified yet.
    pub fn with_untrusted_tail(hash: &ContentHash) -> Self {
        Self { boot: None, ..Self::with_trusted_tail(hash) }
    }

    /// Returns how many of the `length` bytes in the file are kept.
    pub fn trusted_length(&self, length: u64) -> u64 {
        let is_same_boot = self.boot.is_some() && self.boot.as_deref() == boot_id();
        if is_same_boot { length } else { length.min(self.offset) }
    }
}

/// Returns the id of the present boot of the machine; `None` without procfs.
fn boot_id() -> Option<&'static str> {
    static BOOT_ID: OnceLock<Option<String>> = OnceLock::new();
    let read = || std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok();
    BOOT_ID.get_or_init(|| read().map(|id| id.trim().to_owned())).as_deref()
}

#[cfg(test)]
mod tests {
    use ginflix_api::inspection::Inspection;

    use super::*;
    use crate::media::info::FileVersion;

    #[test]
    fn bytes_after_a_checkpoint_are_kept_in_the_same_boot_only() {
        let mut hash = ContentHash::default();
        hash.update(b"1234");
        let same = Checkpoint::with_trusted_tail(&hash);
        assert_eq!(same.trusted_length(9), 9);
        assert_eq!(same.trusted_length(3), 3);
        let other = Checkpoint { boot: Some("another".to_owned()), ..same };
        assert_eq!(other.trusted_length(9), 4);
        assert_eq!(other.trusted_length(3), 3);
        assert_eq!(Checkpoint::with_untrusted_tail(&hash).trusted_length(9), 4);
    }

    #[test]
    fn a_record_survives_serialization() {
        let version = FileVersion { size: 7, mtime_ns: -1 };
        let inspection = Inspection { duration_seconds: Some(1.5), ..Inspection::default() };
        let info = MediaInfo::new(version, "ab".repeat(32), inspection, Timestamp::now());
        let done = UploadPhase::Done { sha256: "ef".repeat(32) };
        let receiving =
            UploadPhase::Receiving(Checkpoint::with_trusted_tail(&ContentHash::default()));
        for phase in [receiving, UploadPhase::Publishing(info), done] {
            let spec = UploadSpec {
                name: "a.mp4".parse().unwrap(),
                original_name: Some("a?.mp4".to_owned()),
                length: 7,
                sha256: Some("cd".repeat(32)),
                replace: true,
                any_type: false,
                accept_damaged: true,
                metadata: "filename YS5tcDQ=".to_owned(),
            };
            let record =
                UploadRecord { id: Uuid::now_v7(), spec, expires_at: Timestamp::now(), phase };
            let text = serde_json::to_string(&record).unwrap();
            assert_eq!(serde_json::from_str::<UploadRecord>(&text).unwrap(), record);
        }
    }
}
