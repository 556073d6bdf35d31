//! One scan of a library.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use futures_util::{TryStreamExt, stream};
use ginflix_api::library::{LeftOut, LibraryState, ScanProgress};
use ginflix_import::layout::{self, Plan};
use ginflix_import::root::Root;
use ginflix_import::shown::shown;
use ginflix_import::walk;

use super::compare::{Comparison, compare};
use super::take_up::TakeUp;
use super::{Inner, roots};
use crate::catalog::store::{LibraryFile, LibraryRecord, StoreError};
use crate::clock::now;
use crate::media::library_files;

/// The files that are taken up at the same time: their writes share commits, and the disk has something to do meanwhile.
const TAKEN_UP_AT_ONCE: usize = 4;

/// What a scan found.
#[derive(Debug, Default)]
pub struct ScanResult {
    /// The files that are left out.
    pub left_out: Vec<LeftOut>,
    /// Whether a file changed a moment ago, so that it may still be written to. The next scan takes it up.
    pub is_unsettled: bool,
}

/// The reason why a scan did not end.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The folder cannot be read.
    #[error("the folder cannot be read: {0}")]
    Folder(String),
    /// The folder is not one that may be served.
    #[error("the folder {0}")]
    NotAllowed(String),
    /// The catalogue cannot be read or written.
    #[error("the catalogue failed: {0}")]
    Catalog(String),
    /// A task panicked.
    #[error("a task failed: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl From<StoreError> for ScanError {
    fn from(error: StoreError) -> Self {
        Self::Catalog(error.to_string())
    }
}

impl ScanError {
    /// Returns the state of a library whose scan failed for this reason; `None` if it is not one of the folder.
    pub fn state(&self) -> Option<LibraryState> {
        match self {
            Self::Folder(_) => Some(LibraryState::Unavailable),
            Self::NotAllowed(_) => Some(LibraryState::NotAllowed),
            Self::Catalog(_) | Self::Task(_) => None,
        }
    }
}

/// What is in the folder of a library.
struct Folder {
    root: Arc<Root>,
    plan: Plan,
}

impl Inner {
    /// Serves the files of a library that the catalogue has, before they are compared with the folder.
    pub(super) async fn serve_known(
        self: &Arc<Self>,
        library: &LibraryRecord,
    ) -> Result<(), ScanError> {
        let known = self.store.library_files().await?;
        let inner = Arc::clone(self);
        let record = library.clone();
        let root = tokio::task::spawn_blocking(move || inner.open_root(&record)).await??;
        let present = known.iter().filter(|file| file.missing_since.is_none());
        self.serve(library, &root, present);
        Ok(())
    }

    /// Compares the folder of a library with the catalogue, and brings the catalogue up to date.
    pub(super) async fn scan(
        self: &Arc<Self>,
        library: &LibraryRecord,
    ) -> Result<ScanResult, ScanError> {
        let inner = Arc::clone(self);
        let record = library.clone();
        let listed = tokio::task::spawn_blocking(move || inner.list(&record)).await?;
        let known = self.store.library_files().await?;
        let Folder { root, plan } = match listed {
            Ok(folder) => folder,
            Err(error) => {
                self.lose_all(library, &known).await?;
                return Err(error);
            }
        };
        let comparison = compare(library.id, &plan.items, &known);
        let returned: HashSet<_> = comparison.returned.iter().collect();
        // A file that was missing and is another one now is served after it is taken up.
        let is_there =
            |file: &&LibraryFile| file.missing_since.is_none() || returned.contains(&file.name);
        self.serve(library, &root, comparison.present.iter().copied().filter(is_there));
        self.store.set_missing(&comparison.vanished, Some(now())).await?;
        self.store.set_missing(&comparison.returned, None).await?;
        log_changes(library, &comparison);
        let skipped = plan.skipped.iter().map(|skipped| LeftOut {
            path: shown(&skipped.path),
            reason: skipped.reason.to_string(),
        });
        let mut left_out: Vec<LeftOut> = skipped.collect();
        let vanished: HashSet<_> = comparison.vanished.iter().collect();
        let is_missing =
            |file: &&LibraryFile| file.missing_since.is_some() || vanished.contains(&file.name);
        let missing = known.iter().filter(is_missing).filter(|f| !returned.contains(&f.name));
        let total = plan.items.len() as u64;
        let done = total - comparison.to_take_up.len() as u64;
        self.set_progress(library, ScanProgress { done, total });
        let task = TakeUp::new(self, library.id, root, missing.cloned().collect());
        stream::iter(comparison.to_take_up.iter().map(Ok::<_, ScanError>))
            .try_for_each_concurrent(TAKEN_UP_AT_ONCE, async |(item, known)| {
                task.take_up(item, *known).await?;
                self.count_taken_up(library);
                Ok(())
            })
            .await?;
        let (problems, is_unsettled) = task.finish();
        left_out.extend(problems);
        left_out.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(ScanResult { left_out, is_unsettled })
    }

    /// Opens the folder of a library, if it may be served.
    fn open_root(&self, library: &LibraryRecord) -> Result<Arc<Root>, ScanError> {
        let path = Path::new(&library.path);
        let failed = |error: std::io::Error| ScanError::Folder(error.to_string());
        if !roots::is_allowed(&self.roots_file, path).map_err(failed)? {
            return Err(ScanError::NotAllowed(roots::refusal(&self.roots_file, path)));
        }
        Ok(Arc::new(Root::open(path).map_err(failed)?))
    }

    fn list(&self, library: &LibraryRecord) -> Result<Folder, ScanError> {
        let root = self.open_root(library)?;
        let listing = walk::list(Path::new(&library.path));
        let listing = listing.map_err(|error| ScanError::Folder(error.to_string()))?;
        let mut plan = layout::plan(listing.files, &[]);
        plan.skipped.extend(listing.skipped);
        Ok(Folder { root, plan })
    }

    /// Marks all files of a library as missing, because its folder cannot be read.
    async fn lose_all(
        &self,
        library: &LibraryRecord,
        known: &[LibraryFile],
    ) -> Result<(), ScanError> {
        self.volume.set_library_files(library.id, HashMap::new());
        let own = known.iter().filter(|file| file.library == library.id);
        let present = own.filter(|file| file.missing_since.is_none());
        let names: Vec<_> = present.map(|file| file.name.clone()).collect();
        Ok(self.store.set_missing(&names, Some(now())).await?)
    }

    /// Serves those of these files that are in the library, and no others of it.
    fn serve<'a>(
        &self,
        library: &LibraryRecord,
        root: &Arc<Root>,
        files: impl Iterator<Item = &'a LibraryFile>,
    ) {
        let own = files.filter(|file| file.library == library.id);
        let served = own.map(|file| {
            let (root, path) = (Arc::clone(root), file.path.clone());
            let served = library_files::LibraryEntry { library: library.id, root, path };
            (file.name.clone(), served)
        });
        self.volume.set_library_files(library.id, served.collect());
    }

    fn set_progress(&self, library: &LibraryRecord, progress: ScanProgress) {
        self.statuses.lock().entry(library.id).or_default().scan = Some(progress);
    }

    fn count_taken_up(&self, library: &LibraryRecord) {
        let mut statuses = self.statuses.lock();
        if let Some(progress) = &mut statuses.entry(library.id).or_default().scan {
            progress.done += 1;
        }
    }
}

fn log_changes(library: &LibraryRecord, comparison: &Comparison<'_>) {
    let Comparison { vanished, returned, to_take_up, .. } = comparison;
    if vanished.is_empty() && returned.is_empty() && to_take_up.is_empty() {
        return;
    }
    tracing::info!(
        library = library.path,
        new_or_changed = to_take_up.len(),
        vanished = vanished.len(),
        returned = returned.len(),
        "found changes in a library"
    );
}
