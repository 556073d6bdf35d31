//! Replication: every streamer keeps a copy of every media file of the catalogue.
//!
//! Each streamer reconciles its own volume with the catalogue: it fetches media files that it lacks
//! or that are damaged from its peers, and removes those that the catalogue no longer has. There is
//! no coordinator.
//!
//! # Layout
//! - this file: the reconcile loop and its state
//! - [`rules`]: which actions a volume needs, as pure functions; `actions`: what they do
//! - `pull`: how a media file is fetched from a peer; [`rate`]: the limit of bytes per second
//! - [`register`]: how uploads are recorded in a shared catalogue

pub mod rate;
pub mod register;
pub mod rules;

mod actions;
mod error;
mod pull;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ginflix_api::media::MediaName;
use ginflix_api::replica::MediaProblem;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Semaphore;
use tokio::task::{AbortHandle, JoinSet};
use uuid::Uuid;

use self::error::ReplicationError;
use self::rate::ByteRateLimiter;
use self::rules::{ReplicaAction, VolumeFiles};
use crate::catalog::store::{
    CatalogStore, DesiredMedia, ReplicaRecord, StoreError, StreamerRecord,
};
use crate::clock::now;
use crate::config::Config;
use crate::media::{Volume, VolumeError, pull as media_pull};
use crate::metrics::Metrics;
use crate::peers::Peers;

/// Time between two reconciliations, unless the volume changes or an action ends earlier.
const RECONCILE_INTERVAL: Duration = Duration::from_secs(2);
/// Minimum time between two reconciliations.
const MIN_RECONCILE_DELAY: Duration = Duration::from_millis(100);
/// Actions other than pulls that run at the same time.
const ACTION_LIMIT: usize = 64;
/// Pulls that are started for each one that may transfer: the others wait for a permit, but the
/// catalogue already lists them as being fetched.
const STARTED_PULLS_PER_JOB: usize = 4;
/// How often this streamer updates its record in the catalogue.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(5);
/// How often the whole list of media files is read, even if its revision is the same.
const FULL_READ_INTERVAL: Duration = Duration::from_secs(60);
/// Age at which that list no longer tells whether a media file exists.
const STALE_AGE: Duration = Duration::from_secs(15);
/// Media files that are read from the catalogue with one query.
const PAGE_SIZE: u32 = 1_000;
/// Delay after the first failure of an action; it doubles with each further failure.
const MIN_RETRY_DELAY: Duration = Duration::from_millis(500);
/// Upper bound of that delay.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(15);

/// Reconciles one volume with the catalogue; cheap to clone.
#[derive(Clone)]
pub struct Replication(Arc<ReplicationInner>);

struct ReplicationInner {
    /// The name of this streamer.
    name: String,
    /// The address that peers fetch from, if it is known.
    address: Option<String>,
    volume: Volume,
    store: Arc<dyn CatalogStore>,
    peers: Option<Peers>,
    metrics: Metrics,
    /// Bytes of the volume that pulls leave free.
    reserve: u64,
    /// Permits of pulls that transfer at the same time.
    pull_permits: Semaphore,
    /// Pulls that are started at the same time, including those that wait for a permit.
    pull_limit: usize,
    /// One file at a time is verified, as reading it competes with viewers for the disk.
    verify_permits: Semaphore,
    rate_limiter: ByteRateLimiter,
    state: Mutex<ReplicationState>,
}

/// The catalogue as it was read last, and the actions that run.
#[derive(Default)]
struct ReplicationState {
    /// The revision of the list of media files.
    revision: u64,
    /// When the list was read.
    read_at: Option<Instant>,
    /// When the list was last known to be current.
    checked_at: Option<Instant>,
    heartbeat_at: Option<Instant>,
    /// The problems of files in the last heartbeat.
    reported_problems: Vec<MediaProblem>,
    /// The media files of the catalogue.
    desired: BTreeMap<MediaName, DesiredMedia>,
    /// The replicas of this streamer that the catalogue lists.
    replicas: HashMap<MediaName, ReplicaRecord>,
    running: HashMap<MediaName, RunningAction>,
    failures: HashMap<MediaName, RetryState>,
    /// Whether the last reconciliation failed.
    has_failed: bool,
}

struct RunningAction {
    action: ReplicaAction,
    /// The content that the catalogue had when the action was started.
    sha256: String,
    handle: AbortHandle,
}

/// The failures in a row of the actions for one name.
#[derive(Debug, Clone, Copy)]
struct RetryState {
    count: u32,
    retry_at: Instant,
}

impl Replication {
    /// Creates the replication of a volume for the streamer `name`. Peers fetch from `address`.
    pub fn new(
        name: String,
        address: Option<SocketAddr>,
        config: &Config,
        volume: Volume,
        store: Arc<dyn CatalogStore>,
        peers: Option<Peers>,
        metrics: Metrics,
    ) -> Self {
        Self(Arc::new(ReplicationInner {
            name,
            address: address.map(|address| address.to_string()),
            volume,
            store,
            peers,
            metrics,
            reserve: config.reserve_bytes,
            pull_permits: Semaphore::new(config.pull_jobs),
            pull_limit: config.pull_jobs * STARTED_PULLS_PER_JOB,
            verify_permits: Semaphore::new(1),
            rate_limiter: ByteRateLimiter::new(config.pull_rate),
            state: Mutex::default(),
        }))
    }

    /// Reconciles the volume periodically and after changes, until the future is dropped.
    pub async fn run(self) {
        let mut running = JoinSet::new();
        loop {
            // A `JoinSet` keeps finished tasks until they are joined.
            while running.try_join_next().is_some() {}
            match self.reconcile(&mut running).await {
                Ok(()) => {
                    if std::mem::take(&mut self.state().has_failed) {
                        tracing::info!("replication works again");
                    }
                }
                Err(error) => {
                    if !std::mem::replace(&mut self.state().has_failed, true) {
                        tracing::warn!(%error,
                            "cannot compare the volume with the catalogue; trying again");
                    }
                }
            }
            tokio::time::sleep(MIN_RECONCILE_DELAY).await;
            tokio::select! {
                () = tokio::time::sleep(jittered(RECONCILE_INTERVAL)) => {}
                () = self.0.volume.wait_for_indexed() => {}
                Some(_) = running.join_next(), if !running.is_empty() => {}
            }
        }
    }

    /// Whether the catalogue has this media file, or whether that is not known here.
    pub fn may_exist(&self, name: &MediaName) -> bool {
        let state = self.state();
        let is_current = state.checked_at.is_some_and(|at| at.elapsed() < STALE_AGE);
        !is_current || state.desired.contains_key(name)
    }

    /// Compares the volume with the catalogue, and starts the actions that follow from it.
    async fn reconcile(&self, running: &mut JoinSet<()>) -> Result<(), ReplicationError> {
        self.send_heartbeat().await?;
        self.read_catalog().await?;
        let volume = self.0.volume.clone();
        let listing = tokio::task::spawn_blocking(move || volume.list()).await??;
        let files = listing.files.into_iter().map(|file| (file.name.clone(), file)).collect();
        let volume_files = VolumeFiles { files, unreadable: listing.unreadable };
        let claimed = self.0.volume.name_locks().claimed();
        let actions = {
            let mut state = self.state();
            let actions = rules::plan(&state.desired, &state.replicas, &volume_files, &claimed);
            state.abort_obsolete(&actions);
            actions
        };
        let pulls = || actions.iter().filter(|(_, action)| action.is_pull());
        self.0.metrics.set_replicas_lacking(pulls().count());
        let outdated = pulls().filter(|(name, _)| volume_files.files.contains_key(name));
        self.0.volume.set_outdated(outdated.map(|(name, _)| name.clone()).collect());
        for (name, action) in actions {
            self.start_action(name, action, running);
        }
        Ok(())
    }

    /// Starts an action, unless the name has a running one or a retry delay, or the limit of
    /// actions is reached.
    fn start_action(&self, name: MediaName, action: ReplicaAction, running: &mut JoinSet<()>) {
        let mut state = self.state();
        let is_delayed = state.failures.get(&name).is_some_and(|f| Instant::now() < f.retry_at);
        let is_same_kind = |r: &&RunningAction| r.action.is_pull() == action.is_pull();
        let count = state.running.values().filter(is_same_kind).count();
        let limit = if action.is_pull() { self.0.pull_limit } else { ACTION_LIMIT };
        if is_delayed || count >= limit || state.running.contains_key(&name) {
            return;
        }
        let sha256 = state.desired.get(&name).map(|entry| entry.sha256.clone()).unwrap_or_default();
        let (replication, task_name, task_action) = (self.clone(), name.clone(), action.clone());
        let handle = running.spawn(async move {
            let result = replication.apply(&task_name, task_action).await;
            replication.finish_action(&task_name, result).await;
        });
        state.running.insert(name, RunningAction { action, sha256, handle });
    }

    /// Removes a finished action, and sets a retry delay if it failed.
    async fn finish_action(&self, name: &MediaName, result: Result<(), ReplicationError>) {
        let Err(error) = result else {
            let mut state = self.state();
            state.running.remove(name);
            state.failures.remove(name);
            return;
        };
        let count = self.state().failures.get(name).map_or(0, |failures| failures.count) + 1;
        if count == 1 {
            tracing::warn!(media = %name, %error, "cannot replicate a media file; trying again");
        }
        self.report_problem(name, error.to_string()).await;
        let mut state = self.state();
        state.running.remove(name);
        // The exponent is limited so that the product does not overflow.
        let delay = MIN_RETRY_DELAY * 2u32.saturating_pow(count.min(10) - 1);
        let retry_at = Instant::now() + jittered(delay.min(MAX_RETRY_DELAY));
        state.failures.insert(name.clone(), RetryState { count, retry_at });
    }

    /// Updates this streamer's record in the catalogue, if that is due.
    async fn send_heartbeat(&self) -> Result<(), ReplicationError> {
        let problems = self.0.volume.problems();
        {
            let state = self.state();
            let is_recent = state.heartbeat_at.is_some_and(|at| at.elapsed() < HEARTBEAT_INTERVAL);
            if is_recent && state.reported_problems == problems {
                return Ok(());
            }
        }
        let volume = self.0.volume.clone();
        let space = tokio::task::spawn_blocking(move || volume.space());
        let (used_bytes, free_bytes) = space.await?.map_err(VolumeError::from)?;
        let record = StreamerRecord {
            name: self.0.name.clone(),
            address: self.0.address.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            used_bytes,
            free_bytes,
            seen_at: now(),
            problems,
        };
        self.0.store.put_streamer(&record).await?;
        let mut state = self.state();
        (state.heartbeat_at, state.reported_problems) = (Some(Instant::now()), record.problems);
        Ok(())
    }

    /// Reads the list of media files and this streamer's replicas, if they may have changed.
    async fn read_catalog(&self) -> Result<(), StoreError> {
        let store = &self.0.store;
        let revision = store.media_revision().await?;
        {
            let mut state = self.state();
            let is_recent = state.read_at.is_some_and(|at| at.elapsed() < FULL_READ_INTERVAL);
            if state.revision == revision && is_recent {
                state.checked_at = Some(Instant::now());
                return Ok(());
            }
        }
        // Changes during the read make a new revision, so that the next reconciliation sees them.
        let (mut desired, mut last) = (BTreeMap::new(), None);
        loop {
            let page = store.desired_media(last.as_ref(), PAGE_SIZE).await?;
            let is_last = page.len() < PAGE_SIZE as usize;
            last = page.last().map(|entry| entry.media.name.clone());
            desired.extend(page.into_iter().map(|entry| (entry.media.name.clone(), entry)));
            if is_last {
                break;
            }
        }
        let replicas = store.replicas_at(&self.0.name).await?;
        let mut state = self.state();
        state.revision = revision;
        state.desired = desired;
        state.replicas = replicas.into_iter().map(|r| (r.media.clone(), r)).collect();
        state.failures.clear();
        (state.read_at, state.checked_at) = (Some(Instant::now()), Some(Instant::now()));
        let parts = state.desired.values().map(|entry| (&entry.media.name, entry.sha256.as_str()));
        // A running pull may be writing a partial file that is not wanted any more.
        if state.running.is_empty()
            && let Err(error) = media_pull::remove_unwanted(&self.0.volume, parts)
        {
            tracing::warn!(%error, "cannot delete partial media files that are no longer wanted");
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, ReplicationState> {
        self.0.state.lock()
    }
}

impl ReplicationState {
    /// Aborts pulls and verifications of names that need no action any more, or that have another
    /// content in the catalogue now.
    fn abort_obsolete(&mut self, actions: &[(MediaName, ReplicaAction)]) {
        let current: HashSet<(&MediaName, &str)> = actions
            .iter()
            .filter_map(|(name, _)| Some((name, self.desired.get(name)?.sha256.as_str())))
            .collect();
        self.running.retain(|name, running| {
            let may_be_aborted =
                matches!(running.action, ReplicaAction::Pull { .. } | ReplicaAction::Verify);
            let is_obsolete = may_be_aborted && !current.contains(&(name, running.sha256.as_str()));
            if is_obsolete {
                running.handle.abort();
            }
            !is_obsolete
        });
    }
}

/// Adds or subtracts up to a quarter at random, so that streamers do not act at the same time.
fn jittered(time: Duration) -> Duration {
    let random = Uuid::new_v4().as_u128() as u32 % 1000;
    time.mul_f64(0.75 + f64::from(random) / 2000.0)
}
