//! The rules of replicas: which streamers are live, and how many of them should have a copy of
//! each media file.

use std::collections::HashMap;
use std::time::Duration;

use ginflix_api::inspection::Container;
use ginflix_api::media::{Media, MediaName};
use ginflix_api::playability::Playability;
use ginflix_api::replica::{
    ListedMedia, MediaProblem, NewRepair, Repair, Replica, ReplicaState, Replication,
};
use ginflix_api::status::StreamerStatus;
use ginflix_media::playability;
use jiff::Timestamp;

use super::store::{ReplicaRecord, StoreError, Streamer};
use super::{Catalog, Result};
use crate::clock::now;
use crate::error::AppError;

/// A streamer without a heartbeat for this long is not live.
const LIVE_TIMEOUT: Duration = Duration::from_secs(20);
/// A streamer without a heartbeat for this long is not expected to have copies any more. The
/// records of its copies stay, in case it comes back.
const EXPECTED_TIMEOUT: Duration = Duration::from_secs(3600);

impl Catalog {
    /// Adds the replicas of each media file, and how browsers play it.
    pub async fn with_replicas(&self, media: Vec<Media>) -> Result<Vec<ListedMedia>> {
        let (streamers, now) = (self.store.streamers().await, now());
        let streamers = match streamers {
            // The list comes from the cache, which has no replicas.
            Err(StoreError::Unavailable(_)) if self.cache_age().is_some() => Vec::new(),
            other => other?,
        };
        if streamers.is_empty() {
            return Ok(media.into_iter().map(|media| listed(media, None)).collect());
        }
        let is_expected = |streamer: &&Streamer| seen_within(EXPECTED_TIMEOUT, streamer, now);
        let expected: Vec<&str> =
            streamers.iter().filter(is_expected).map(|s| s.record.name.as_str()).collect();
        let names: Vec<MediaName> = media.iter().map(|media| media.name.clone()).collect();
        let mut by_name: HashMap<MediaName, Vec<(ReplicaRecord, bool)>> = HashMap::new();
        for (replica, is_checked) in self.store.replicas_of(&names).await? {
            by_name.entry(replica.media.clone()).or_default().push((replica, is_checked));
        }
        let with_replicas = media.into_iter().map(|media| {
            let copies = by_name.remove(&media.name).unwrap_or_default();
            let replication = Some(summarize(&media, copies, &expected));
            listed(media, replication)
        });
        Ok(with_replicas.collect())
    }

    /// Returns the streamers, each with the number and size of the media files that it lacks.
    pub async fn streamers(&self) -> Result<Vec<StreamerStatus>> {
        let (streamers, now) = (self.store.streamers().await?, now());
        let (media, bytes) = self.store.media_totals().await?;
        let status = |streamer: Streamer| StreamerStatus {
            is_live: seen_within(LIVE_TIMEOUT, &streamer, now),
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

    /// Returns the files on the volumes of live streamers that cannot be taken up.
    ///
    /// # Errors
    /// `Unavailable` if the catalogue is not available.
    pub async fn media_problems(&self) -> Result<Vec<MediaProblem>> {
        let (streamers, now) = (self.store.streamers().await?, now());
        let live =
            streamers.into_iter().filter(|streamer| seen_within(LIVE_TIMEOUT, streamer, now));
        let problems = live.flat_map(|Streamer { record, .. }| {
            let name = record.name;
            record
                .problems
                .into_iter()
                .map(move |problem| MediaProblem { streamer: Some(name.clone()), ..problem })
        });
        Ok(problems.collect())
    }

    /// Returns the number of media files and their total size in bytes.
    pub async fn media_totals(&self) -> Result<(u64, u64)> {
        Ok(self.store.media_totals().await?)
    }

    /// Requests that streamers verify their copies of one media file or all, and replace the
    /// damaged ones.
    ///
    /// # Errors
    /// `NotFound` for an unknown file, `Conflict` if there are no streamers.
    pub async fn request_repair(&self, repair: &NewRepair) -> Result<Repair> {
        if self.store.streamers().await?.is_empty() {
            return Err(AppError::Conflict(
                "this server has the only copy of each media file, so nothing can be repaired; \
                 restore damaged files from a backup"
                    .to_owned(),
            ));
        }
        let media = self.store.request_verification(repair.media.as_ref()).await?;
        match &repair.media {
            Some(name) if media == 0 => Err(AppError::NotFound(format!("media {name}"))),
            _ => Ok(Repair { media }),
        }
    }
}

/// Returns the entry of a media file in a list.
fn listed(media: Media, replication: Option<Replication>) -> ListedMedia {
    let playability = playability_of(&media);
    ListedMedia { media, playability, replication }
}

/// Returns how browsers play a media file. Empty for one that is not inspected yet, and for a file that is neither
/// video nor audio, such as subtitles.
pub fn playability_of(media: &Media) -> Playability {
    let is_named_so = ["video/", "audio/"].iter().any(|kind| media.content_type.starts_with(kind));
    match &media.inspection {
        Some(found) if is_named_so || found.container != Container::Unknown => {
            playability::playability(found, media.name.as_str())
        }
        _ => Playability::default(),
    }
}

fn seen_within(timeout: Duration, streamer: &Streamer, now: Timestamp) -> bool {
    // The heartbeat may be in the future, because the clocks of two servers differ.
    now.duration_since(streamer.record.seen_at).unsigned_abs() <= timeout
}

/// Sums up the copies of a media file on the streamers that are expected to have it.
fn summarize(media: &Media, copies: Vec<(ReplicaRecord, bool)>, expected: &[&str]) -> Replication {
    let replicas: Vec<Replica> = copies
        .into_iter()
        .filter(|(copy, _)| expected.contains(&copy.streamer.as_str()))
        .map(|(copy, is_checked)| {
            let is_current = media.has_sha256(&copy.sha256);
            Replica {
                streamer: copy.streamer,
                // A copy of the previous content is going to be replaced.
                state: if is_current { copy.state } else { ReplicaState::Pulling },
                problem: copy.problem,
                is_verified: is_current && is_checked && copy.state == ReplicaState::Whole,
                verified_at: copy.verified_at,
            }
        })
        .collect();
    let whole = replicas.iter().filter(|r| r.state == ReplicaState::Whole).count() as u64;
    Replication { wanted: expected.len() as u64, whole, replicas }
}
