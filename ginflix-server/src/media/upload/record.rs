//! An upload as it is kept on the disk, beside its content.

use std::sync::OnceLock;

use ginflix_api::media::MediaName;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::hash::ContentHash;
use crate::media::facts::Facts;

/// What an upload is to become.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewUpload {
    /// The media name.
    pub name: MediaName,
    /// All its bytes.
    pub length: u64,
    /// SHA-256 of all of it, where the client named one.
    pub sha256: Option<String>,
    /// Whether it may take the name over from other content.
    pub replace: bool,
    /// Whether it is taken whatever its first bytes say.
    #[serde(default)]
    pub any_type: bool,
    /// The client's own description, given back as it came.
    pub metadata: String,
}

/// One upload: what it is to become and how far it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its id.
    pub id: Uuid,
    /// What it is to become.
    pub about: NewUpload,
    /// When it is cleared away if nothing more arrives.
    pub expires_at: Timestamp,
    /// How far it is.
    pub phase: Phase,
}

/// How far an upload is.
///
/// `Publishing` is written before the content takes its name, so that whoever
/// finds it after a crash knows what was meant to happen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Bytes arrive.
    Receiving(Checkpoint),
    /// Whole and verified; on its way to its name and into the catalogue.
    Publishing(Facts),
    /// Visible. Kept for clients that did not hear of it.
    Done {
        /// What it is, in 64 hexadecimal digits.
        sha256: String,
    },
}

/// Bytes that are durable, and their hash.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// How many.
    pub offset: u64,
    /// As [`ContentHash::save`] has it.
    pub hash: String,
    /// Which boot of the machine what follows `offset` may be trusted in: it
    /// outlives the process, but not a power cut. `None` trusts it never.
    pub boot: Option<String>,
}

impl Checkpoint {
    /// What follows it is kept when only this process dies.
    pub fn trusting(hash: &ContentHash) -> Self {
        Self { offset: hash.offset(), hash: hash.save(), boot: boot().map(str::to_owned) }
    }

    /// What follows it is cut off in any case: its checksum is not known yet.
    pub fn distrusting(hash: &ContentHash) -> Self {
        Self { boot: None, ..Self::trusting(hash) }
    }

    /// How many bytes of a content of `length` bytes are to be kept.
    pub fn kept(&self, length: u64) -> u64 {
        let trusted = self.boot.is_some() && self.boot.as_deref() == boot();
        if trusted { length } else { length.min(self.offset) }
    }
}

/// The id of the machine's present boot.
fn boot() -> Option<&'static str> {
    static BOOT: OnceLock<Option<String>> = OnceLock::new();
    let read = || std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok();
    BOOT.get_or_init(|| read().map(|id| id.trim().to_owned())).as_deref()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::facts::Stamp;

    #[test]
    fn a_tail_is_trusted_in_the_same_boot_only() {
        let mut hash = ContentHash::default();
        hash.update(b"1234");
        let same = Checkpoint::trusting(&hash);
        assert_eq!(same.kept(9), 9);
        assert_eq!(same.kept(3), 3);
        let other = Checkpoint { boot: Some("another".to_owned()), ..same };
        assert_eq!(other.kept(9), 4);
        assert_eq!(other.kept(3), 3);
        assert_eq!(Checkpoint::distrusting(&hash).kept(9), 4);
    }

    #[test]
    fn a_record_comes_back_as_it_went() {
        let facts = Facts {
            stamp: Stamp { size: 7, mtime_ns: -1 },
            sha256: "ab".repeat(32),
            duration_seconds: Some(1.5),
            created_at: Timestamp::now(),
        };
        let done = Phase::Done { sha256: "ef".repeat(32) };
        let receiving = Phase::Receiving(Checkpoint::trusting(&ContentHash::default()));
        for phase in [receiving, Phase::Publishing(facts), done] {
            let about = NewUpload {
                name: "a.mp4".parse().unwrap(),
                length: 7,
                sha256: Some("cd".repeat(32)),
                replace: true,
                any_type: false,
                metadata: "filename YS5tcDQ=".to_owned(),
            };
            let record = Record { id: Uuid::now_v7(), about, expires_at: Timestamp::now(), phase };
            let text = serde_json::to_string(&record).unwrap();
            assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
        }
    }
}
