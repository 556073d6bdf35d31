//! A film from a peer: from where an earlier attempt ended, from another peer
//! where one fails.

use std::net::SocketAddr;
use std::time::SystemTime;

use ginflix_api::media::{Media, MediaName};
use ginflix_api::replica::ReplicaState;
use tokio::sync::mpsc;

use super::Replication;
use super::error::StepError;
use crate::catalog::store::DesiredMedia;
use crate::media::info::FileVersion;
use crate::media::pull::{Pull, PullError};
use crate::metrics::PeerTraffic;
use crate::peers::Peers;
use crate::peers::find::{Found, Holder};

/// Pieces between the peer and the disk.
const MOST_PIECES: usize = 8;

impl Replication {
    pub(super) async fn pull(
        &self,
        name: &MediaName,
        replaces: Option<FileVersion>,
        damage: Option<&'static str>,
    ) -> Result<(), StepError> {
        let Some(wanted) = self.wanted(name) else { return Ok(()) };
        // Written down before anything is there: a file that turns up without
        // a note would be taken for one that came by hand.
        let state = if damage.is_some() { ReplicaState::Damaged } else { ReplicaState::Pulling };
        let round = self.known().replicas.get(name).map_or(0, |replica| replica.check_round);
        if !self.put(&wanted, state, damage.map(str::to_owned), round).await? {
            return Ok(());
        }
        let Some(peers) = &self.0.peers else { return Err(StepError::NoPeers) };
        let _turn = self.0.jobs.acquire().await?;
        let (pull, modified) = self.fetch(peers, &wanted.media).await?;
        // A task of its own: whoever ends this pull may not free the name halfway.
        let this = self.clone();
        tokio::spawn(async move { this.give_name(&wanted, pull, modified, replaces).await }).await?
    }

    /// Fetches all bytes, from one peer after the other.
    async fn fetch(&self, peers: &Peers, media: &Media) -> Result<(Pull, SystemTime), StepError> {
        let (volume, what, reserve) = (self.0.volume.clone(), media.clone(), self.0.reserve);
        let begun = blocking(move || Pull::open(&volume, &what, reserve));
        let mut pull = begun.await?;
        let mut failed: Vec<SocketAddr> = Vec::new();
        loop {
            let sha256 = Some(media.sha256.as_str());
            let holder = match peers.find_media_but(&media.name, sha256, &failed).await {
                Found::At(holder) => holder,
                Found::Nowhere => return Err(StepError::NotFound),
                Found::Unsure => return Err(StepError::Unreachable),
            };
            let before = pull.offset();
            let (written, broken) = self.receive(peers, media, pull, &holder).await;
            pull = written?;
            if pull.offset() == media.size_bytes {
                return Ok((pull, holder.modified));
            }
            self.0.metrics.record_peer_failure(PeerTraffic::Pulled);
            let why = broken.unwrap_or_else(|| "it ended early".to_owned());
            tracing::info!(media = %media.name, peer = %holder.address, why, at = pull.offset(),
                "a peer broke off");
            if pull.offset() > before {
                failed.clear();
            }
            failed.push(holder.address);
        }
    }

    /// Takes what one peer sends, and why it ended where that was too early.
    async fn receive(
        &self,
        peers: &Peers,
        media: &Media,
        pull: Pull,
        holder: &Holder,
    ) -> (Result<Pull, PullError>, Option<String>) {
        let part = pull.offset()..media.size_bytes;
        if part.is_empty() {
            return (Ok(pull), None);
        }
        let sha256 = Some(media.sha256.as_str());
        let mut incoming = match peers.part(&media.name, holder, sha256, &part).await {
            Ok(incoming) => incoming,
            Err(error) => return (Ok(pull), Some(error.to_string())),
        };
        let (to_disk, pieces) = mpsc::channel(MOST_PIECES);
        let writing = blocking(move || pull.write_chunks(pieces));
        let feeding = async move {
            loop {
                match incoming.next().await {
                    Ok(Some(bytes)) => {
                        self.0.rate.take(bytes.len()).await;
                        self.0.metrics.add_peer_bytes(PeerTraffic::Pulled, bytes.len() as u64);
                        if to_disk.send(bytes).await.is_err() {
                            return None; // the disk says why
                        }
                    }
                    Ok(None) => return None,
                    Err(error) => return Some(error.to_string()),
                }
            }
        };
        tokio::join!(writing, feeding)
    }

    async fn give_name(
        &self,
        wanted: &DesiredMedia,
        pull: Pull,
        modified: SystemTime,
        replaces: Option<FileVersion>,
    ) -> Result<(), StepError> {
        let Media { name, size_bytes, .. } = &wanted.media;
        let _held = self.0.volume.name_locks().lock(name).await;
        match blocking(move || pull.publish(modified, replaces)).await {
            Ok(()) => tracing::info!(media = %name, bytes = size_bytes, "fetched from a peer"),
            Err(error @ PullError::ChecksumMismatch(_)) => {
                // Whichever peer sent this does not know of it.
                let asked = self.0.store.request_verification(Some(name)).await;
                tracing::warn!(media = %name, asked = asked.is_ok(), "having all copies verified");
                return Err(error.into());
            }
            Err(error) => return Err(error.into()),
        }
        // Where it is not wanted any more, the next round removes it.
        self.put(wanted, ReplicaState::Whole, None, wanted.check_round).await.map(drop)
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PullError> + Send + 'static,
) -> Result<T, PullError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|e| Err(PullError::Io(std::io::Error::other(e))))
}
