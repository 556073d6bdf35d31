//! What is known of a media file: its hash and duration, kept in `meta/` and
//! in memory, and void as soon as the file is another one.

use std::collections::HashMap;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use ginflix_api::media::MediaName;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::durable;

/// Files whose facts are kept in memory; more than most volumes hold.
const MOST_IN_MEMORY: usize = 10_000;

/// Tells one state of a file from another without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Bytes.
    pub size: u64,
    /// Last change, nanoseconds since 1970.
    pub mtime_ns: i64,
}

impl Stamp {
    /// The stamp of a file.
    pub fn of(metadata: &Metadata) -> Self {
        let mtime_ns =
            metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec());
        Self { size: metadata.len(), mtime_ns }
    }
}

/// What only reading the whole file tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// The state of the file that this is true of.
    #[serde(flatten)]
    pub stamp: Stamp,
    /// SHA-256 of its content, 64 hexadecimal digits.
    pub sha256: String,
    /// How long it plays, where its container says so.
    pub duration_seconds: Option<f64>,
    /// When it became visible.
    pub created_at: Timestamp,
}

/// A file's entity tag and, once it was read, its facts.
#[derive(Debug, Clone)]
pub struct Known {
    stamp: Stamp,
    /// Strong, with its quotes.
    pub etag: String,
    /// What reading it told.
    pub facts: Option<Facts>,
}

/// The facts of all files.
#[derive(Debug)]
pub struct FactsStore {
    folder: PathBuf,
    known: Mutex<HashMap<MediaName, Known>>,
}

impl FactsStore {
    /// Facts kept in this folder.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, known: Mutex::default() }
    }

    /// What is known of a file in its present state.
    pub fn of(&self, name: &MediaName, metadata: &Metadata) -> Known {
        let stamp = Stamp::of(metadata);
        if let Some(known) = self.lock().get(name).filter(|known| known.stamp == stamp) {
            return known.clone();
        }
        let facts = self.read(name).filter(|facts| facts.stamp == stamp);
        let etag = match &facts {
            Some(facts) => tag(facts),
            None => format!("\"{:x}-{:x}-{:x}\"", metadata.ino(), stamp.size, stamp.mtime_ns),
        };
        let known = Known { stamp, etag, facts };
        let mut all = self.lock();
        if let Some(learned) = all.get(name).filter(|known| known.stamp == stamp) {
            return learned.clone(); // while this looked
        }
        remember(&mut all, name, known.clone());
        known
    }

    /// Keeps facts of a file that came by hand; what a power cut takes of them is
    /// found again by reading the file. A tag that was already given out for this
    /// state of the file stays until a restart: players give up when it changes
    /// under them.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn put(&self, name: &MediaName, facts: &Facts) -> io::Result<()> {
        self.write(name, facts)?;
        let mut all = self.lock();
        let given_out = all.get(name).filter(|known| known.stamp == facts.stamp);
        let etag = given_out.map_or_else(|| tag(facts), |known| known.etag.clone());
        remember(&mut all, name, Known { stamp: facts.stamp, etag, facts: Some(facts.clone()) });
        Ok(())
    }

    /// Keeps facts of a file that was made visible just now. Its tag is that of
    /// its content from here on, whoever looked meanwhile: the same that
    /// other streamers give, so that a download goes on at any of them.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn publish(&self, name: &MediaName, facts: &Facts) -> io::Result<()> {
        self.write(name, facts)?;
        self.remember_published(name, facts);
        Ok(())
    }

    /// Likewise, where other facts were kept of this very state of the file: a
    /// power cut may not bring those back.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn correct(&self, name: &MediaName, facts: &Facts) -> io::Result<()> {
        durable::write(&self.folder, &file_name(name), &serde_json::to_vec(facts)?)?;
        self.remember_published(name, facts);
        Ok(())
    }

    fn remember_published(&self, name: &MediaName, facts: &Facts) {
        let known = Known { stamp: facts.stamp, etag: tag(facts), facts: Some(facts.clone()) };
        remember(&mut self.lock(), name, known);
    }

    fn write(&self, name: &MediaName, facts: &Facts) -> io::Result<()> {
        durable::write_loosely(&self.folder, &file_name(name), &serde_json::to_vec(facts)?)
    }

    /// Forgets a file.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn remove(&self, name: &MediaName) -> io::Result<()> {
        self.lock().remove(name);
        durable::remove(&self.folder.join(file_name(name)))
    }

    /// Facts that cannot be read count as none: the file is then read again.
    fn read(&self, name: &MediaName) -> Option<Facts> {
        let text = std::fs::read(self.folder.join(file_name(name))).ok()?;
        serde_json::from_slice(&text).ok()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<MediaName, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn remember(all: &mut HashMap<MediaName, Known>, name: &MediaName, known: Known) {
    if all.len() >= MOST_IN_MEMORY && !all.contains_key(name) {
        all.clear();
    }
    all.insert(name.clone(), known);
}

/// The entity tag of a file whose content is known.
fn tag(facts: &Facts) -> String {
    format!("\"{}\"", facts.sha256)
}

fn file_name(name: &MediaName) -> String {
    format!("{name}.json")
}
