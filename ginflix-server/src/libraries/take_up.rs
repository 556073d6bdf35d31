//! How a file of a library becomes a movie.

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use ginflix_api::library::LeftOut;
use ginflix_api::media::{Media, MediaName};
use ginflix_api::subtitles::MAX_SUBTITLE_FILE_BYTES;
use ginflix_import::content::{self, FoundMovie, Picture};
use ginflix_import::layout::{Item, SubtitleFile};
use ginflix_import::media_name;
use ginflix_import::root::Root;
use ginflix_import::shown::shown;
use ginflix_media::cover;
use ginflix_media::source::Budget;
use parking_lot::Mutex;
use uuid::Uuid;

use super::Inner;
use super::compare::state_of;
use super::scan::ScanError;
use crate::catalog::store::{LibraryFile, StoreError};
use crate::clock::now;
use crate::error::AppError;
use crate::media::info::MediaInfo;
use crate::media::library_files::{LibraryEntry, sample_sha256};
use crate::media::upload::to_media;
use crate::media::{VolumeError, sniff};

/// The time since the last change of a file after which it is taken up: until then it may still be copied.
const SETTLE_DELAY: Duration = Duration::from_secs(2);

/// The files of a library that one scan takes up.
pub struct TakeUp {
    inner: Arc<Inner>,
    library: Uuid,
    root: Arc<Root>,
    /// The files of all libraries that are gone: a new file may be one of them.
    missing: Mutex<Vec<LibraryFile>>,
    /// The names that this scan has given to new files.
    names: tokio::sync::Mutex<HashSet<MediaName>>,
    left_out: Mutex<Vec<LeftOut>>,
    is_unsettled: AtomicBool,
}

impl TakeUp {
    pub fn new(
        inner: &Arc<Inner>,
        library: Uuid,
        root: Arc<Root>,
        missing: Vec<LibraryFile>,
    ) -> Self {
        Self {
            inner: Arc::clone(inner),
            library,
            root,
            missing: Mutex::new(missing),
            names: tokio::sync::Mutex::default(),
            left_out: Mutex::default(),
            is_unsettled: AtomicBool::new(false),
        }
    }

    /// Returns the files that were left out, and whether one may still be written to.
    pub fn finish(self) -> (Vec<LeftOut>, bool) {
        (self.left_out.into_inner(), self.is_unsettled.into_inner())
    }

    /// Takes up a media file and what belongs to it. `known` is what the catalogue has of it.
    ///
    /// # Errors
    /// The catalogue fails. A file that cannot be read is left out.
    pub async fn take_up(&self, item: &Item, known: Option<&LibraryFile>) -> Result<(), ScanError> {
        if !is_settled(item, SystemTime::now()) {
            self.is_unsettled.store(true, Ordering::Relaxed);
            return Ok(());
        }
        let name = match known {
            Some(known) => Some(known.name.clone()),
            None => self.name_of_new(item).await?,
        };
        let Some(name) = name else { return Ok(()) };
        let info = match self.read_info(&name, &item.media.path).await? {
            Ok(info) => info,
            Err(why) => {
                // A file that is no media file must not be served, whatever it was before.
                self.inner.volume.remove_library_file(&name);
                if known.is_some_and(|known| known.missing_since.is_none()) {
                    self.inner.store.set_missing(&[name], Some(now())).await?;
                }
                self.leave_out(item, why);
                return Ok(());
            }
        };
        let file_name = Some(item.media.name().into_owned());
        let media = Media { file_name, ..to_media(&name, &info) };
        let mut file = LibraryFile {
            name,
            library: self.library,
            path: item.media.path.clone(),
            samples_sha256: info.sha256,
            state: None,
            missing_since: None,
        };
        if !self.record(item, &file, &media).await? {
            return Ok(());
        }
        self.import(item, &media).await?;
        // Last, so that a scan that ends before this takes up the file again.
        file.state = Some(state_of(item));
        self.record(item, &file, &media).await.map(drop)
    }

    /// Records a file in the catalogue. Returns `false` if it was left out.
    async fn record(
        &self,
        item: &Item,
        file: &LibraryFile,
        media: &Media,
    ) -> Result<bool, ScanError> {
        match self.inner.store.put_library_file(file, media).await {
            Ok(()) => Ok(true),
            // The library was removed, or an upload has taken the name: the next scan chooses another one.
            Err(error @ (StoreError::NotFound | StoreError::Conflict(_))) => {
                self.leave_out(item, error.to_string());
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the name of a file that the catalogue does not have at this path: that of a missing file with its content, else a new
    /// one. `None` if it is left out.
    async fn name_of_new(&self, item: &Item) -> Result<Option<MediaName>, ScanError> {
        if let Some(name) = self.name_of_moved(item).await? {
            return Ok(Some(name));
        }
        let mut names = self.names.lock().await;
        for name in media_name::candidates(item, &[]) {
            if names.contains(&name) || self.inner.volume.has_entry(&name) {
                continue;
            }
            match self.inner.store.media(&name).await {
                Err(StoreError::NotFound) => {}
                Ok(_) => continue,
                Err(error) => return Err(error.into()),
            }
            names.insert(name.clone());
            return Ok(Some(name));
        }
        self.leave_out(item, "no name is left for it; rename the file".to_owned());
        Ok(None)
    }

    async fn name_of_moved(&self, item: &Item) -> Result<Option<MediaName>, ScanError> {
        if self.missing.lock().is_empty() {
            return Ok(None);
        }
        let (root, path) = (Arc::clone(&self.root), item.media.path.clone());
        let read = move || -> io::Result<String> {
            let mut file = root.open_file(&path)?;
            let size = file.metadata()?.len();
            sample_sha256(&mut file, size)
        };
        // A file that cannot be read is left out afterwards.
        let Ok(sha256) = tokio::task::spawn_blocking(read).await? else { return Ok(None) };
        let mut missing = self.missing.lock();
        let found = missing.iter().position(|file| file.samples_sha256 == sha256);
        Ok(found.map(|index| {
            let file = missing.remove(index);
            tracing::info!(media = %file.name, from = %shown(&file.path), to = %shown(&item.media.path),
                "found a file of a library at another path");
            file.name
        }))
    }

    /// Reads what is in a file, and serves it by this name. Returns why it is left out, if so.
    async fn read_info(
        &self,
        name: &MediaName,
        path: &Path,
    ) -> Result<Result<MediaInfo, String>, ScanError> {
        let (volume, name) = (self.inner.volume.clone(), name.clone());
        let (library, root, path) = (self.library, Arc::clone(&self.root), path.to_owned());
        let read = move || -> Result<Option<MediaInfo>, VolumeError> {
            let file = root.open_file(&path)?;
            if sniff::media_kind_of_file(&file, file.metadata()?.len())?.is_none() {
                return Ok(None);
            }
            volume.add_library_file(name.clone(), LibraryEntry { library, root, path });
            volume.index_library_file(&name)?;
            Ok(volume.stat(&name)?.info)
        };
        Ok(match tokio::task::spawn_blocking(read).await? {
            Ok(Some(info)) => Ok(info),
            Ok(None) => Err("its content is no video, audio or picture".to_owned()),
            Err(error) => Err(error.to_string()),
        })
    }

    /// Imports the movie, the poster and the subtitles of a file.
    async fn import(&self, item: &Item, media: &Media) -> Result<(), ScanError> {
        let (root, of_task, of_media) = (self.root.clone(), item.clone(), media.clone());
        let read = move || {
            let mut problems = Vec::new();
            let inspection = of_media.inspection.as_ref();
            let movie = content::movie(&root, &of_task, inspection, of_media.name, &mut problems);
            let picture = content::picture(&root, &of_task, &mut problems);
            (movie, picture, problems)
        };
        let (movie, picture, problems) = tokio::task::spawn_blocking(read).await?;
        for problem in problems {
            let path = shown(&problem.path);
            self.left_out.lock().push(LeftOut { path, reason: problem.why });
        }
        self.import_movie(item, movie, picture).await?;
        for subtitles in &item.subtitles {
            self.import_subtitles(&media.name, subtitles).await?;
        }
        Ok(())
    }

    async fn import_movie(
        &self,
        item: &Item,
        FoundMovie { movie, series_year }: FoundMovie,
        picture: Option<Picture>,
    ) -> Result<(), ScanError> {
        let (catalog, name) = (&self.inner.catalog, movie.media.clone());
        let imported = catalog.import_movie(movie, series_year).await;
        let Some(imported) = self.checked(item, imported)? else {
            return Ok(());
        };
        if let Some(problem) = imported.collection_problem {
            self.leave_out(item, format!("its movie is in no collection of its season: {problem}"));
        }
        let Some(movie) = imported.movie else { return Ok(()) };
        let picture = match picture {
            None if movie.poster_path.is_none() => self.cover(item).await?,
            picture => picture,
        };
        if let Some(picture) = picture {
            let poster = self.inner.posters.check_in_turn(picture.bytes.into()).await;
            if let Some(poster) = self.checked(item, poster)? {
                self.checked(item, catalog.import_poster(&name, &poster).await)?;
            }
        }
        Ok(())
    }

    /// Reads the picture that is embedded in a file.
    async fn cover(&self, item: &Item) -> Result<Option<Picture>, ScanError> {
        let (root, path) = (Arc::clone(&self.root), item.media.path.clone());
        let read = move || {
            let cover = cover::read(&root.open_file(&path).ok()?, Budget::default()).ok()??;
            Picture::new(cover.bytes).ok()
        };
        Ok(tokio::task::spawn_blocking(read).await?)
    }

    async fn import_subtitles(
        &self,
        media: &MediaName,
        subtitles: &SubtitleFile,
    ) -> Result<(), ScanError> {
        let path = subtitles.file.path.clone();
        let root = Arc::clone(&self.root);
        let read = move || root.read(&path, MAX_SUBTITLE_FILE_BYTES);
        let imported = match tokio::task::spawn_blocking(read).await? {
            Ok(content) => {
                self.inner.catalog.import_subtitles(media, subtitles.to_query(), content).await
            }
            Err(error) => Err(AppError::unprocessable("file", error.to_string())),
        };
        match imported {
            Ok(_) => self.inner.subtitles.wake(),
            Err(error) => {
                let error = as_scan_error(error)?;
                let path = shown(&subtitles.file.path);
                self.left_out.lock().push(LeftOut { path, reason: error });
            }
        }
        Ok(())
    }

    /// Returns the result of an import; `None` if it failed because of the file, which is noted.
    fn checked<T>(&self, item: &Item, result: Result<T, AppError>) -> Result<Option<T>, ScanError> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error) => {
                let error = as_scan_error(error)?;
                self.leave_out(item, error);
                Ok(None)
            }
        }
    }

    fn leave_out(&self, item: &Item, reason: String) {
        self.left_out.lock().push(LeftOut { path: shown(&item.media.path), reason });
    }
}

/// Returns whether a file has not changed for a while. A time in the future says nothing.
fn is_settled(item: &Item, now: SystemTime) -> bool {
    now.duration_since(item.media.modified).map_or(true, |age| age >= SETTLE_DELAY)
}

/// Returns the message of an error that is one of the file.
///
/// # Errors
/// The catalogue failed, so that the other files would fail too.
fn as_scan_error(error: AppError) -> Result<String, ScanError> {
    match error {
        AppError::Unavailable(_) | AppError::NoSpace(_) | AppError::Internal(_) => {
            Err(ScanError::Catalog(error.to_string()))
        }
        other => Ok(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use ginflix_import::layout;
    use ginflix_import::listing::ListedFile;

    use super::*;

    #[test]
    fn a_file_that_changed_a_moment_ago_is_left_for_the_next_scan() {
        let now = SystemTime::now();
        let settled = |modified| {
            let file = ListedFile { path: "a.mp4".into(), size_bytes: 1, modified };
            is_settled(&layout::plan(vec![file], &[]).items[0], now)
        };
        assert!(!settled(now));
        assert!(!settled(now - SETTLE_DELAY / 2));
        assert!(settled(now - SETTLE_DELAY));
        assert!(settled(now + SETTLE_DELAY * 10));
    }
}
