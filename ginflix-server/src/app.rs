//! What handlers share: cheap to clone, without rules of its own.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;

use crate::accounts::Accounts;
use crate::audit::Audit;
use crate::catalog::Catalog;
use crate::client_limits::ClientLimits;
use crate::config::Config;
use crate::error::AppError;
use crate::links::Links;
use crate::media::{Uploads, Volume};
use crate::memory;
use crate::metrics::Metrics;
use crate::peers::Peers;
use crate::replication::Replication;
use crate::views::Views;

/// What belongs to a volume.
#[derive(Clone)]
pub struct Storage {
    /// The media files.
    pub volume: Volume,
    /// Media on its way in.
    pub uploads: Uploads,
    /// What keeps it equal to other volumes, if there are any.
    pub replication: Option<Replication>,
}

/// Handles to every part of the service; each request has one.
#[derive(Clone)]
pub struct App {
    /// Movies, and what is known of their files. Not among the parts, because each request has
    /// its own view of it: [`App::with_catalog`].
    pub catalog: Catalog,
    parts: Arc<Parts>,
}

/// The parts.
pub struct Parts {
    /// The settings it was started with.
    pub config: Arc<Config>,
    /// The media files and those on their way in; `None` where this process
    /// owns no volume.
    pub storage: Option<Storage>,
    /// Other streamers.
    pub peers: Option<Peers>,
    /// Who may log in, and who is.
    pub accounts: Arc<Accounts>,
    /// Who changed what.
    pub audit: Audit,
    /// Signed links.
    pub links: Arc<Links>,
    /// Playbacks, and what of them counted.
    pub views: Arc<Views>,
    /// What clients may use of this process.
    pub limits: ClientLimits,
    /// What connections came to.
    pub metrics: Metrics,
    /// When it started.
    pub started_at: Timestamp,
    ready: AtomicBool,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}

impl App {
    /// The same parts, with this view of the catalogue.
    pub fn with_catalog(&self, catalog: Catalog) -> Self {
        Self { catalog, parts: Arc::clone(&self.parts) }
    }

    /// Puts the parts together; not ready yet.
    pub fn new(
        config: Config,
        catalog: Catalog,
        storage: Option<Storage>,
        peers: Option<Peers>,
        views: Views,
        links: Links,
        metrics: Metrics,
    ) -> Self {
        let accounts = Arc::new(Accounts::new(catalog.store()));
        let audit = Audit::new(catalog.store());
        let limits = ClientLimits::new(memory::available_bytes(), config.max_connections as u64);
        let parts = Parts {
            config: Arc::new(config),
            storage,
            peers,
            accounts,
            audit,
            links: Arc::new(links),
            views: Arc::new(views),
            limits,
            metrics,
            started_at: Timestamp::now(),
            ready: AtomicBool::new(false),
        };
        Self { catalog, parts: Arc::new(parts) }
    }

    /// The volume and its uploads.
    ///
    /// # Errors
    /// `Misdirected` where this process owns none. Its table of routes has none
    /// of what needs one, so that no client learns of this.
    pub fn storage(&self) -> Result<&Storage, AppError> {
        self.storage.as_ref().ok_or_else(|| {
            AppError::Misdirected("this server has no media; ask a streamer".to_owned())
        })
    }

    /// The volume; `None` where this process owns none.
    pub fn volume(&self) -> Option<&Volume> {
        self.storage.as_ref().map(|storage| &storage.volume)
    }

    /// Whether this process may take traffic.
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    /// Says whether this process may take traffic.
    pub fn set_ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::Release);
    }
}

#[cfg(test)]
impl App {
    /// An app over a new, empty data directory, which goes with the guard.
    pub async fn in_temp_dir() -> (tempfile::TempDir, Self) {
        Self::in_temp_dir_with(&[]).await
    }

    /// As [`App::in_temp_dir`], with more flags.
    pub async fn in_temp_dir_with(flags: &[&str]) -> (tempfile::TempDir, Self) {
        use clap::Parser;

        use crate::hmac_keys::HmacKeys;
        let dir = tempfile::tempdir().unwrap();
        let data_dir = dir.path().join("data");
        let data_dir = ["--data-dir", data_dir.to_str().unwrap()];
        let flags = ["ginflix-server"].iter().chain(&data_dir).chain(flags);
        let config = Config::load(crate::config::Settings::parse_from(flags)).unwrap();
        let volume = Volume::mount(&config.data_dir).unwrap();
        let catalog = crate::catalog::open::open(&config.database).await.unwrap();
        let limits = crate::media::upload::UploadLimits::from(&config);
        let uploads = Uploads::open(volume.clone(), Arc::new(catalog.clone()), limits).unwrap();
        let (views, _writer) = Views::start(catalog.clone(), &config.data_dir).unwrap();
        let links = Links::new(HmacKeys::of_folder(&config.data_dir).unwrap());
        let storage = Some(Storage { volume, uploads, replication: None });
        (dir, Self::new(config, catalog, storage, None, views, links, Metrics::default()))
    }
}
