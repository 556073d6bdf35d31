//! The actions that bring one name of the volume to the state of the catalogue.

use ginflix_api::media::MediaName;
use ginflix_api::replica::ReplicaState;

use super::Replication;
use super::error::ReplicationError;
use super::rules::ReplicaAction;
use crate::catalog::store::{DesiredMedia, ReplicaRecord, StoreError};
use crate::clock::now;
use crate::media::VolumeError;
use crate::media::info::MediaInfo;
use crate::media::upload::to_media;
use crate::media::volume::MediaFile;

impl Replication {
    pub(super) async fn apply(
        &self,
        name: &MediaName,
        action: ReplicaAction,
    ) -> Result<(), ReplicationError> {
        match action {
            ReplicaAction::Register => self.register(name).await,
            ReplicaAction::Confirm => self.confirm(name).await,
            ReplicaAction::Describe => self.describe(name).await,
            ReplicaAction::Pull { replaces, damage } => self.pull(name, replaces, damage).await,
            ReplicaAction::Verify => self.verify(name).await,
            ReplicaAction::Remove => self.remove(name).await,
            ReplicaAction::Forget => self.forget(name).await,
        }
    }

    /// Adds a file of the volume to the catalogue, unless an upload has claimed its name.
    async fn register(&self, name: &MediaName) -> Result<(), ReplicationError> {
        let _name_guard = self.0.volume.name_locks().lock(name).await;
        let Some(info) = self.info(name)? else { return Ok(()) };
        if self.0.volume.name_locks().is_claimed(name) {
            return Ok(());
        }
        match self.0.store.put_media_at(&to_media(name, &info), &self.0.name, false).await {
            Ok(()) => tracing::info!(media = %name, "added a file of the volume to the catalogue"),
            // Another streamer was faster with other content: the next reconciliation sees that.
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Records that this streamer has a correct copy.
    async fn confirm(&self, name: &MediaName) -> Result<(), ReplicationError> {
        let Some(desired) = self.desired(name) else { return Ok(()) };
        let round = self.check_round(name);
        self.put_replica(&desired, ReplicaState::Whole, None, round).await.map(drop)
    }

    /// Records what is in the file, unless the catalogue has other content under this name by now.
    async fn describe(&self, name: &MediaName) -> Result<(), ReplicationError> {
        let Some(info) = self.info(name)? else { return Ok(()) };
        let Some(inspection) = &info.inspection else { return Ok(()) };
        self.0.store.put_inspection(name, &info.sha256, inspection).await?;
        if let Some(desired) = self.state().desired.get_mut(name) {
            desired.is_inspected = true;
        }
        Ok(())
    }

    /// Reads the whole file and compares its SHA-256 with that of the catalogue.
    async fn verify(&self, name: &MediaName) -> Result<(), ReplicationError> {
        let _permit = self.0.verify_permits.acquire().await?;
        let Some(desired) = self.desired(name) else { return Ok(()) };
        let (volume, file) = (self.0.volume.clone(), name.clone());
        let read = tokio::task::spawn_blocking(move || volume.rehash(&file));
        let sha256 = match read.await? {
            Ok(Some(sha256)) => sha256,
            // The file changed meanwhile: the next reconciliation decides anew.
            Ok(None) | Err(VolumeError::NotFound(_)) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        if sha256 == desired.sha256 {
            let round = desired.check_round;
            return self.put_replica(&desired, ReplicaState::Whole, None, round).await.map(drop);
        }
        tracing::warn!(media = %name, sha256,
            "a media file is damaged: its SHA-256 is wrong; fetching it from a peer");
        let problem = Some("its SHA-256 is wrong".to_owned());
        let round = self.check_round(name);
        self.put_replica(&desired, ReplicaState::Damaged, problem, round).await.map(drop)
    }

    /// Removes the file, after reading once more that the catalogue does not have it.
    async fn remove(&self, name: &MediaName) -> Result<(), ReplicationError> {
        let volume = &self.0.volume;
        let _name_guard = volume.name_locks().lock(name).await;
        match self.0.store.media(name).await {
            Err(StoreError::NotFound) => {}
            // The media file was added again meanwhile.
            Ok(_) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        if volume.name_locks().is_claimed(name) {
            return Ok(());
        }
        let (blocking_volume, file) = (volume.clone(), name.clone());
        let removed = tokio::task::spawn_blocking(move || blocking_volume.remove(&file)).await;
        match removed? {
            Ok(()) => {
                tracing::info!(media = %name, "removed a media file that the catalogue no longer has")
            }
            Err(VolumeError::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
        self.forget(name).await
    }

    /// Deletes the replica from the catalogue.
    async fn forget(&self, name: &MediaName) -> Result<(), ReplicationError> {
        if self.0.store.delete_replica(name, &self.0.name).await? {
            self.state().replicas.remove(name);
        }
        Ok(())
    }

    /// Records the state of this streamer's copy. Returns whether the catalogue (still) wants a
    /// copy with this content.
    pub(super) async fn put_replica(
        &self,
        desired: &DesiredMedia,
        state: ReplicaState,
        problem: Option<String>,
        check_round: u64,
    ) -> Result<bool, ReplicationError> {
        let media = &desired.media;
        let before = self.state().replicas.get(&media.name).cloned();
        let verified_at = match state {
            ReplicaState::Whole => Some(now()),
            _ => before.as_ref().and_then(|replica| replica.verified_at),
        };
        let replica = ReplicaRecord {
            media: media.name.clone(),
            streamer: self.0.name.clone(),
            sha256: desired.sha256.clone(),
            state,
            problem,
            check_round,
            verified_at,
        };
        let is_desired = self.0.store.put_replica(&replica).await?;
        if is_desired {
            self.state().replicas.insert(media.name.clone(), replica);
        }
        Ok(is_desired)
    }

    /// Records why a copy is not complete, for administrators.
    pub(super) async fn report_problem(&self, name: &MediaName, why: String) {
        let replica = self.state().replicas.get(name).cloned();
        let Some(mut replica) = replica.filter(|r| r.state != ReplicaState::Whole) else { return };
        if replica.problem.as_ref() == Some(&why) {
            return;
        }
        replica.problem = Some(why);
        if let Ok(true) = self.0.store.put_replica(&replica).await {
            self.state().replicas.insert(name.clone(), replica);
        }
    }

    /// Returns the media file that the catalogue has under this name.
    pub(super) fn desired(&self, name: &MediaName) -> Option<DesiredMedia> {
        self.state().desired.get(name).cloned()
    }

    /// Returns how many verifications were requested when the copy was verified last.
    pub(super) fn check_round(&self, name: &MediaName) -> u64 {
        self.state().replicas.get(name).map_or(0, |replica| replica.check_round)
    }

    /// Returns the current metadata of the file.
    fn info(&self, name: &MediaName) -> Result<Option<MediaInfo>, ReplicationError> {
        match self.0.volume.stat(name) {
            Ok(MediaFile { info, .. }) => Ok(info),
            Err(VolumeError::NotFound(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
