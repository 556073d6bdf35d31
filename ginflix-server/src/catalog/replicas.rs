//! Where files are: the rules of how many copies there should be.

use std::collections::HashMap;
use std::time::Duration;

use ginflix_api::media::{Media, MediaName};
use ginflix_api::replica::{ListedMedia, NewRepair, Repair, Replica, ReplicaState, Replication};
use ginflix_api::status::StreamerStatus;
use jiff::Timestamp;

use super::store::{ReplicaRecord, StoreError, Streamer};
use super::{Catalog, Result};
use crate::clock::now;
use crate::error::AppError;

/// A streamer that gave no sign of life for so long is not live.
const LIVE: Duration = Duration::from_secs(20);
/// One that gave none for so long is not expected back, and not to have files;
/// what it has stays written down for when it comes back all the same.
const EXPECTED: Duration = Duration::from_secs(3600);

impl Catalog {
    /// Files, with where they are.
    pub async fn with_replicas(&self, media: Vec<Media>) -> Result<Vec<ListedMedia>> {
        let (streamers, now) = (self.store.streamers().await, now());
        let streamers = match streamers {
            // What was given from memory says nothing of copies.
            Err(StoreError::Unavailable(_)) if self.cache_age().is_some() => Vec::new(),
            other => other?,
        };
        if streamers.is_empty() {
            let alone = |media| ListedMedia { media, replication: None };
            return Ok(media.into_iter().map(alone).collect());
        }
        let expected = |streamer: &&Streamer| is_within(streamer, EXPECTED, now);
        let expected: Vec<&str> =
            streamers.iter().filter(expected).map(|s| s.record.name.as_str()).collect();
        let names: Vec<MediaName> = media.iter().map(|media| media.name.clone()).collect();
        let mut by_name: HashMap<MediaName, Vec<(ReplicaRecord, bool)>> = HashMap::new();
        for (replica, is_checked) in self.store.replicas_of(&names).await? {
            by_name.entry(replica.media.clone()).or_default().push((replica, is_checked));
        }
        let listed = media.into_iter().map(|media| {
            let copies = by_name.remove(&media.name).unwrap_or_default();
            let replication = Some(summed_up(&media, copies, &expected));
            ListedMedia { media, replication }
        });
        Ok(listed.collect())
    }

    /// The streamers, and how far behind each is.
    pub async fn streamers(&self) -> Result<Vec<StreamerStatus>> {
        let (streamers, now) = (self.store.streamers().await?, now());
        let (media, bytes) = self.store.media_totals().await?;
        let status = |streamer: Streamer| StreamerStatus {
            is_live: is_within(&streamer, LIVE, now),
            name: streamer.record.name,
            version: streamer.record.version,
            address: streamer.record.address,
            seen_at: streamer.record.seen_at,
            used_bytes: streamer.record.used_bytes,
            free_bytes: streamer.record.free_bytes,
            media: streamer.media,
            lagging_media: media.saturating_sub(streamer.media),
            lagging_bytes: bytes.saturating_sub(streamer.media_bytes),
        };
        Ok(streamers.into_iter().map(status).collect())
    }

    /// How many files there are, and their bytes.
    pub async fn media_totals(&self) -> Result<(u64, u64)> {
        Ok(self.store.media_totals().await?)
    }

    /// Has streamers read files and mend what is wrong.
    ///
    /// # Errors
    /// `NotFound` for an unknown file, `Conflict` where there is one volume only.
    pub async fn request_repair(&self, repair: &NewRepair) -> Result<Repair> {
        if self.store.streamers().await?.is_empty() {
            let why = "this server keeps its files by itself: there is no copy to mend one from";
            return Err(AppError::Conflict(why.to_owned()));
        }
        let media = self.store.request_verification(repair.media.as_ref()).await?;
        match &repair.media {
            Some(name) if media == 0 => Err(AppError::NotFound(format!("media {name}"))),
            _ => Ok(Repair { media }),
        }
    }
}

fn is_within(streamer: &Streamer, time: Duration, now: Timestamp) -> bool {
    now.duration_since(streamer.record.seen_at).unsigned_abs() <= time
}

fn summed_up(media: &Media, copies: Vec<(ReplicaRecord, bool)>, expected: &[&str]) -> Replication {
    let replicas: Vec<Replica> = copies
        .into_iter()
        .filter(|(copy, _)| expected.contains(&copy.streamer.as_str()))
        .map(|(copy, is_checked)| {
            let is_this = copy.sha256 == media.sha256;
            Replica {
                streamer: copy.streamer,
                // A copy of what it was before is about to be replaced.
                state: if is_this { copy.state } else { ReplicaState::Pulling },
                problem: copy.problem,
                is_verified: is_this && is_checked && copy.state == ReplicaState::Whole,
                verified_at: copy.verified_at,
            }
        })
        .collect();
    let whole = replicas.iter().filter(|r| r.state == ReplicaState::Whole).count() as u64;
    Replication { wanted: expected.len() as u64, whole, replicas }
}
