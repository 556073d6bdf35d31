//! The metadata for which a media file has to be read: its SHA-256 and what is in it. It is stored in
//! `meta/`, cached in memory, and ignored once the file has changed.

use std::collections::HashMap;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ginflix_api::inspection::Inspection;
use ginflix_api::media::MediaName;
use jiff::Timestamp;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::packages::record;
use crate::durable;

/// The number of files whose metadata is cached: more than most volumes have. A full cache is
/// cleared, because entries are cheap to read again.
const CACHE_CAPACITY: usize = 10_000;
/// The memory that the cached inspections may take, in estimated bytes.
const CACHE_CAPACITY_BYTES: usize = 16 << 20;

/// The state of a file, which changes when the file is written to or replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileVersion {
    /// The size in bytes.
    pub size: u64,
    /// The modification time in nanoseconds since the Unix epoch.
    pub mtime_ns: i64,
}

impl FileVersion {
    /// Returns the version of a file with this metadata.
    pub fn of(metadata: &Metadata) -> Self {
        let mtime_ns =
            metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec());
        Self { size: metadata.len(), mtime_ns }
    }
}

/// The metadata of a media file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MediaInfo {
    /// The version of the file that this describes.
    #[serde(flatten)]
    pub version: FileVersion,
    /// The SHA-256 of the content, 64 hexadecimal digits; of samples of it if `is_sampled` is set.
    pub sha256: String,
    /// Whether only samples of the content were read, as of each file of a library.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_sampled: bool,
    /// The duration in seconds, if the file states it.
    pub duration_seconds: Option<f64>,
    /// The time when the file became visible; for a file that was copied into the volume, its
    /// modification time.
    pub created_at: Timestamp,
    /// What is in the file; `None` in metadata that an earlier version stored, until the file is inspected.
    #[serde(default, with = "shared")]
    pub inspection: Option<Arc<Inspection>>,
    /// The name that the file had where it came from, if it is known.
    #[serde(default)]
    pub file_name: Option<String>,
}

impl MediaInfo {
    /// Returns the metadata of a file that was inspected.
    pub fn new(
        version: FileVersion,
        sha256: String,
        inspection: Inspection,
        created_at: Timestamp,
    ) -> Self {
        let duration_seconds = inspection.duration_seconds;
        let inspection = Some(Arc::new(inspection));
        Self {
            version,
            sha256,
            is_sampled: false,
            duration_seconds,
            created_at,
            inspection,
            file_name: None,
        }
    }

    /// Marks that the SHA-256 is one of samples.
    pub fn sampled(self) -> Self {
        Self { is_sampled: true, ..self }
    }

    /// Adds the name that the file had where it came from.
    pub fn with_file_name(self, file_name: Option<String>) -> Self {
        Self { file_name, ..self }
    }
}

/// Serializes an inspection that many copies of the metadata share.
mod shared {
    use serde::{Deserializer, Serializer};

    use super::{Arc, Deserialize, Inspection, Serialize};

    pub fn serialize<S: Serializer>(
        inspection: &Option<Arc<Inspection>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        inspection.as_deref().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Arc<Inspection>>, D::Error> {
        Ok(Option::<Inspection>::deserialize(deserializer)?.map(Arc::new))
    }
}

/// The entity tag of a file, and its metadata if the file is indexed.
#[derive(Debug, Clone)]
pub struct CachedInfo {
    version: FileVersion,
    /// The strong entity tag, with its quotes.
    pub etag: String,
    /// The metadata; `None` until the file is indexed.
    pub info: Option<MediaInfo>,
    /// Whether it is known how to package the file as HLS, or why that is not possible.
    pub is_packaged: bool,
}

impl CachedInfo {
    /// Returns whether the file has been hashed and inspected.
    pub fn is_complete(&self) -> bool {
        self.info.as_ref().is_some_and(|info| info.inspection.is_some())
    }

    fn inspection_bytes(&self) -> usize {
        let inspection = self.info.as_ref().and_then(|info| info.inspection.as_deref());
        inspection.map_or(0, Inspection::heap_bytes)
    }
}

/// The stored and cached metadata of all media files.
#[derive(Debug)]
pub struct MediaInfoStore {
    dir: PathBuf,
    cache: Mutex<InfoCache>,
}

/// The metadata of files that were read or written last.
#[derive(Debug, Default)]
struct InfoCache {
    entries: HashMap<MediaName, CachedInfo>,
    /// The estimated size of the inspections in `entries`.
    bytes: usize,
}

impl InfoCache {
    fn get(&self, name: &MediaName) -> Option<&CachedInfo> {
        self.entries.get(name)
    }

    fn insert(&mut self, name: &MediaName, entry: CachedInfo) {
        self.remove(name);
        let bytes = entry.inspection_bytes();
        let is_full =
            self.entries.len() >= CACHE_CAPACITY || self.bytes + bytes > CACHE_CAPACITY_BYTES;
        if is_full {
            *self = Self::default();
        }
        self.bytes += bytes;
        self.entries.insert(name.clone(), entry);
    }

    fn remove(&mut self, name: &MediaName) {
        if let Some(entry) = self.entries.remove(name) {
            self.bytes -= entry.inspection_bytes();
        }
    }
}

impl MediaInfoStore {
    /// Creates a store that keeps one JSON file for each media file in `dir`, beside the record of its HLS.
    pub fn new(dir: PathBuf) -> Self {
        Self { dir, cache: Mutex::default() }
    }

    /// Returns the entity tag and the metadata of the present version of a file.
    pub fn get(&self, name: &MediaName, metadata: &Metadata) -> CachedInfo {
        let version = FileVersion::of(metadata);
        if let Some(cached) = self.cache.lock().get(name).filter(|entry| entry.version == version) {
            return cached.clone();
        }
        let info = self.read(name).filter(|info| info.version == version);
        let etag = match &info {
            Some(info) if !info.is_sampled => content_etag(info),
            // A write to the file or its replacement changes at least one of these numbers.
            _ => format!("\"{:x}-{:x}-{:x}\"", metadata.ino(), version.size, version.mtime_ns),
        };
        let is_packaged =
            info.as_ref().is_some_and(|info| record::is_current(&self.dir, name, &info.sha256));
        let entry = CachedInfo { version, etag, info, is_packaged };
        let mut cache = self.cache.lock();
        // Another thread may have indexed or published the file while this one read the store.
        if let Some(newer) = cache.get(name).filter(|entry| entry.version == version) {
            return newer.clone();
        }
        cache.insert(name, entry.clone());
        entry
    }

    /// Stores the metadata of a file that was copied into the volume by hand. A power cut may lose
    /// it; the file is then indexed again.
    ///
    /// An entity tag that was already sent for this version of the file is kept while it is cached,
    /// because players abort when the tag changes during playback.
    ///
    /// # Errors
    /// Fails if the metadata cannot be written.
    pub fn insert(&self, name: &MediaName, info: &MediaInfo) -> io::Result<()> {
        self.write(name, info)?;
        let mut cache = self.cache.lock();
        if info.is_sampled {
            // Its entity tag is made of the identity of the file.
            cache.remove(name);
            return Ok(());
        }
        let sent = cache.get(name).filter(|entry| entry.version == info.version);
        let is_packaged = sent.is_some_and(|entry| entry.is_packaged);
        let etag = sent.map_or_else(|| content_etag(info), |entry| entry.etag.clone());
        let entry =
            CachedInfo { version: info.version, etag, info: Some(info.clone()), is_packaged };
        cache.insert(name, entry);
        Ok(())
    }

    /// Stores the metadata of a file that just became visible. Its entity tag is made of its
    /// SHA-256 at once, even if another tag was sent before: all streamers then send the same tag,
    /// so that a download can be resumed at any of them.
    ///
    /// # Errors
    /// Fails if the metadata cannot be written.
    pub fn publish(&self, name: &MediaName, info: &MediaInfo) -> io::Result<()> {
        self.write(name, info)?;
        self.cache_published(name, info);
        Ok(())
    }

    /// Replaces wrong metadata of the present version of a file. The write is durable: after a
    /// power cut the wrong metadata would otherwise be valid again.
    ///
    /// # Errors
    /// Fails if the metadata cannot be written.
    pub fn correct(&self, name: &MediaName, info: &MediaInfo) -> io::Result<()> {
        durable::write(&self.dir, &file_name(name), &serde_json::to_vec(info)?)?;
        self.cache_published(name, info);
        Ok(())
    }

    fn cache_published(&self, name: &MediaName, info: &MediaInfo) {
        let (version, etag) = (info.version, content_etag(info));
        let is_packaged = record::is_current(&self.dir, name, &info.sha256);
        let entry = CachedInfo { version, etag, info: Some(info.clone()), is_packaged };
        self.cache.lock().insert(name, entry);
    }

    /// Returns the directory in which metadata is stored.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Notes whether it is stored how to package this version of a file.
    pub fn set_packaged(&self, name: &MediaName, version: FileVersion, is_packaged: bool) {
        let mut cache = self.cache.lock();
        let entry = cache.entries.get_mut(name).filter(|entry| entry.version == version);
        if let Some(entry) = entry {
            entry.is_packaged = is_packaged;
        }
    }

    fn write(&self, name: &MediaName, info: &MediaInfo) -> io::Result<()> {
        durable::write_without_fsync(&self.dir, &file_name(name), &serde_json::to_vec(info)?)
    }

    /// Removes the metadata of a file.
    ///
    /// # Errors
    /// Fails if stored metadata cannot be removed.
    pub fn remove(&self, name: &MediaName) -> io::Result<()> {
        self.cache.lock().remove(name);
        record::remove(&self.dir, name)?;
        durable::remove_if_exists(&self.dir.join(file_name(name)))
    }

    /// Reads stored metadata. Returns `None` if there is none or it is damaged: the file is then
    /// indexed again.
    fn read(&self, name: &MediaName) -> Option<MediaInfo> {
        let text = std::fs::read(self.dir.join(file_name(name))).ok()?;
        serde_json::from_slice(&text).ok()
    }
}

/// Returns the entity tag of a file whose SHA-256 is known.
fn content_etag(info: &MediaInfo) -> String {
    format!("\"{}\"", info.sha256)
}

fn file_name(name: &MediaName) -> String {
    format!("{name}.json")
}

#[cfg(test)]
mod tests {
    use ginflix_api::inspection::Chapter;

    use super::*;

    #[test]
    fn the_cache_is_bounded_by_bytes() {
        let mut cache = InfoCache::default();
        let chapter = Chapter { start_seconds: 0.0, title: "x".repeat(CACHE_CAPACITY_BYTES / 8) };
        let entry = || {
            let inspection =
                Inspection { chapters: vec![chapter.clone()], ..Inspection::default() };
            let version = FileVersion { size: 1, mtime_ns: 1 };
            let info = MediaInfo::new(version, String::new(), inspection, Timestamp::UNIX_EPOCH);
            CachedInfo { version, etag: String::new(), info: Some(info), is_packaged: true }
        };
        let name = |n: usize| format!("{}.mp4", n % 5).parse::<MediaName>().unwrap();
        // Replacing an entry takes no more room.
        (0..50).for_each(|n| cache.insert(&name(n), entry()));
        assert_eq!(cache.entries.len(), 5);
        (0..50).for_each(|n| cache.insert(&format!("file-{n}.mp4").parse().unwrap(), entry()));
        assert!(cache.bytes <= CACHE_CAPACITY_BYTES, "{}", cache.bytes);
        assert!(!cache.entries.is_empty());
        let names: Vec<MediaName> = cache.entries.keys().cloned().collect();
        names.iter().for_each(|name| cache.remove(name));
        assert_eq!(cache.bytes, 0);
    }
}
