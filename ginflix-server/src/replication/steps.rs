//! What is to be done about one name, done.

use ginflix_api::media::MediaName;
use ginflix_api::replica::ReplicaState;

use super::Replication;
use super::error::StepError;
use super::rules::Step;
use crate::catalog::store::{DesiredMedia, ReplicaRecord, StoreError};
use crate::clock::now;
use crate::media::VolumeError;
use crate::media::info::MediaInfo;
use crate::media::upload::to_media;
use crate::media::volume::MediaFile;

impl Replication {
    pub(super) async fn carry_out(&self, name: &MediaName, step: Step) -> Result<(), StepError> {
        match step {
            Step::Register => self.register(name).await,
            Step::Confirm => self.confirm(name).await,
            Step::Pull { replaces, damage } => self.pull(name, replaces, damage).await,
            Step::Verify => self.verify(name).await,
            Step::Remove => self.remove(name).await,
            Step::Forget => self.forget(name).await,
        }
    }

    async fn register(&self, name: &MediaName) -> Result<(), StepError> {
        let _held = self.0.volume.name_locks().lock(name).await;
        let Some(info) = self.info(name)? else { return Ok(()) };
        if self.0.volume.name_locks().is_claimed(name) {
            return Ok(());
        }
        match self.0.store.put_media_at(&to_media(name, &info), &self.0.name, false).await {
            Ok(()) => tracing::info!(media = %name, "recorded a file of the volume"),
            // Another streamer was faster with other content: the next round sees that.
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    async fn confirm(&self, name: &MediaName) -> Result<(), StepError> {
        let Some(wanted) = self.wanted(name) else { return Ok(()) };
        let round = self.known().replicas.get(name).map_or(0, |replica| replica.check_round);
        self.put(&wanted, ReplicaState::Whole, None, round).await.map(drop)
    }

    /// Reads the file and holds it against its SHA-256, whatever is known of it.
    async fn verify(&self, name: &MediaName) -> Result<(), StepError> {
        let _turn = self.0.reading.acquire().await?;
        let Some(wanted) = self.wanted(name) else { return Ok(()) };
        let (volume, file) = (self.0.volume.clone(), name.clone());
        let read = tokio::task::spawn_blocking(move || volume.rehash(&file));
        let sha256 = match read.await? {
            Ok(Some(sha256)) => sha256,
            Ok(None) | Err(VolumeError::NotFound(_)) => return Ok(()), // another one by now
            Err(error) => return Err(error.into()),
        };
        if sha256 == wanted.media.sha256 {
            return self
                .put(&wanted, ReplicaState::Whole, None, wanted.check_round)
                .await
                .map(drop);
        }
        tracing::warn!(media = %name, sha256, "found a damaged file; fetching it anew");
        let problem = Some("its SHA-256 is wrong".to_owned());
        let round = self.known().replicas.get(name).map_or(0, |replica| replica.check_round);
        self.put(&wanted, ReplicaState::Damaged, problem, round).await.map(drop)
    }

    /// The catalogue is asked once more: it alone says that a file is to go.
    async fn remove(&self, name: &MediaName) -> Result<(), StepError> {
        let volume = &self.0.volume;
        let _held = volume.name_locks().lock(name).await;
        match self.0.store.media(name).await {
            Err(StoreError::NotFound) => {}
            Ok(_) => return Ok(()), // there again
            Err(error) => return Err(error.into()),
        }
        if volume.name_locks().is_claimed(name) {
            return Ok(());
        }
        let (removed, file) = (volume.clone(), name.clone());
        let removed = tokio::task::spawn_blocking(move || removed.remove(&file)).await;
        match removed? {
            Ok(()) => tracing::info!(media = %name, "removed a file that was removed elsewhere"),
            Err(VolumeError::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
        self.forget(name).await
    }

    async fn forget(&self, name: &MediaName) -> Result<(), StepError> {
        if self.0.store.delete_replica(name, &self.0.name).await? {
            self.known().replicas.remove(name);
        }
        Ok(())
    }

    /// Writes down how this streamer's copy is; says whether it (still) is to
    /// have one of this content.
    pub(super) async fn put(
        &self,
        wanted: &DesiredMedia,
        state: ReplicaState,
        problem: Option<String>,
        check_round: u64,
    ) -> Result<bool, StepError> {
        let media = &wanted.media;
        let before = self.known().replicas.get(&media.name).cloned();
        let verified_at = match state {
            ReplicaState::Whole => Some(now()),
            _ => before.as_ref().and_then(|replica| replica.verified_at),
        };
        let replica = ReplicaRecord {
            media: media.name.clone(),
            streamer: self.0.name.clone(),
            sha256: media.sha256.clone(),
            state,
            problem,
            check_round,
            verified_at,
        };
        let is_wanted = self.0.store.put_replica(&replica).await?;
        if is_wanted {
            self.known().replicas.insert(media.name.clone(), replica);
        }
        Ok(is_wanted)
    }

    /// For administrators: why a copy is not whole yet.
    pub(super) async fn tell_problem(&self, name: &MediaName, why: String) {
        let replica = self.known().replicas.get(name).cloned();
        let Some(mut replica) = replica.filter(|r| r.state != ReplicaState::Whole) else { return };
        if replica.problem.as_ref() == Some(&why) {
            return;
        }
        replica.problem = Some(why);
        if let Ok(true) = self.0.store.put_replica(&replica).await {
            self.known().replicas.insert(name.clone(), replica);
        }
    }

    pub(super) fn wanted(&self, name: &MediaName) -> Option<DesiredMedia> {
        self.known().wanted.get(name).cloned()
    }

    /// What is known of the file now.
    fn info(&self, name: &MediaName) -> Result<Option<MediaInfo>, StepError> {
        match self.0.volume.stat(name) {
            Ok(MediaFile { info, .. }) => Ok(info),
            Err(VolumeError::NotFound(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
