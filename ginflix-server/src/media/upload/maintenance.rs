//! The background task that deletes expired uploads, completes interrupted publications, and
//! records files that were copied into the volume by hand.

use std::sync::Arc;
use std::time::Duration;

use ginflix_api::media::Media;
use jiff::Timestamp;

use super::publish::to_media;
use super::record::UploadPhase;
use super::state::Upload;
use super::{UploadError, Uploads, blocking};
use crate::media::volume::MediaFile;

/// The time between two runs. It is shorter if uploads expire sooner.
const MAINTENANCE_INTERVAL: Duration = Duration::from_secs(60);

impl Uploads {
    /// Runs the task until the future is dropped.
    pub async fn run_maintenance(self) {
        let interval = MAINTENANCE_INTERVAL.min(self.0.limits.expiry);
        loop {
            self.maintain_uploads().await;
            // With a shared catalogue, replication records files, because it knows which of them
            // are to be removed.
            if !self.0.registry.is_shared()
                && let Err(error) = self.record_files().await
            {
                tracing::warn!(%error, "cannot record files in the catalogue; will retry");
            }
            self.0.volume.close_idle();
            // A file that this task has to record is recorded as soon as it is indexed.
            match self.0.registry.is_shared() {
                true => tokio::time::sleep(interval).await,
                false => {
                    drop(tokio::time::timeout(interval, self.0.volume.wait_for_indexed()).await)
                }
            }
        }
    }

    /// Completes interrupted publications and deletes expired uploads. Skips uploads that are
    /// locked by a request.
    pub(super) async fn maintain_uploads(&self) {
        let all: Vec<Arc<Upload>> = self.by_id().values().cloned().collect();
        for upload in all {
            let Ok(state) = Arc::clone(&upload.state).try_lock_owned() else { continue };
            let (id, name) = (state.record.id, state.record.spec.name.clone());
            let result = if state.record.expires_at < Timestamp::now() {
                tracing::info!(upload = %id, media = %name, "deleting an expired upload");
                let uploads = self.clone();
                blocking(move || Ok(uploads.delete_upload(&state)?)).await
            } else if matches!(state.record.phase, UploadPhase::Publishing(_)) {
                tracing::info!(upload = %id, media = %name, "completing the upload of a file");
                self.publish(upload, state).await.map(drop)
            } else {
                Ok(())
            };
            if let Err(error) = result {
                tracing::warn!(
                    upload = %id,
                    media = %name,
                    %error,
                    "cannot publish or delete an upload; will retry"
                );
            }
        }
    }

    /// Records the files that are not in the catalogue, or are there with another SHA-256 or without an inspection.
    pub(super) async fn record_files(&self) -> Result<(), UploadError> {
        let volume = self.0.volume.clone();
        let files = blocking(move || Ok(volume.list()?.files)).await?;
        for MediaFile { name, info, .. } in files {
            let Some(info) = info else { continue }; // recorded when it is indexed
            let recorded = self.0.registry.media(&name).await?;
            let lacks_inspection =
                |media: &Media| media.inspection.is_none() && info.inspection.is_some();
            if recorded
                .is_none_or(|media| !media.has_sha256(&info.sha256) || lacks_inspection(&media))
            {
                self.0.registry.put_media(&to_media(&name, &info)).await?;
                tracing::info!(media = %name, "recorded a file in the catalogue");
            }
        }
        Ok(())
    }
}
