//! Fetches a media file from peers: an earlier attempt is continued, and where one peer fails
//! another one continues.

use std::net::SocketAddr;
use std::time::SystemTime;

use ginflix_api::media::{Media, MediaName};
use ginflix_api::replica::ReplicaState;
use tokio::sync::mpsc;

use super::Replication;
use super::error::ReplicationError;
use crate::catalog::store::DesiredMedia;
use crate::media::info::FileVersion;
use crate::media::pull::{Pull, PullError};
use crate::metrics::PeerTraffic;
use crate::peers::Peers;
use crate::peers::find::{MediaHolder, PeerLookup};

/// Chunks that are buffered between the peer and the disk.
const CHUNK_QUEUE_CAPACITY: usize = 8;

impl Replication {
    /// Fetches the content of a name from peers, and publishes it in the volume.
    pub(super) async fn pull(
        &self,
        name: &MediaName,
        replaces: Option<FileVersion>,
        damage: Option<&'static str>,
    ) -> Result<(), ReplicationError> {
        let Some(desired) = self.desired(name) else { return Ok(()) };
        // Recorded before the file exists: without a replica the file would be taken for one that
        // somebody copied there.
        let state = if damage.is_some() { ReplicaState::Damaged } else { ReplicaState::Pulling };
        let round = self.check_round(name);
        if !self.put_replica(&desired, state, damage.map(str::to_owned), round).await? {
            return Ok(());
        }
        let Some(peers) = &self.0.peers else { return Err(ReplicationError::NoPeers) };
        let _permit = self.0.pull_permits.acquire().await?;
        let (pull, modified) = self.fetch(peers, &desired.media).await?;
        // In a task of its own, as aborting this one must not release the lock of the name halfway.
        let replication = self.clone();
        tokio::spawn(async move { replication.publish(&desired, pull, modified, replaces).await })
            .await?
    }

    /// Fetches all bytes, from one peer after the other. Also returns the time of
    /// the last modification.
    async fn fetch(
        &self,
        peers: &Peers,
        media: &Media,
    ) -> Result<(Pull, SystemTime), ReplicationError> {
        let (volume, target, reserve) = (self.0.volume.clone(), media.clone(), self.0.reserve);
        let mut pull = run_blocking(move || Pull::open(&volume, &target, reserve)).await?;
        let mut failed: Vec<SocketAddr> = Vec::new();
        loop {
            let sha256 = media.sha256.as_deref();
            let holder = match peers.find_media_except(&media.name, sha256, &failed).await {
                PeerLookup::Found(holder) => holder,
                PeerLookup::NotFound => return Err(ReplicationError::NotFound),
                PeerLookup::Unknown => return Err(ReplicationError::Unreachable),
            };
            let before = pull.offset();
            let (written, error) = self.receive(peers, media, pull, &holder).await;
            pull = written?;
            if pull.offset() == media.size_bytes {
                return Ok((pull, holder.modified));
            }
            self.0.metrics.record_peer_failure(PeerTraffic::Pulled);
            let why = error.unwrap_or_else(|| "the response ended early".to_owned());
            tracing::info!(media = %media.name, peer = %holder.address, why, at = pull.offset(),
                "a transfer from a peer broke off; trying another peer");
            if pull.offset() > before {
                failed.clear();
            }
            failed.push(holder.address);
        }
    }

    /// Writes what one peer sends. Also returns why the transfer broke off, if it did.
    async fn receive(
        &self,
        peers: &Peers,
        media: &Media,
        pull: Pull,
        holder: &MediaHolder,
    ) -> (Result<Pull, PullError>, Option<String>) {
        let range = pull.offset()..media.size_bytes;
        if range.is_empty() {
            return (Ok(pull), None);
        }
        let sha256 = media.sha256.as_deref();
        let mut body = match peers.open_range(&media.name, holder, sha256, &range).await {
            Ok(body) => body,
            Err(error) => return (Ok(pull), Some(error.to_string())),
        };
        let (to_disk, chunks) = mpsc::channel(CHUNK_QUEUE_CAPACITY);
        let writing = run_blocking(move || pull.write_chunks(chunks));
        let receiving = async move {
            loop {
                match body.next_chunk().await {
                    Ok(Some(chunk)) => {
                        self.0.rate_limiter.acquire(chunk.len()).await;
                        self.0.metrics.add_peer_bytes(PeerTraffic::Pulled, chunk.len() as u64);
                        if to_disk.send(chunk).await.is_err() {
                            return None; // `writing` returns the error
                        }
                    }
                    Ok(None) => return None,
                    Err(error) => return Some(error.to_string()),
                }
            }
        };
        tokio::join!(writing, receiving)
    }

    /// Gives the file its name, and records that this streamer has a complete copy.
    async fn publish(
        &self,
        desired: &DesiredMedia,
        pull: Pull,
        modified: SystemTime,
        replaces: Option<FileVersion>,
    ) -> Result<(), ReplicationError> {
        let Media { name, size_bytes, .. } = &desired.media;
        let _name_guard = self.0.volume.name_locks().lock(name).await;
        match run_blocking(move || pull.publish(modified, replaces)).await {
            Ok(()) => {
                tracing::info!(media = %name, bytes = size_bytes, "fetched a media file from a peer")
            }
            Err(error @ PullError::ChecksumMismatch(_)) => {
                // The peer that sent this does not know that its copy is damaged.
                let requested = self.0.store.request_verification(Some(name)).await;
                tracing::warn!(media = %name, asked = requested.is_ok(),
                    "a peer sent wrong bytes: asking all streamers to verify their copies");
                return Err(error.into());
            }
            Err(error) => return Err(error.into()),
        }
        // If the catalogue no longer wants it, the next reconciliation removes it.
        self.put_replica(desired, ReplicaState::Whole, None, desired.check_round).await.map(drop)
    }
}

async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PullError> + Send + 'static,
) -> Result<T, PullError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|e| Err(PullError::Io(std::io::Error::other(e))))
}
