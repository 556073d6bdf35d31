//! The metadata for which a media file has to be read: its SHA-256 and duration. It is stored in
//! `meta/`, cached in memory, and ignored once the file has changed.

use std::collections::HashMap;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use ginflix_api::media::MediaName;
use jiff::Timestamp;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::durable;

/// The number of files whose metadata is cached: more than most volumes have. A full cache is
/// cleared, because entries are cheap to read again.
const CACHE_CAPACITY: usize = 10_000;

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
    /// The SHA-256 of the content, 64 hexadecimal digits.
    pub sha256: String,
    /// The duration in seconds, if the file states it.
    pub duration_seconds: Option<f64>,
    /// The time when the file became visible; for a file that was copied into the volume, its
    /// modification time.
    pub created_at: Timestamp,
}

/// The entity tag of a file, and its metadata if the file is indexed.
#[derive(Debug, Clone)]
pub struct CachedInfo {
    version: FileVersion,
    /// The strong entity tag, with its quotes.
    pub etag: String,
    /// The metadata; `None` until the file is indexed.
    pub info: Option<MediaInfo>,
}

/// The stored and cached metadata of all media files.
#[derive(Debug)]
pub struct MediaInfoStore {
    dir: PathBuf,
    cache: Mutex<HashMap<MediaName, CachedInfo>>,
}

impl MediaInfoStore {
    /// Creates a store that keeps one JSON file for each media file in `dir`.
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
            Some(info) => content_etag(info),
            // A write to the file or its replacement changes at least one of these numbers.
            None => format!("\"{:x}-{:x}-{:x}\"", metadata.ino(), version.size, version.mtime_ns),
        };
        let entry = CachedInfo { version, etag, info };
        let mut cache = self.cache.lock();
        // Another thread may have indexed or published the file while this one read the store.
        if let Some(newer) = cache.get(name).filter(|entry| entry.version == version) {
            return newer.clone();
        }
        insert(&mut cache, name, entry.clone());
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
        let sent = cache.get(name).filter(|entry| entry.version == info.version);
        let etag = sent.map_or_else(|| content_etag(info), |entry| entry.etag.clone());
        let entry = CachedInfo { version: info.version, etag, info: Some(info.clone()) };
        insert(&mut cache, name, entry);
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
        let entry = CachedInfo { version, etag, info: Some(info.clone()) };
        insert(&mut self.cache.lock(), name, entry);
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
        durable::remove_if_exists(&self.dir.join(file_name(name)))
    }

    /// Reads stored metadata. Returns `None` if there is none or it is damaged: the file is then
    /// indexed again.
    fn read(&self, name: &MediaName) -> Option<MediaInfo> {
        let text = std::fs::read(self.dir.join(file_name(name))).ok()?;
        serde_json::from_slice(&text).ok()
    }
}

fn insert(cache: &mut HashMap<MediaName, CachedInfo>, name: &MediaName, entry: CachedInfo) {
    if cache.len() >= CACHE_CAPACITY && !cache.contains_key(name) {
        cache.clear();
    }
    cache.insert(name.clone(), entry);
}

/// Returns the entity tag of a file whose SHA-256 is known.
fn content_etag(info: &MediaInfo) -> String {
    format!("\"{}\"", info.sha256)
}

fn file_name(name: &MediaName) -> String {
    format!("{name}.json")
}
