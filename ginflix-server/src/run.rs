//! Assembles a server from its configuration, and runs it until shutdown.
//!
//! # Layout
//! - this file: from the configuration to the shutdown
//! - `finish`: the part of the start that may have to wait, while probes are answered

mod finish;

use std::fmt;
use std::future::Future;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::OptionFuture;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::app::{App, AppParts, Storage};
use crate::catalog::Catalog;
use crate::catalog::store::StoreError;
use crate::config::{Config, Database, Role};
use crate::evidence::Reporter;
use crate::hmac_keys::HmacKeys;
use crate::libraries::Libraries;
use crate::links::Links;
use crate::media::upload::{MediaRegistry, UploadLimits};
use crate::media::{Uploads, Volume};
use crate::metrics::Metrics;
use crate::net::{Pacing, ServerContext, Tls};
use crate::peers::Peers;
use crate::peers::key::PeerKeys;
use crate::posters::Posters;
use crate::replication::Replication;
use crate::replication::register::SharedRegister;
use crate::subtitle_sync::SubtitleSync;
use crate::views::Views;
use crate::views::recorder::RecorderHandle;
use crate::{catalog, file_modes, http, net, space};

/// How long blocking work may continue after everything else has stopped.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// The reason why the server did not start, or stopped.
#[derive(Debug)]
pub struct StartError(String);

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StartError {}

fn start_error(what: impl fmt::Display, why: impl fmt::Display) -> StartError {
    StartError(format!("{what}: {why}"))
}

/// Listens on the configured address and runs on a new Tokio runtime, until SIGTERM or SIGINT.
///
/// # Errors
/// The address cannot be bound; otherwise as [`run`].
pub fn block_on(config: Config) -> Result<(), StartError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| start_error("cannot start threads", e))?;
    let ended = runtime.block_on(async {
        let shutdown =
            shutdown_signal().map_err(|e| start_error("cannot install signal handlers", e))?;
        let listener = net::listen(config.listen)
            .map_err(|e| start_error(format!("cannot listen on {}", config.listen), e))?;
        run(listener, config, shutdown).await
    });
    // The verification of a large file, which runs on a blocking thread, is not waited for.
    runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
    ended
}

/// Resolves at the first SIGTERM or SIGINT.
fn shutdown_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
        tracing::info!("stopping: running responses may still finish");
    })
}

/// Serves the connections of `listener` until `shutdown`, then lets running responses finish.
/// While PostgreSQL is not available at the start, only probes are answered. `config.listen` is not
/// used.
///
/// # Errors
/// The volume, the catalogue, a key, a certificate or a listener cannot be used. If a file system
/// is full, the error says that too.
pub async fn run(
    listener: TcpListener,
    config: Config,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), StartError> {
    let dirs = space::written_dirs(&config);
    start(listener, config, shutdown).await.map_err(|error| match space::full_disk_hint(&dirs) {
        Some(full) => StartError(format!("{error}; {full}")),
        None => error,
    })
}

/// Opens the volume, the keys and the catalogue, and closes the catalogue at the end.
async fn start(
    listener: TcpListener,
    config: Config,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), StartError> {
    let volume = match config.role {
        Role::Web => None,
        Role::All | Role::Streamer => {
            Some(Volume::mount(&config.data_dir).map_err(|e| StartError(e.to_string()))?)
        }
    };
    // A web server has no volume, but keeps its keys and the journal of views there.
    file_modes::create_private_dir(&config.data_dir)
        .map_err(|e| start_error(format!("cannot use {}", config.data_dir.display()), e))?;
    let keys = match &config.link_keys_file {
        Some(file) => HmacKeys::read(file),
        None => HmacKeys::open_or_create(&config.data_dir),
    };
    let links = Links::new(keys.map_err(|e| StartError(e.to_string()))?);
    let mut shutdown = pin!(shutdown);
    let catalog = tokio::select! {
        catalog = catalog::open::open(&config.database) => catalog,
        () = &mut shutdown => {
            tracing::info!("stopped");
            return Ok(());
        }
    };
    let catalog = catalog.map_err(|e| catalog_error(&config.database, &e))?;
    let ended = serve(listener, config, volume, links, catalog.clone(), shutdown).await;
    if tokio::time::timeout(SHUTDOWN_TIMEOUT, catalog.close()).await.is_err() {
        tracing::warn!("the catalogue could not be closed in time; the next start recovers it");
    }
    if ended.is_ok() {
        tracing::info!("stopped");
    }
    ended
}

fn catalog_error(database: &Database, error: &StoreError) -> StartError {
    start_error(format!("cannot open the catalogue {database:?}"), error)
}

/// Starts the background tasks, and serves connections until `shutdown`.
async fn serve(
    listener: TcpListener,
    config: Config,
    volume: Option<Volume>,
    links: Links,
    catalog: Catalog,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), StartError> {
    let metrics_listener = metrics_listener(&config)?;
    let tls = config.tls.as_ref().map(Tls::new).transpose();
    let tls = tls.map_err(|e| start_error("cannot use the TLS certificate", e))?;
    let address = listener
        .local_addr()
        .map_err(|e| start_error("cannot read the address of the listener", e))?;
    let pacing = choose_pacing(&listener, address, config.congestion_control.as_deref())?;
    let (app, recorder) = open_app(config, volume, links, catalog, address)?;
    let mut tasks = start_tasks(&app);
    if let Some(path) = &app.config.address_file {
        write_address(path, address)
            .map_err(|e| start_error(format!("cannot write {}", path.display()), e))?;
    }
    if let Some(listener) = metrics_listener {
        tasks.spawn(http::metrics_endpoint::serve(listener, app.metrics.clone()));
    }
    if let Some((tls, files)) = tls.clone().zip(app.config.tls.clone()) {
        tasks.spawn(tls.watch(files));
    }
    tracing::info!(%address, tls = tls.is_some(), version = env!("CARGO_PKG_VERSION"), "listening");
    if !http::has_hls_js() {
        tracing::warn!("built without hls.js: most browsers play only files that need no HLS");
    }
    let stop_reports = CancellationToken::new();
    let reporter = start_reporter(&app, stop_reports.clone());
    let mut failed = Ok(());
    let shutdown = async {
        tokio::select! {
            () = shutdown => {}
            Err(error) = finish::finish_start(&app, &mut tasks) => failed = Err(error),
        }
        app.set_stopping();
    };
    let (context, service) = (server_context(&app), http::service(&app));
    let served = net::serve(listener, pacing, tls, context, service, shutdown).await;
    tasks.shutdown().await;
    stop_reports.cancel();
    if let Some(Err(error)) = OptionFuture::from(reporter).await {
        tracing::error!(%error, "the reporter of what was sent to viewers failed");
    }
    recorder.finish().await;
    failed.and(served.map_err(|e| start_error("cannot start the event loops", e)))
}

/// Returns what all connections of a server share.
fn server_context(app: &App) -> ServerContext {
    ServerContext {
        config: app.config.clone(),
        volume: app.volume().cloned(),
        access: Arc::new(app.clone()),
        limits: app.limits.clone(),
        deliveries: app.deliveries.clone(),
        metrics: app.metrics.clone(),
    }
}

/// Chooses the congestion control of accepted connections.
fn choose_pacing(
    listener: &TcpListener,
    address: SocketAddr,
    name: Option<&str>,
) -> Result<Pacing, StartError> {
    Pacing::choose(listener, address, name).map_err(|e| {
        let (name, allowed) = (name.unwrap_or_default(), "net.ipv4.tcp_allowed_congestion_control");
        start_error(format!("cannot use the congestion control {name:?} (sysctl {allowed})"), e)
    })
}

/// Opens all parts of the service. `address` is where peers find this server.
fn open_app(
    config: Config,
    volume: Option<Volume>,
    links: Links,
    catalog: Catalog,
    address: SocketAddr,
) -> Result<(App, RecorderHandle), StartError> {
    let metrics = Metrics::default();
    let peers = open_peers(&config, &metrics)?;
    let posters = Posters::start(&config.data_dir)
        .map_err(|e| start_error("cannot keep pictures of posters in the data directory", e))?;
    let context = StorageContext { address, catalog: &catalog, posters: &posters, peers: &peers };
    let storage = match volume {
        Some(volume) => Some(open_storage(&config, volume, context, &metrics)?),
        None => None,
    };
    let (views, recorder) = Views::start(catalog.clone(), &config.data_dir)
        .map_err(|e| start_error("cannot open the journal of views in the data directory", e))?;
    let parts = AppParts { storage, peers, posters, views, links, metrics };
    Ok((App::new(config, catalog, parts), recorder))
}

/// Starts the background tasks that do not need the database at once.
fn start_tasks(app: &App) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    if let Some(storage) = &app.storage {
        tasks.spawn(storage.uploads.clone().run_maintenance());
        tasks.spawn(storage.subtitles.clone().run());
        if let Some(libraries) = storage.libraries.clone() {
            tasks.spawn(libraries.run());
        }
        if let Some(replication) = storage.replication.clone() {
            tasks.spawn(replication.run());
        }
    }
    tasks
}

/// Starts the task that reports what this process sends to viewers, if it has a volume.
fn start_reporter(app: &App, stop: CancellationToken) -> Option<JoinHandle<()>> {
    app.volume()?;
    let streamer = app.config.streamer_name.clone();
    let reporter = Reporter::new(streamer, app.deliveries.clone(), app.catalog.store());
    Some(tokio::spawn(reporter.run(stop.cancelled_owned())))
}

/// Opens the set of peers, if this server is a streamer that has a peer key.
fn open_peers(config: &Config, metrics: &Metrics) -> Result<Option<Peers>, StartError> {
    let (Some(file), Some(name)) = (&config.peer_key_file, &config.streamer_name) else {
        return Ok(None);
    };
    let keys = PeerKeys::read(file, name).map_err(|e| StartError(e.to_string()))?;
    let peers = Peers::new(config.peers.clone(), keys, metrics.clone());
    peers.map(Some).map_err(|e| start_error("cannot set up requests to peers", e))
}

/// What the services of a volume use.
struct StorageContext<'a> {
    /// Where peers find this server.
    address: SocketAddr,
    catalog: &'a Catalog,
    posters: &'a Posters,
    peers: &'a Option<Peers>,
}

/// Opens the uploads of a volume, its replication and its libraries.
fn open_storage(
    config: &Config,
    volume: Volume,
    context: StorageContext<'_>,
    metrics: &Metrics,
) -> Result<Storage, StartError> {
    let StorageContext { address, catalog, posters, peers } = context;
    let register: Arc<dyn MediaRegistry> = match config.streamer_name.clone() {
        Some(streamer) => Arc::new(SharedRegister { catalog: catalog.clone(), streamer }),
        None => Arc::new(catalog.clone()),
    };
    let uploads = Uploads::open(volume.clone(), register, UploadLimits::from(config))
        .map_err(|e| start_error("cannot recover the unfinished uploads", e))?;
    let replication = config.streamer_name.clone().map(|name| {
        // Peers cannot connect to the unspecified address, 0.0.0.0 or [::].
        let address = Some(address).filter(|address| !address.ip().is_unspecified());
        let (store, peers) = (catalog.store(), peers.clone());
        Replication::new(name, address, config, volume.clone(), store, peers, metrics.clone())
    });
    let subtitles = SubtitleSync::new(volume.clone(), catalog.store());
    let libraries = config.library_roots_file.clone().map(|roots_file| {
        let (volume, catalog) = (volume.clone(), catalog.clone());
        Libraries::new(volume, catalog, posters.clone(), subtitles.clone(), roots_file)
    });
    Ok(Storage { volume, uploads, replication, subtitles, libraries })
}

/// Listens on the private address, if one is configured.
fn metrics_listener(config: &Config) -> Result<Option<TcpListener>, StartError> {
    let Some(address) = config.private_listen else { return Ok(None) };
    let listener =
        net::listen(address).map_err(|e| start_error(format!("cannot listen on {address}"), e))?;
    if let Ok(address) = listener.local_addr() {
        tracing::info!(%address, "serving metrics");
    }
    Ok(Some(listener))
}

/// Writes the address by a rename, so that a reader never sees a part of it.
fn write_address(path: &Path, address: SocketAddr) -> std::io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    writeln!(file, "{address}")?;
    file.persist(path)?;
    Ok(())
}
