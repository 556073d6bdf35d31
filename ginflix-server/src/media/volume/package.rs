//! The sample index of a media file, from which playlists and segments are made.

use std::sync::Arc;
use std::time::Duration;

use ginflix_api::media::MediaName;
use tokio::time::timeout;

use super::{PackageUrgency, Volume};
use crate::media::open_files::OpenMedia;
use crate::media::packages::record::{self, Record, StoredIndex};
use crate::media::packages::{LoadedPackage, Package, PackageError, PackageTexts, Unpackaged};

/// The time that a request waits until an index is made. One of an MP4 file takes less; one of a large Matroska file that is
/// not in memory takes longer, and the client repeats its request.
const INDEX_TIMEOUT: Duration = Duration::from_secs(10);

impl Volume {
    /// Returns the sample index of an open file, or what there is of a file that cannot be packaged. Waits for some seconds if it
    /// has to be made first.
    ///
    /// # Errors
    /// The index is not ready, or the volume failed.
    pub async fn package(
        &self,
        name: &MediaName,
        media: &OpenMedia,
    ) -> Result<LoadedPackage, PackageError> {
        if let Some(loaded) = media.package.get() {
            return Ok(loaded.clone());
        }
        let loading = media.package.get_or_try_init(|| self.wait_for_package(name, media));
        let loaded = timeout(INDEX_TIMEOUT, loading).await.map_err(|_| PackageError::NotReady)?;
        Ok(loaded?.clone())
    }

    /// Loads the index, as soon as there is one.
    async fn wait_for_package(
        &self,
        name: &MediaName,
        media: &OpenMedia,
    ) -> Result<LoadedPackage, PackageError> {
        loop {
            // Before the look-up, so that no index is missed that is made meanwhile.
            let mut finished = std::pin::pin!(self.0.packager.finished());
            finished.as_mut().enable();
            let (volume, wanted) = (self.clone(), name.clone());
            let (size, modified) = (media.size, media.modified);
            let load = move || volume.load_package(&wanted, (size, modified));
            let loaded = tokio::task::spawn_blocking(load).await;
            match loaded.map_err(|panic| PackageError::from(std::io::Error::other(panic)))? {
                Ok(Some(loaded)) => return Ok(loaded),
                Ok(None) => self.0.packager.enqueue(name, PackageUrgency::Requested),
                Err(error) => return Err(error),
            }
            finished.await;
        }
    }

    /// Loads the stored index of the version of a file with this size and modification time. Returns `None` if there is none
    /// yet.
    fn load_package(
        &self,
        name: &MediaName,
        version: (u64, std::time::SystemTime),
    ) -> Result<Option<LoadedPackage>, PackageError> {
        let file = self.stat(name).map_err(std::io::Error::other)?;
        if (file.size, file.modified) != version {
            return Err(PackageError::NotReady); // the next request opens the new file
        }
        let Some(info) = file.info.filter(|info| info.inspection.is_some()) else {
            return Err(PackageError::NotReady); // it is hashed first, which may take minutes
        };
        let dir = self.0.media_dir.info_store.dir();
        Ok(match record::read(dir, name, &info.sha256)? {
            None => None,
            Some(Record::Reason(reason)) => {
                let added = self.added_texts(name)?;
                let texts =
                    self.without_damage(name, PackageTexts::open(None, added, &info.sha256));
                Some(Err(Arc::new(Unpackaged { reason: reason.into(), texts: texts? })))
            }
            Some(Record::Index(stored)) => match self.open_package(name, stored, &info.sha256) {
                Ok(package) => Some(Ok(Arc::new(package))),
                Err(PackageError::Damaged) => {
                    self.discard_package(name)?;
                    None
                }
                Err(error) => return Err(error),
            },
        })
    }

    fn open_package(
        &self,
        name: &MediaName,
        index: StoredIndex,
        sha256: &str,
    ) -> Result<Package, PackageError> {
        let dir = self.0.media_dir.info_store.dir();
        let own = record::read_texts(dir, name, sha256)?.ok_or(PackageError::Damaged)?;
        let texts = PackageTexts::open(Some(own), self.added_texts(name)?, sha256);
        let texts = self.without_damage(name, texts)?;
        Package::open(index, texts, sha256, &self.0.segments)
    }

    /// Has added subtitles stored again if they may be what is damaged.
    fn without_damage(
        &self,
        name: &MediaName,
        texts: Result<PackageTexts, PackageError>,
    ) -> Result<PackageTexts, PackageError> {
        if matches!(texts, Err(PackageError::Damaged)) {
            self.remove_subtitles(name)?;
        }
        texts
    }

    /// Removes the stored index of a file, because it is damaged. It is made again.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn discard_package(&self, name: &MediaName) -> std::io::Result<()> {
        tracing::warn!(media = %name, "the index for HLS is damaged; making it again");
        let store = &self.0.media_dir.info_store;
        record::remove(store.dir(), name)?;
        // They may be what is damaged, and are stored again too.
        self.remove_subtitles(name)?;
        if let Ok(file) = self.stat(name) {
            store.set_packaged(name, file.version, false);
        }
        self.0.open_files.invalidate(name);
        self.0.packager.enqueue(name, PackageUrgency::Requested);
        Ok(())
    }
}
