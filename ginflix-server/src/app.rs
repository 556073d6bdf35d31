//! The shared state of the HTTP handlers.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use jiff::Timestamp;

use crate::accounts::Accounts;
use crate::audit::AuditLog;
use crate::catalog::Catalog;
use crate::client_limits::ClientLimits;
use crate::config::Config;
use crate::error::AppError;
use crate::evidence::Deliveries;
use crate::libraries::Libraries;
use crate::links::Links;
use crate::media::{Uploads, Volume};
use crate::memory;
use crate::metrics::Metrics;
use crate::peers::Peers;
use crate::posters::Posters;
use crate::replication::Replication;
use crate::subtitle_sync::SubtitleSync;
use crate::views::Views;

/// A volume and the services that write to it.
#[derive(Clone)]
pub struct Storage {
    /// The media files.
    pub volume: Volume,
    /// Unfinished uploads.
    pub uploads: Uploads,
    /// Replication with other volumes; `None` if there is only this one.
    pub replication: Option<Replication>,
    /// Fetches subtitles from the catalogue.
    pub subtitles: SubtitleSync,
    /// The libraries; `None` if this server has none.
    pub libraries: Option<Libraries>,
}

/// Handles to all services. It is cheap to clone, and each request gets a clone.
#[derive(Clone)]
pub struct App {
    /// The catalogue. It is not in [`Services`], because each request has a view of its own:
    /// [`App::with_catalog`].
    pub catalog: Catalog,
    services: Arc<Services>,
}

/// The services that are started before the app.
pub struct AppParts {
    /// The volume and its uploads; `None` if this process has no volume.
    pub storage: Option<Storage>,
    /// The other streamers; `None` if there are none.
    pub peers: Option<Peers>,
    /// Checks posters, and returns them as viewers get them.
    pub posters: Posters,
    /// Playbacks and the views that they count as.
    pub views: Views,
    /// Signs and checks links.
    pub links: Links,
    /// Counters for Prometheus.
    pub metrics: Metrics,
}

/// The services and settings that all requests share.
pub struct Services {
    /// The settings of this process.
    pub config: Arc<Config>,
    /// The volume and its uploads; `None` if this process has no volume.
    pub storage: Option<Storage>,
    /// The other streamers; `None` if there are none.
    pub peers: Option<Peers>,
    /// Accounts, API tokens and sessions.
    pub accounts: Arc<Accounts>,
    /// Writes and reads the audit log.
    pub audit: AuditLog,
    /// Signs and checks links.
    pub links: Arc<Links>,
    /// Checks posters, and returns them as viewers get them.
    pub posters: Posters,
    /// Playbacks and the views that they count as.
    pub views: Arc<Views>,
    /// What this process sent to clients, as evidence for views.
    pub deliveries: Arc<Deliveries>,
    /// Each client's share of memory and concurrent requests.
    pub limits: ClientLimits,
    /// Counters for Prometheus.
    pub metrics: Metrics,
    /// Start time of this process.
    pub started_at: Timestamp,
    phase: AtomicU8,
}

/// The phases of a process, as stored in an atomic number.
const STARTING: u8 = 0;
const READY: u8 = 1;
const STOPPING: u8 = 2;

impl Deref for App {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.services
    }
}

impl App {
    /// Returns the same services with this view of the catalogue.
    pub fn with_catalog(&self, catalog: Catalog) -> Self {
        Self { catalog, services: Arc::clone(&self.services) }
    }

    /// Combines the services. The app is starting until [`App::set_ready`] is called.
    pub fn new(config: Config, catalog: Catalog, parts: AppParts) -> Self {
        let AppParts { storage, peers, posters, views, links, metrics } = parts;
        let accounts = Arc::new(Accounts::new(catalog.store()));
        let audit = AuditLog::new(catalog.store());
        let limits = ClientLimits::new(memory::available_bytes(), config.max_connections as u64);
        let services = Services {
            config: Arc::new(config),
            storage,
            peers,
            accounts,
            audit,
            links: Arc::new(links),
            posters,
            views: Arc::new(views),
            deliveries: Arc::default(),
            limits,
            metrics,
            started_at: Timestamp::now(),
            phase: AtomicU8::new(STARTING),
        };
        Self { catalog, services: Arc::new(services) }
    }

    /// Returns the volume and its uploads.
    ///
    /// # Errors
    /// Returns `Misdirected` if this process has no volume. Such a process serves no route that
    /// needs one, so no client gets this error.
    pub fn storage(&self) -> Result<&Storage, AppError> {
        self.storage.as_ref().ok_or_else(|| {
            AppError::Misdirected(
                "this server has no media files; use a streamer, or the gateway".to_owned(),
            )
        })
    }

    /// Returns the volume; `None` if this process has none.
    pub fn volume(&self) -> Option<&Volume> {
        self.storage.as_ref().map(|storage| &storage.volume)
    }

    /// Returns whether the catalogue is not open yet, so that only probes can be answered.
    pub fn is_starting(&self) -> bool {
        self.phase.load(Ordering::Acquire) == STARTING
    }

    /// Returns what the start waits for, as a sentence for clients; `None` after the start.
    pub fn starting_reason(&self) -> Option<&'static str> {
        self.is_starting().then(|| match self.catalog.unavailable_since() {
            Some(_) => "this server is starting: it waits for its database; try again in a moment",
            None => "this server is starting: it opens its catalogue; try again in a moment",
        })
    }

    /// Returns whether the process is stopping, so that no further traffic should be sent to it.
    pub fn is_stopping(&self) -> bool {
        self.phase.load(Ordering::Acquire) == STOPPING
    }

    /// Ends the start.
    pub fn set_ready(&self) {
        self.phase.store(READY, Ordering::Release);
    }

    /// Begins the stop. A process that is still starting remains in that phase.
    pub fn set_stopping(&self) {
        let order = (Ordering::AcqRel, Ordering::Relaxed);
        let _ = self.phase.compare_exchange(READY, STOPPING, order.0, order.1);
    }
}

#[cfg(test)]
impl App {
    /// Creates an app that is ready, with an empty data directory, which is deleted when the guard is dropped.
    pub async fn in_temp_dir() -> (tempfile::TempDir, Self) {
        Self::in_temp_dir_with(&[]).await
    }

    /// Creates an app as [`App::in_temp_dir`] does, with more flags of the server.
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
        let (views, _recorder) = Views::start(catalog.clone(), &config.data_dir).unwrap();
        let posters = Posters::start(&config.data_dir).unwrap();
        let links = Links::new(HmacKeys::open_or_create(&config.data_dir).unwrap());
        let subtitles = SubtitleSync::new(volume.clone(), catalog.store());
        let (replication, libraries) = (None, None);
        let storage = Some(Storage { volume, uploads, replication, subtitles, libraries });
        let metrics = Metrics::default();
        let parts = AppParts { storage, peers: None, posters, views, links, metrics };
        let app = Self::new(config, catalog, parts);
        app.set_ready();
        (dir, app)
    }
}
