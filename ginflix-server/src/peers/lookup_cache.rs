//! Recent results of asking all peers for a media file or an upload.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use ginflix_api::media::MediaName;
use parking_lot::{Mutex, MutexGuard};
use uuid::Uuid;

use super::find::{MediaHolder, PeerLookup};

/// How long a peer that has a media file is not looked up again.
const FOUND_TTL: Duration = Duration::from_secs(5);
/// How long a media file is not looked up again after no peer was found that has it.
const NOT_FOUND_TTL: Duration = Duration::from_millis(500);
/// Entries of each of the two maps; a full map is cleared.
const LOOKUP_CACHE_CAPACITY: usize = 10_000;

/// Results of recent lookups, by media file and by upload.
#[derive(Debug, Default)]
pub struct LookupCache {
    media: Mutex<HashMap<MediaName, (PeerLookup<MediaHolder>, Instant)>>,
    /// The peer that has an upload; entries stay until they turn out to be wrong.
    uploads: Mutex<HashMap<Uuid, SocketAddr>>,
}

impl LookupCache {
    /// Returns the result of the last lookup of a media file, unless it has expired.
    pub fn media(&self, name: &MediaName) -> Option<PeerLookup<MediaHolder>> {
        let media = self.lock_media();
        let (lookup, at) = media.get(name)?;
        let ttl = match lookup {
            PeerLookup::Found(_) => FOUND_TTL,
            PeerLookup::NotFound | PeerLookup::Unknown => NOT_FOUND_TTL,
        };
        (at.elapsed() < ttl).then(|| lookup.clone())
    }

    /// Stores the result of a lookup of a media file.
    pub fn insert_media(&self, name: &MediaName, lookup: &PeerLookup<MediaHolder>) {
        let mut media = self.lock_media();
        if media.len() >= LOOKUP_CACHE_CAPACITY {
            media.clear();
        }
        media.insert(name.clone(), (lookup.clone(), Instant::now()));
    }

    /// Forgets which peer has a media file.
    pub fn remove_media(&self, name: &MediaName) {
        self.lock_media().remove(name);
    }

    /// Returns the peer that has an upload, if it was found before.
    pub fn upload(&self, id: Uuid) -> Option<SocketAddr> {
        self.lock_uploads().get(&id).copied()
    }

    /// Stores the peer that has an upload.
    pub fn insert_upload(&self, id: Uuid, owner: SocketAddr) {
        let mut uploads = self.lock_uploads();
        if uploads.len() >= LOOKUP_CACHE_CAPACITY {
            uploads.clear();
        }
        uploads.insert(id, owner);
    }

    /// Forgets which peer has an upload.
    pub fn remove_upload(&self, id: Uuid) {
        self.lock_uploads().remove(&id);
    }

    fn lock_media(&self) -> MutexGuard<'_, HashMap<MediaName, (PeerLookup<MediaHolder>, Instant)>> {
        self.media.lock()
    }

    fn lock_uploads(&self) -> MutexGuard<'_, HashMap<Uuid, SocketAddr>> {
        self.uploads.lock()
    }
}
