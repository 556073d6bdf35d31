//! Keeps the subtitles on a volume as the catalogue has them, so that they are served without it.
//!
//! Each streamer compares what its volume has with the catalogue, and fetches what differs. There is no coordinator.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ginflix_api::media::MediaName;
use ginflix_api::subtitles::Subtitles;
use ginflix_hls::rendition::TextInfo;
use ginflix_hls::texts::StoredText;
use sha2::{Digest, Sha256};
use tokio::sync::Notify;

use crate::catalog::store::{CatalogStore, StoreError};
use crate::media::Volume;

/// The time between two looks at the catalogue, unless something wakes the task.
const INTERVAL: Duration = Duration::from_secs(2);
/// How often all subtitles are compared, even if the revision of the catalogue is the same.
const FULL_INTERVAL: Duration = Duration::from_secs(60);

/// The reason why the volume cannot be made as the catalogue is.
#[derive(Debug, thiserror::Error)]
enum SyncError {
    #[error(transparent)]
    Catalog(#[from] StoreError),
    #[error("cannot write to the volume: {0}")]
    Volume(#[from] std::io::Error),
    #[error("a task failed: {0}")]
    Task(#[from] tokio::task::JoinError),
}

/// Syncs the subtitles of one volume. Clones refer to the same volume.
#[derive(Clone)]
pub struct SubtitleSync {
    volume: Volume,
    store: Arc<dyn CatalogStore>,
    changed: Arc<Notify>,
}

impl SubtitleSync {
    /// Creates the sync of a volume with the catalogue in `store`.
    pub fn new(volume: Volume, store: Arc<dyn CatalogStore>) -> Self {
        Self { volume, store, changed: Arc::default() }
    }

    /// Has the task look at the catalogue now.
    pub fn wake(&self) {
        self.changed.notify_one();
    }

    /// Syncs periodically and after changes, until the future is dropped.
    pub async fn run(self) {
        let mut last: Option<(u64, Instant)> = None;
        let mut has_failed = false;
        loop {
            match self.sync(last).await {
                Ok(synced) => {
                    last = Some(synced);
                    if std::mem::take(&mut has_failed) {
                        tracing::info!("subtitles are fetched from the catalogue again");
                    }
                }
                Err(error) => {
                    last = None;
                    if !std::mem::replace(&mut has_failed, true) {
                        tracing::warn!(%error, "cannot fetch subtitles; trying again");
                    }
                }
            }
            tokio::select! {
                () = tokio::time::sleep(INTERVAL) => {}
                () = self.changed.notified() => {}
            }
        }
    }

    /// Makes the subtitles of the volume those of the catalogue, if they may differ. `last` is the revision of the catalogue at
    /// the last comparison, and its time; returns the present ones.
    async fn sync(&self, last: Option<(u64, Instant)>) -> Result<(u64, Instant), SyncError> {
        let revision = self.store.media_revision().await?;
        if let Some((before, at)) = last
            && before == revision
            && at.elapsed() < FULL_INTERVAL
        {
            return Ok((before, at));
        }
        let wanted = by_media(self.store.all_subtitles().await?);
        let mut stored = self.volume.stored_subtitles();
        for (media, subtitles) in &wanted {
            let sha256 = sha256_of(subtitles);
            if stored.remove(media).as_ref() != Some(&sha256) {
                self.fetch(media, subtitles, sha256).await?;
            }
        }
        for media in stored.into_keys() {
            let volume = self.volume.clone();
            tokio::task::spawn_blocking(move || volume.remove_subtitles(&media)).await??;
        }
        Ok((revision, Instant::now()))
    }

    /// Fetches all subtitles of a media file, and stores them.
    async fn fetch(
        &self,
        media: &MediaName,
        subtitles: &[Subtitles],
        sha256: String,
    ) -> Result<(), SyncError> {
        let mut texts = Vec::new();
        for entry in subtitles {
            match self.store.subtitles_document(media, entry.id).await {
                Ok(document) => texts.push(to_text(entry, document)),
                // They were removed meanwhile, which is a new revision.
                Err(StoreError::NotFound) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        let (volume, name) = (self.volume.clone(), media.clone());
        let put = move || volume.put_subtitles(&name, &sha256, &texts);
        tokio::task::spawn_blocking(put).await??;
        tracing::debug!(%media, count = subtitles.len(), "fetched the subtitles of a media file");
        Ok(())
    }
}

fn by_media(all: Vec<Subtitles>) -> BTreeMap<MediaName, Vec<Subtitles>> {
    let mut sorted: BTreeMap<MediaName, Vec<Subtitles>> = BTreeMap::new();
    for subtitles in all {
        sorted.entry(subtitles.media.clone()).or_default().push(subtitles);
    }
    sorted
}

fn to_text(subtitles: &Subtitles, document: String) -> StoredText {
    let info = TextInfo {
        language: subtitles.language.clone(),
        name: subtitles.title.clone(),
        is_default: subtitles.default,
        is_forced: subtitles.forced,
        is_for_hearing_impaired: subtitles.hearing_impaired,
    };
    StoredText { track: 0, info, document }
}

/// Returns the SHA-256 of the subtitles of a media file: of all that players get of them.
fn sha256_of(subtitles: &[Subtitles]) -> String {
    let mut hasher = Sha256::new();
    for entry in subtitles {
        let Subtitles { language, title, default, forced, hearing_impaired, sha256, .. } = entry;
        // A language and a title have no control character, so no two sets have the same text.
        let line =
            format!("{language:?}\t{title:?}\t{default}{forced}{hearing_impaired}{sha256}\n");
        hasher.update(line);
    }
    hex::encode(hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subtitles(language: &str, sha256: &str) -> Subtitles {
        Subtitles {
            id: uuid::Uuid::nil(),
            media: "film.mkv".parse().unwrap(),
            language: Some(language.to_owned()),
            title: None,
            default: false,
            forced: false,
            hearing_impaired: false,
            file_name: "film.srt".to_owned(),
            cues: 1,
            sha256: sha256.to_owned(),
            created_at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn what_players_get_decides_whether_subtitles_are_fetched_again() {
        let first = [subtitles("en", "aa"), subtitles("de", "bb")];
        let same = [subtitles("en", "aa"), Subtitles { cues: 9, ..subtitles("de", "bb") }];
        assert_eq!(sha256_of(&first), sha256_of(&same));
        for other in [
            vec![subtitles("en", "aa")],
            vec![subtitles("de", "bb"), subtitles("en", "aa")],
            vec![subtitles("en", "aa"), subtitles("de", "cc")],
            vec![subtitles("en", "aa"), Subtitles { forced: true, ..subtitles("de", "bb") }],
            vec![
                subtitles("en", "aa"),
                Subtitles { title: Some("x".into()), ..subtitles("de", "bb") },
            ],
        ] {
            assert_ne!(sha256_of(&first), sha256_of(&other), "{other:?}");
        }
    }
}
