//! Every streamer gets every film: what the catalogue lists is fetched from
//! whoever has it, what it does not list any more goes, what is damaged is
//! replaced. Each looks after its own volume; nobody gives orders.
//!
//! # Layout
//! - this file: round after round, what there should be against what there is
//! - [`rules`]: what to do about it, without doing it
//! - `pull`: a film from a peer; [`rate`]: how fast
//! - [`register`]: uploads into a catalogue that is shared

pub mod rate;
pub mod register;
pub mod rules;

mod error;
mod pull;
mod steps;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ginflix_api::media::MediaName;
use tokio::sync::Semaphore;
use tokio::task::{AbortHandle, JoinSet};
use uuid::Uuid;

use self::error::StepError;
use self::rate::Rate;
use self::rules::Step;
use crate::catalog::store::{
    CatalogStore, DesiredMedia, ReplicaRecord, StoreError, StreamerRecord,
};
use crate::clock::now;
use crate::config::Config;
use crate::media::{Volume, VolumeError, pull as on_disk};
use crate::metrics::Metrics;
use crate::peers::Peers;

/// How often a streamer looks at what there should be and what there is.
const ROUND: Duration = Duration::from_secs(2);
/// Between two rounds, whatever happens.
const LEAST_PAUSE: Duration = Duration::from_millis(100);
/// Small steps that are taken at once; and for each film that is fetched, so
/// many more are written down as being about to.
const MOST_STEPS: usize = 64;
const QUEUED: usize = 4;
/// How often it gives a sign of life.
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);
/// How often it reads the whole list, even if that is said to be the same.
const REREAD: Duration = Duration::from_secs(60);
/// What is older than that is no knowledge of what there should be.
const FRESH: Duration = Duration::from_secs(15);
/// Entries that are read at once.
const PAGE: u32 = 1_000;
/// After a failure a film is tried again after this time, then twice as long, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// Looks after one volume; cheap to clone.
#[derive(Clone)]
pub struct Replication(Arc<Shared>);

struct Shared {
    name: String,
    address: Option<String>,
    volume: Volume,
    store: Arc<dyn CatalogStore>,
    peers: Option<Peers>,
    metrics: Metrics,
    reserve: u64,
    jobs: Semaphore,
    most_pulls: usize,
    /// One file at a time is read to be verified: viewers go first.
    reading: Semaphore,
    rate: Rate,
    known: Mutex<Known>,
}

/// What there should be, and what is under way.
#[derive(Default)]
struct Known {
    revision: u64,
    read_at: Option<Instant>,
    seen_at: Option<Instant>,
    told_at: Option<Instant>,
    wanted: BTreeMap<MediaName, DesiredMedia>,
    replicas: HashMap<MediaName, ReplicaRecord>,
    running: HashMap<MediaName, Running>,
    failures: HashMap<MediaName, Failures>,
    /// Whether the catalogue was away the last time.
    is_away: bool,
}

struct Running {
    step: Step,
    sha256: String,
    handle: AbortHandle,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    again_at: Instant,
}

impl Replication {
    /// Of this volume, under this name.
    pub fn new(
        name: String,
        address: Option<SocketAddr>,
        config: &Config,
        volume: Volume,
        store: Arc<dyn CatalogStore>,
        peers: Option<Peers>,
        metrics: Metrics,
    ) -> Self {
        Self(Arc::new(Shared {
            name,
            address: address.map(|address| address.to_string()),
            volume,
            store,
            peers,
            metrics,
            reserve: config.reserve_bytes,
            jobs: Semaphore::new(config.pull_jobs),
            most_pulls: config.pull_jobs * QUEUED,
            reading: Semaphore::new(1),
            rate: Rate::new(config.pull_rate),
            known: Mutex::default(),
        }))
    }

    /// Looks after the volume until dropped.
    pub async fn run(self) {
        let mut running = JoinSet::new();
        loop {
            while running.try_join_next().is_some() {}
            match self.round(&mut running).await {
                Ok(()) => {
                    if std::mem::take(&mut self.known().is_away) {
                        tracing::info!("the catalogue answers again");
                    }
                }
                Err(error) => {
                    if !std::mem::replace(&mut self.known().is_away, true) {
                        tracing::warn!(%error, "cannot look after the volume; trying again");
                    }
                }
            }
            tokio::time::sleep(LEAST_PAUSE).await;
            tokio::select! {
                () = tokio::time::sleep(jittered(ROUND)) => {}
                () = self.0.volume.wait_for_indexed() => {}
                Some(_) = running.join_next(), if !running.is_empty() => {}
            }
        }
    }

    /// Whether the catalogue lists this media, or may do so without it being
    /// known here.
    pub fn may_exist(&self, name: &MediaName) -> bool {
        let known = self.known();
        let is_fresh = known.seen_at.is_some_and(|at| at.elapsed() < FRESH);
        !is_fresh || known.wanted.contains_key(name)
    }

    async fn round(&self, running: &mut JoinSet<()>) -> Result<(), StepError> {
        self.give_sign_of_life().await?;
        self.read_catalogue().await?;
        let volume = self.0.volume.clone();
        let files = tokio::task::spawn_blocking(move || volume.list()).await??;
        let files = files.into_iter().map(|file| (file.name.clone(), file)).collect();
        let claimed = self.0.volume.name_locks().claimed();
        let steps = {
            let mut known = self.known();
            let steps = rules::plan(&known.wanted, &known.replicas, &files, &claimed);
            known.stop_what_is_not_wanted(&steps);
            steps
        };
        let pulls = || steps.iter().filter(|(_, step)| matches!(step, Step::Pull { .. }));
        self.0.metrics.set_replicas_lacking(pulls().count());
        let outdated = pulls().filter(|(name, _)| files.contains_key(name));
        self.0.volume.set_outdated(outdated.map(|(name, _)| name.clone()).collect());
        for (name, step) in steps {
            self.begin(name, step, running);
        }
        Ok(())
    }

    /// Starts a step, unless it runs already or has to wait.
    fn begin(&self, name: MediaName, step: Step, running: &mut JoinSet<()>) {
        let mut known = self.known();
        let waits = known.failures.get(&name).is_some_and(|f| Instant::now() < f.again_at);
        let is_pull = |step: &Step| matches!(step, Step::Pull { .. });
        let alike = known.running.values().filter(|r| is_pull(&r.step) == is_pull(&step)).count();
        let most = if is_pull(&step) { self.0.most_pulls } else { MOST_STEPS };
        if waits || alike >= most || known.running.contains_key(&name) {
            return;
        }
        let sha256 = known.wanted.get(&name).map(|w| w.media.sha256.clone()).unwrap_or_default();
        let (this, of, what) = (self.clone(), name.clone(), step.clone());
        let handle = running.spawn(async move {
            let done = this.carry_out(&of, what).await;
            this.ended(&of, done).await;
        });
        known.running.insert(name, Running { step, sha256, handle });
    }

    async fn ended(&self, name: &MediaName, done: Result<(), StepError>) {
        let Err(error) = done else {
            let mut known = self.known();
            known.running.remove(name);
            known.failures.remove(name);
            return;
        };
        let count = self.known().failures.get(name).map_or(0, |failures| failures.count) + 1;
        if count == 1 {
            tracing::warn!(media = %name, %error, "a file is not as it should be; trying again");
        }
        self.tell_problem(name, error.to_string()).await;
        let mut known = self.known();
        known.running.remove(name);
        let pause = (FIRST_PAUSE * 2u32.saturating_pow(count.min(10) - 1)).min(LONGEST_PAUSE);
        let again_at = Instant::now() + jittered(pause);
        known.failures.insert(name.clone(), Failures { count, again_at });
    }

    async fn give_sign_of_life(&self) -> Result<(), StepError> {
        if self.known().told_at.is_some_and(|at| at.elapsed() < SIGN_OF_LIFE) {
            return Ok(());
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
        };
        self.0.store.put_streamer(&record).await?;
        self.known().told_at = Some(Instant::now());
        Ok(())
    }

    /// Reads what there should be, if that may have changed.
    async fn read_catalogue(&self) -> Result<(), StoreError> {
        let store = &self.0.store;
        let revision = store.media_revision().await?;
        {
            let mut known = self.known();
            if known.revision == revision && known.read_at.is_some_and(|at| at.elapsed() < REREAD) {
                known.seen_at = Some(Instant::now());
                return Ok(());
            }
        }
        // What is written from here on is seen at the next look at the latest.
        let (mut wanted, mut last) = (BTreeMap::new(), None);
        loop {
            let page = store.desired_media(last.as_ref(), PAGE).await?;
            let is_last = page.len() < PAGE as usize;
            last = page.last().map(|entry| entry.media.name.clone());
            wanted.extend(page.into_iter().map(|entry| (entry.media.name.clone(), entry)));
            if is_last {
                break;
            }
        }
        let replicas = store.replicas_at(&self.0.name).await?;
        let mut known = self.known();
        known.revision = revision;
        known.wanted = wanted;
        known.replicas = replicas.into_iter().map(|r| (r.media.clone(), r)).collect();
        known.failures.clear();
        (known.read_at, known.seen_at) = (Some(Instant::now()), Some(Instant::now()));
        let running = known.running.keys();
        let parts = known.wanted.values().map(|w| (&w.media.name, w.media.sha256.as_str()));
        if running.len() == 0
            && let Err(error) = on_disk::remove_unwanted(&self.0.volume, parts)
        {
            tracing::warn!(%error, "cannot clear away what is left of films");
        }
        Ok(())
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// Ends what fetches or reads a file that is to be another one by now.
    fn stop_what_is_not_wanted(&mut self, steps: &[(MediaName, Step)]) {
        let wanted: HashSet<(&MediaName, &str)> = steps
            .iter()
            .filter_map(|(name, _)| Some((name, self.wanted.get(name)?.media.sha256.as_str())))
            .collect();
        self.running.retain(|name, running| {
            let goes_on = !matches!(running.step, Step::Pull { .. } | Step::Verify)
                || wanted.contains(&(name, running.sha256.as_str()));
            if !goes_on {
                running.handle.abort();
            }
            goes_on
        });
    }
}

/// Up to a quarter more or less, so that streamers do not all come at once.
fn jittered(time: Duration) -> Duration {
    let random = Uuid::new_v4().as_u128() as u32 % 1000;
    time.mul_f64(0.75 + f64::from(random) / 2000.0)
}
