//! What goes on beside the requests: uploads that expire or still have to be
//! published, and files that came by hand.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::publish::as_media;
use super::record::Phase;
use super::state::Upload;
use super::{UploadError, Uploads, blocking};
use crate::media::volume::MediaFile;

/// How often all of it is looked at; more often where uploads expire sooner.
const ROUND: Duration = Duration::from_secs(60);

impl Uploads {
    /// Looks after uploads and files until dropped.
    pub async fn tend(self) {
        self.name_the_nameless().await;
        let round = ROUND.min(self.0.limits.expiry);
        loop {
            self.look_after_uploads().await;
            // Replication knows which files came by hand, and which are to go.
            if !self.0.register.is_shared()
                && let Err(error) = self.record_files().await
            {
                tracing::warn!(%error, "cannot record the files of the volume; trying again");
            }
            self.0.volume.close_idle();
            match self.0.register.is_shared() {
                true => tokio::time::sleep(round).await,
                false => drop(tokio::time::timeout(round, self.0.volume.learned()).await),
            }
        }
    }

    async fn name_the_nameless(&self) {
        let volume = self.0.volume.clone();
        let found = blocking(move || Ok(volume.nameless()?)).await;
        for path in found.unwrap_or_default() {
            tracing::warn!(
                file = %path.display(),
                "not served: rename it to letters, digits, spaces and -_.()[] with an extension"
            );
        }
    }

    /// Publishes what was about to be, clears away what has expired. Those that
    /// somebody writes to are left alone.
    pub(super) async fn look_after_uploads(&self) {
        let all: Vec<Arc<Upload>> = self.all().values().cloned().collect();
        for upload in all {
            let Ok(state) = Arc::clone(&upload.state).try_lock_owned() else { continue };
            let (id, name) = (state.record.id, state.record.about.name.clone());
            let result = if state.record.expires_at < Timestamp::now() {
                tracing::info!(upload = %id, media = %name, "clearing away an expired upload");
                let uploads = self.clone();
                blocking(move || Ok(uploads.forget(&state)?)).await
            } else if matches!(state.record.phase, Phase::Publishing(_)) {
                tracing::info!(upload = %id, media = %name, "publishing what was left to do");
                self.finish(upload, state).await.map(drop)
            } else {
                Ok(())
            };
            if let Err(error) = result {
                tracing::warn!(upload = %id, media = %name, %error, "cannot look after an upload");
            }
        }
    }

    /// Records the files that the catalogue does not have as they are.
    pub(super) async fn record_files(&self) -> Result<(), UploadError> {
        let volume = self.0.volume.clone();
        let files = blocking(move || Ok(volume.list()?)).await?;
        for MediaFile { name, facts, .. } in files {
            let Some(facts) = facts else { continue }; // recorded once it was read
            let recorded = self.0.register.media(&name).await?;
            if recorded.is_none_or(|media| media.sha256 != facts.sha256) {
                self.0.register.put_media(&as_media(&name, &facts)).await?;
                tracing::info!(media = %name, "recorded a file of the volume");
            }
        }
        Ok(())
    }
}
