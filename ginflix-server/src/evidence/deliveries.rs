//! The table of what this process sent, in memory.
//!
//! A response looks its entry up once, and then adds the bytes that it sends to counters without a
//! lock. The entries are spread over shards by client. A full shard drops those with the smallest
//! amounts first, so that many clients that were sent little do not displace those who watch.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ginflix_api::paths;
use http::{Method, StatusCode};
use jiff::Timestamp;
use parking_lot::Mutex;

use super::buckets::Buckets;
use crate::catalog::store::SentAmount;
use crate::clock::playback_now;
use crate::delivery::response::media_name;
use crate::rate_limiter::client_key;

/// The number of shards. Clients of one shard compete for its entries.
const SHARDS: usize = 16;
/// Entries of a shard, at some 400 bytes each: 16 MB in all.
const SHARD_CAPACITY: usize = 2560;
/// The part of the entries that a full shard drops at once, so that it need not sort them often.
const DROPPED_PART: usize = 8;

/// What this process sent to each client of each media file.
#[derive(Debug)]
pub struct Deliveries {
    hasher: RandomState,
    shards: [Mutex<Shard>; SHARDS],
}

/// The entries of some clients.
#[derive(Debug, Default)]
struct Shard {
    clients: HashMap<IpAddr, HashMap<Box<str>, Entry>>,
    entries: usize,
    /// When an entry was last dropped that the catalogue lacked.
    lost_at: Option<Timestamp>,
}

#[derive(Debug, Default)]
struct Entry {
    counters: Arc<Counters>,
    buckets: Buckets,
}

#[derive(Debug, Default)]
struct Counters {
    bytes: AtomicU64,
    responses: AtomicU64,
    revalidations: AtomicU64,
}

/// A response in progress, which adds what it sends to its entry.
#[derive(Debug)]
pub struct Delivery(Arc<Counters>);

/// An amount that the catalogue lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnwrittenAmount {
    /// The client.
    pub client: IpAddr,
    /// The name of the media file.
    pub media: String,
    /// The begin of the bucket.
    pub bucket: Timestamp,
    /// The total of the bucket.
    pub sent: SentAmount,
}

impl Default for Deliveries {
    fn default() -> Self {
        Self { hasher: RandomState::new(), shards: Default::default() }
    }
}

impl Delivery {
    /// Adds bytes of the body that were sent.
    pub fn add_bytes(&self, bytes: u64) {
        self.0.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Counters {
    fn total(&self) -> SentAmount {
        SentAmount {
            bytes: self.bytes.load(Ordering::Relaxed),
            responses: self.responses.load(Ordering::Relaxed),
            revalidations: self.revalidations.load(Ordering::Relaxed),
        }
    }
}

impl Deliveries {
    /// Counts a response whose head is ready; `None` if it is no evidence. `path` is the path of the
    /// request, as sent.
    pub fn begin(
        &self,
        client: IpAddr,
        method: &Method,
        path: &str,
        status: StatusCode,
    ) -> Option<Delivery> {
        let is_sent = matches!(status, StatusCode::OK | StatusCode::PARTIAL_CONTENT);
        let is_counted = is_sent || status == StatusCode::NOT_MODIFIED;
        if *method != Method::GET || !is_counted {
            return None;
        }
        let (file, _) = paths::split_stream(path)?;
        let (media, client) = (media_name(file)?, client_key(client));
        let counters = self.shard(client).lock().counters(client, media.as_str());
        let count = if is_sent { &counters.responses } else { &counters.revalidations };
        count.fetch_add(1, Ordering::Relaxed);
        Some(Delivery(counters))
    }

    /// Returns whether the catalogue lacks anything at this time.
    pub fn has_unwritten(&self, now: Timestamp) -> bool {
        self.shards.iter().any(|shard| {
            shard.lock().entries().any(|(_, _, entry)| {
                entry.buckets.advance(entry.counters.total(), now);
                !entry.buckets.is_written()
            })
        })
    }

    /// Returns what the catalogue lacks at this time.
    pub fn unwritten(&self, now: Timestamp) -> Vec<UnwrittenAmount> {
        let mut amounts = Vec::new();
        for shard in &self.shards {
            for (client, media, entry) in shard.lock().entries() {
                entry.buckets.advance(entry.counters.total(), now);
                amounts.extend(entry.buckets.unwritten().map(|(bucket, sent)| {
                    let (client, media) = (*client, media.to_string());
                    UnwrittenAmount { client, media, bucket, sent }
                }));
            }
        }
        amounts
    }

    /// Notes that the catalogue has these amounts.
    pub fn set_written(&self, amounts: &[UnwrittenAmount]) {
        for UnwrittenAmount { client, media, bucket, sent } in amounts {
            let mut shard = self.shard(*client).lock();
            let entries = shard.clients.get_mut(client);
            if let Some(entry) = entries.and_then(|entries| entries.get_mut(media.as_str())) {
                entry.buckets.set_written(*bucket, *sent);
            }
        }
    }

    /// Drops what need not be remembered any more. Returns when something was last dropped that the
    /// catalogue lacked.
    pub fn drop_old(&self, now: Timestamp) -> Option<Timestamp> {
        let lost = self.shards.iter().filter_map(|shard| {
            let mut shard = shard.lock();
            shard.drop_old(now);
            shard.lost_at
        });
        lost.max()
    }

    fn shard(&self, client: IpAddr) -> &Mutex<Shard> {
        &self.shards[self.hasher.hash_one(client) as usize % SHARDS]
    }
}

impl Shard {
    /// Iterates over all entries with their client and media file.
    fn entries(&mut self) -> impl Iterator<Item = (&IpAddr, &str, &mut Entry)> {
        self.clients.iter_mut().flat_map(|(client, entries)| {
            entries.iter_mut().map(move |(media, entry)| (client, &**media, entry))
        })
    }

    /// Returns the counters of a client and a media file, and inserts them if there are none.
    fn counters(&mut self, client: IpAddr, media: &str) -> Arc<Counters> {
        if let Some(entry) = self.clients.get(&client).and_then(|entries| entries.get(media)) {
            return entry.counters.clone();
        }
        if self.entries >= SHARD_CAPACITY {
            self.drop_smallest();
        }
        self.entries += 1;
        let entry = Entry::default();
        let counters = entry.counters.clone();
        self.clients.entry(client).or_default().insert(media.into(), entry);
        counters
    }

    /// Drops the entries with the smallest amounts: first those without a response in progress.
    fn drop_smallest(&mut self) {
        let rank = |entry: &Entry| {
            let total = entry.counters.total();
            (entry.is_in_progress(), total.bytes, total.responses)
        };
        let mut ranks: Vec<_> = self.entries().map(|(_, _, entry)| rank(entry)).collect();
        let dropped = SHARD_CAPACITY / DROPPED_PART;
        let (_, &mut limit, _) = ranks.select_nth_unstable(dropped);
        let (now, mut rest, mut is_lossy) = (playback_now(), dropped, false);
        self.retain(|entry| {
            if rest == 0 || rank(entry) > limit {
                return true;
            }
            rest -= 1;
            entry.buckets.advance(entry.counters.total(), now);
            is_lossy |= !entry.buckets.is_written();
            false
        });
        if is_lossy {
            self.lost_at = Some(now);
        }
    }

    fn drop_old(&mut self, now: Timestamp) {
        let mut is_lossy = false;
        self.retain(|entry| {
            // In this order: without a response in progress the counters do not change any more.
            let is_in_progress = entry.is_in_progress();
            entry.buckets.advance(entry.counters.total(), now);
            is_lossy |= entry.buckets.drop_old(now);
            is_in_progress || !entry.buckets.is_empty()
        });
        if is_lossy {
            self.lost_at = Some(now);
        }
    }

    fn retain(&mut self, mut keep: impl FnMut(&mut Entry) -> bool) {
        self.clients.retain(|_, entries| {
            entries.retain(|_, entry| keep(entry));
            !entries.is_empty()
        });
        self.entries = self.clients.values().map(HashMap::len).sum();
    }
}

impl Entry {
    fn is_in_progress(&self) -> bool {
        Arc::strong_count(&self.counters) > 1
    }
}

#[cfg(test)]
mod tests;
