//! Everything put together: from settings to shutdown.

use std::fmt;
use std::future::Future;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::accounts::bootstrap::BootstrapError;
use crate::app::{App, Storage};
use crate::catalog::Catalog;
use crate::config::{Config, Role};
use crate::hmac_keys::HmacKeys;
use crate::links::Links;
use crate::media::upload::{MediaRegistry, UploadLimits};
use crate::media::{Uploads, Volume};
use crate::metrics::Metrics;
use crate::net::{Pacing, ServerContext, Tls};
use crate::peers::Peers;
use crate::peers::key::PeerKeys;
use crate::replication::Replication;
use crate::replication::register::SharedRegister;
use crate::views::Views;
use crate::{catalog, http, net, space};

/// How long work on the disk may go on after everything else has stopped.
const LAST_WORK: Duration = Duration::from_secs(5);

/// Why the server did not start or run.
#[derive(Debug)]
pub struct StartError(String);

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StartError {}

fn failed(what: impl fmt::Display, why: impl fmt::Display) -> StartError {
    StartError(format!("{what}: {why}"))
}

/// Binds the address of the settings and runs on a runtime of its own, until SIGTERM or SIGINT.
///
/// # Errors
/// If the address cannot be bound; and as [`run`].
pub fn block_on(config: Config) -> Result<(), StartError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| failed("cannot start threads", e))?;
    let ended = runtime.block_on(async {
        let shutdown = shutdown_signal().map_err(|e| failed("cannot watch signals", e))?;
        let listener = net::listen(config.listen)
            .map_err(|e| failed(format!("cannot listen on {}", config.listen), e))?;
        run(listener, config, shutdown).await
    });
    // A film that is being read to be verified is not worth waiting for.
    runtime.shutdown_timeout(LAST_WORK);
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
        tracing::info!("stopping: running responses may finish");
    })
}

/// Serves the connections of `listener` until `shutdown`, and drains. Connections that come while
/// it starts wait to be accepted. `config.listen` is not used.
///
/// # Errors
/// If the volume or the catalogue cannot be used. Where there is no room for what a start writes,
/// the error says so too.
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
    std::fs::create_dir_all(&config.data_dir)
        .map_err(|e| failed(format!("cannot use {}", config.data_dir.display()), e))?;
    let keys = match &config.link_keys_file {
        Some(file) => HmacKeys::read(file),
        None => HmacKeys::of_folder(&config.data_dir),
    };
    let links = Links::new(keys.map_err(|e| StartError(e.to_string()))?);
    let catalog = match config.role {
        // What is on the volume can be streamed without.
        Role::Streamer => catalog::open::open_lazy(&config.database).await,
        Role::All | Role::Web => catalog::open::open(&config.database).await,
    };
    let catalog = catalog
        .map_err(|e| failed(format!("cannot open the catalogue {:?}", config.database), e))?;
    let ended = serve(listener, config, volume, links, catalog.clone(), shutdown).await;
    if tokio::time::timeout(LAST_WORK, catalog.close()).await.is_err() {
        tracing::warn!("the catalogue is still in use: the next start recovers it");
    }
    if ended.is_ok() {
        tracing::info!("stopped");
    }
    ended
}

/// Starts the background tasks, and answers requests until `shutdown`.
async fn serve(
    listener: TcpListener,
    config: Config,
    volume: Option<Volume>,
    links: Links,
    catalog: Catalog,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), StartError> {
    let private = private_listener(&config)?;
    let tls = config.tls.as_ref().map(Tls::new).transpose();
    let tls = tls.map_err(|e| failed("cannot use the TLS certificate", e))?;
    let address = listener.local_addr().map_err(|e| failed("cannot tell the address", e))?;
    let wanted = config.congestion_control.as_deref();
    let pacing = Pacing::choose(&listener, address, wanted).map_err(|e| {
        let (name, allowed) =
            (wanted.unwrap_or_default(), "net.ipv4.tcp_allowed_congestion_control");
        failed(format!("cannot use the congestion control {name:?} (sysctl {allowed})"), e)
    })?;
    let metrics = Metrics::default();
    let peers = peers(&config, &metrics)?;
    let storage = match volume {
        Some(volume) => Some(storage(&config, volume, address, &catalog, &peers, &metrics)?),
        None => None,
    };
    let (views, views_writer) = Views::start(catalog.clone(), &config.data_dir)
        .map_err(|e| failed("cannot use the journal of views in the data directory", e))?;
    let app = App::new(config, catalog, storage, peers, views, links, metrics);
    let mut beside = JoinSet::new();
    if app.config.role != Role::Streamer {
        bootstrap(&app).await.map_err(|e| StartError(e.to_string()))?;
        let accounts = app.accounts.clone();
        beside.spawn(async move { accounts.clear_expired().await });
    }
    if let Some(storage) = &app.storage {
        beside.spawn(storage.uploads.clone().run_maintenance());
        if let Some(replication) = storage.replication.clone() {
            beside.spawn(replication.run());
        }
    }
    if let Some(peers) = app.peers.clone() {
        peers.look_up().await;
        beside.spawn(peers.keep_looking_up());
    }
    if let Some(path) = &app.config.address_file {
        write_address(path, address)
            .map_err(|e| failed(format!("cannot write {}", path.display()), e))?;
    }
    if let Some(listener) = private {
        beside.spawn(http::metrics_endpoint::serve(listener, app.metrics.clone()));
    }
    if let Some((tls, files)) = tls.clone().zip(app.config.tls.clone()) {
        beside.spawn(tls.watch(files));
    }
    app.set_ready(true);
    tracing::info!(%address, tls = tls.is_some(), version = env!("CARGO_PKG_VERSION"), "listening");
    let serving = ServerContext {
        config: app.config.clone(),
        volume: app.volume().cloned(),
        access: Arc::new(app.clone()),
        limits: app.limits.clone(),
        metrics: app.metrics.clone(),
    };
    let shutdown = async {
        shutdown.await;
        app.set_ready(false);
    };
    let served = net::serve(listener, pacing, tls, serving, http::service(&app), shutdown).await;
    beside.shutdown().await;
    views_writer.finish().await;
    served.map_err(|e| failed("cannot start the threads that send films", e))
}

/// The other streamers, for one that knows their key.
fn peers(config: &Config, metrics: &Metrics) -> Result<Option<Peers>, StartError> {
    let (Some(file), Some(name)) = (&config.peer_key_file, &config.streamer_name) else {
        return Ok(None);
    };
    let keys = PeerKeys::read(file, name).map_err(|e| StartError(e.to_string()))?;
    let peers = Peers::new(config.peers.clone(), keys, metrics.clone());
    peers.map(Some).map_err(|e| failed("cannot speak to peers", e))
}

/// A volume, its uploads, and what keeps it equal to those of its peers.
fn storage(
    config: &Config,
    volume: Volume,
    address: SocketAddr,
    catalog: &Catalog,
    peers: &Option<Peers>,
    metrics: &Metrics,
) -> Result<Storage, StartError> {
    let register: Arc<dyn MediaRegistry> = match config.streamer_name.clone() {
        Some(streamer) => Arc::new(SharedRegister { catalog: catalog.clone(), streamer }),
        None => Arc::new(catalog.clone()),
    };
    let uploads = Uploads::open(volume.clone(), register, UploadLimits::from(config))
        .map_err(|e| failed("cannot go on with the unfinished uploads", e))?;
    let replication = config.streamer_name.clone().map(|name| {
        // Every address of this machine is none that others could be told.
        let address = Some(address).filter(|address| !address.ip().is_unspecified());
        let (store, peers) = (catalog.store(), peers.clone());
        Replication::new(name, address, config, volume.clone(), store, peers, metrics.clone())
    });
    Ok(Storage { volume, uploads, replication })
}

/// Where `/metrics` is, if it is to be anywhere.
fn private_listener(config: &Config) -> Result<Option<TcpListener>, StartError> {
    let Some(address) = config.private_listen else { return Ok(None) };
    let listener =
        net::listen(address).map_err(|e| failed(format!("cannot listen on {address}"), e))?;
    if let Ok(address) = listener.local_addr() {
        tracing::info!(%address, "metrics");
    }
    Ok(Some(listener))
}

/// The first account and the cluster's token, from the files that name them.
async fn bootstrap(app: &App) -> Result<(), BootstrapError> {
    if let Some(file) = &app.config.admin_password_file {
        app.accounts.ensure_admin(file).await?;
    }
    if let Some(file) = &app.config.admin_token_file {
        app.accounts.ensure_token(file).await?;
    }
    Ok(())
}

/// Whole or not at all, so that a reader never sees half an address.
fn write_address(path: &Path, address: SocketAddr) -> std::io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    writeln!(file, "{address}")?;
    file.persist(path)?;
    Ok(())
}
