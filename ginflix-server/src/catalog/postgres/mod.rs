//! The PostgreSQL backend: for several servers on one catalogue.

mod accounts;
mod audit;
mod carried;
mod error;
mod media;
mod movies;
mod playbacks;
mod pool;
mod replicas;
mod search;
mod tls;
mod views;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use deadpool_postgres::{Client, Pool};
use ginflix_api::audit::AuditEntry;
use ginflix_api::media::{Media, MediaName};
use ginflix_api::movie::{Movie, MovieId};
use ginflix_api::views::{ViewExplanation, ViewQuery, ViewReport};
use jiff::Timestamp;
use tokio::sync::{OnceCell, mpsc};
use tokio_postgres::IsolationLevel;

use super::carried::{Row, Step};
use super::store::{
    Account, AccountChange, AuditFilter, CatalogStore, Credential, Decide, Listed, MovieFilter,
    MovieRecord, PlaybackRecord, PlaybackUpdate, Poster, ReplicaRecord, Result, StoreError,
    Streamer, StreamerRecord, Wanted,
};

/// For so long after a failure nobody tries to reach the database again.
const RECENT: Duration = Duration::from_millis(500);

/// A catalogue in PostgreSQL.
#[derive(Clone)]
pub struct PostgresStore {
    pool: Pool,
    /// Set once the schema is up to date.
    schema: Arc<OnceCell<()>>,
    /// The last attempt at that, if it failed.
    failed: Arc<Mutex<Option<(Instant, StoreError)>>>,
}

impl PostgresStore {
    /// Connects and brings the schema up to date. A database that is not there
    /// yet, as when both start together, is waited for.
    ///
    /// # Errors
    /// Where the database cannot be reached within `patience` or refuses, or
    /// was written by a newer version.
    pub async fn open(url: &str, patience: Duration) -> Result<Self> {
        let store = Self::later(url)?;
        store.ensure_schema(patience).await?;
        Ok(store)
    }

    /// Connects and brings the schema up to date when it is first asked
    /// something; until that works, all fails as `Unavailable`.
    ///
    /// # Errors
    /// Where the URL cannot be read.
    pub fn later(url: &str) -> Result<Self> {
        Ok(Self { pool: pool::pool(url)?, schema: Arc::default(), failed: Arc::default() })
    }

    async fn ensure_schema(&self, patience: Duration) -> Result<()> {
        let attempt = async || {
            // Whoever waited for an attempt that failed does not repeat it.
            let failed = self.failed().clone();
            if let Some((at, error)) = failed
                && at.elapsed() < RECENT
            {
                return Err(error);
            }
            let done = pool::migrate(&self.pool, patience).await;
            *self.failed() = done.clone().err().map(|error| (Instant::now(), error));
            done
        };
        self.schema.get_or_try_init(attempt).await.map(drop)
    }

    fn failed(&self) -> MutexGuard<'_, Option<(Instant, StoreError)>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn client(&self) -> Result<Client> {
        self.ensure_schema(Duration::ZERO).await?;
        Ok(self.pool.get().await?)
    }
}

/// Runs one of the functions of this module's files in a transaction.
macro_rules! in_transaction {
    ($store:expr, $function:path $(, $argument:expr)*) => {{
        let mut client = $store.client().await?;
        let transaction = client.transaction().await?;
        let done = $function(&transaction $(, $argument)*).await?;
        transaction.commit().await?;
        Ok(done)
    }};
}

/// Runs one of the functions of this module's files on one snapshot.
macro_rules! on_snapshot {
    ($store:expr, $function:path $(, $argument:expr)*) => {{
        let mut client = $store.client().await?;
        let snapshot = client
            .build_transaction()
            .isolation_level(IsolationLevel::RepeatableRead)
            .read_only(true)
            .start()
            .await?;
        let read = $function(&snapshot $(, $argument)*).await?;
        snapshot.commit().await?;
        Ok(read)
    }};
}

#[async_trait]
impl CatalogStore for PostgresStore {
    async fn ping(&self) -> Result<()> {
        Ok(self.client().await?.batch_execute("SELECT 1").await?)
    }

    async fn insert_movie(&self, movie: &MovieRecord) -> Result<()> {
        in_transaction!(self, movies::insert, movie)
    }

    async fn movie(&self, id: MovieId) -> Result<Movie> {
        movies::get(&self.client().await?, id).await
    }

    async fn movies(&self, filter: &MovieFilter) -> Result<Vec<Listed>> {
        search::movies(&self.client().await?, filter).await
    }

    async fn count_movies(&self) -> Result<u64> {
        movies::count(&self.client().await?).await
    }

    async fn update_movie(&self, movie: &MovieRecord) -> Result<()> {
        in_transaction!(self, movies::update, movie)
    }

    async fn delete_movie(&self, id: MovieId, version: Option<u64>) -> Result<()> {
        in_transaction!(self, movies::delete, id, version)
    }

    async fn genres(&self) -> Result<Vec<(String, u64)>> {
        movies::genres(&self.client().await?).await
    }

    async fn set_poster(&self, id: MovieId, poster: Option<&Poster>, at: Timestamp) -> Result<()> {
        in_transaction!(self, movies::set_poster, id, poster, at)
    }

    async fn poster(&self, id: MovieId) -> Result<Poster> {
        movies::poster(&self.client().await?, id).await
    }

    async fn put_media(&self, media: &Media) -> Result<()> {
        in_transaction!(self, media::put, media)
    }

    async fn media(&self, name: &MediaName) -> Result<Media> {
        media::get(&self.client().await?, name).await
    }

    async fn media_list(&self, after: Option<&MediaName>, limit: u32) -> Result<Vec<Media>> {
        media::list(&self.client().await?, after, limit).await
    }

    async fn delete_media(&self, name: &MediaName, force: bool) -> Result<()> {
        in_transaction!(self, media::delete, name, force)
    }

    async fn put_media_at(&self, media: &Media, streamer: &str, replace: bool) -> Result<()> {
        in_transaction!(self, replicas::put_media, media, streamer, replace)
    }

    async fn media_revision(&self) -> Result<u64> {
        media::revision(&self.client().await?).await
    }

    async fn wanted(&self, after: Option<&MediaName>, limit: u32) -> Result<Vec<Wanted>> {
        media::wanted(&self.client().await?, after, limit).await
    }

    async fn media_totals(&self) -> Result<(u64, u64)> {
        media::totals(&self.client().await?).await
    }

    async fn ask_check(&self, name: Option<&MediaName>) -> Result<u64> {
        in_transaction!(self, media::ask_check, name)
    }

    async fn put_streamer(&self, streamer: &StreamerRecord) -> Result<()> {
        replicas::put_streamer(&self.client().await?, streamer).await
    }

    async fn streamers(&self) -> Result<Vec<Streamer>> {
        replicas::streamers(&self.client().await?).await
    }

    async fn put_replica(&self, replica: &ReplicaRecord) -> Result<bool> {
        in_transaction!(self, replicas::put, replica)
    }

    async fn delete_replica(&self, name: &MediaName, streamer: &str) -> Result<bool> {
        in_transaction!(self, replicas::delete, name, streamer)
    }

    async fn replicas_at(&self, streamer: &str) -> Result<Vec<ReplicaRecord>> {
        replicas::at(&self.client().await?, streamer).await
    }

    async fn replicas_of(&self, names: &[MediaName]) -> Result<Vec<(ReplicaRecord, bool)>> {
        replicas::of(&self.client().await?, names).await
    }

    async fn insert_playback(&self, playback: &PlaybackRecord) -> Result<()> {
        playbacks::insert(&self.client().await?, playback).await
    }

    async fn update_playbacks(
        &self,
        updates: &[PlaybackUpdate],
        decide: Decide,
    ) -> Result<Vec<Option<PlaybackRecord>>> {
        in_transaction!(self, playbacks::update, updates, decide)
    }

    async fn view_report(&self, query: &ViewQuery) -> Result<ViewReport> {
        on_snapshot!(self, views::report, query)
    }

    async fn explain_views(&self, id: MovieId) -> Result<ViewExplanation> {
        on_snapshot!(self, views::explain, id)
    }

    async fn insert_account(&self, account: &Account) -> Result<()> {
        accounts::insert(&self.client().await?, account).await
    }

    async fn account(&self, name: &str) -> Result<Account> {
        accounts::get(&self.client().await?, name).await
    }

    async fn count_accounts(&self) -> Result<u64> {
        accounts::count(&self.client().await?).await
    }

    async fn accounts(&self) -> Result<Vec<Account>> {
        accounts::list(&self.client().await?).await
    }

    async fn update_account(&self, name: &str, change: &AccountChange) -> Result<Account> {
        in_transaction!(self, accounts::update, name, change)
    }

    async fn delete_account(&self, name: &str) -> Result<()> {
        in_transaction!(self, accounts::delete, name)
    }

    async fn put_credential(&self, credential: &Credential) -> Result<()> {
        in_transaction!(self, accounts::put_credential, credential)
    }

    async fn insert_token(&self, token: &Credential) -> Result<()> {
        accounts::insert_token(&self.client().await?, token).await
    }

    async fn tokens(&self) -> Result<Vec<Credential>> {
        accounts::tokens(&self.client().await?).await
    }

    async fn credential(&self, secret_sha256: &[u8; 32]) -> Result<Credential> {
        accounts::credential(&self.client().await?, secret_sha256).await
    }

    async fn delete_credential(&self, secret_sha256: &[u8; 32]) -> Result<()> {
        accounts::delete_credential(&self.client().await?, secret_sha256).await
    }

    async fn delete_expired_credentials(&self, now: Timestamp) -> Result<()> {
        accounts::delete_expired(&self.client().await?, now).await
    }
    async fn append_audit(&self, entry: &AuditEntry) -> Result<()> {
        audit::append(&self.client().await?, entry).await
    }

    async fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditEntry>> {
        audit::list(&self.client().await?, filter).await
    }

    async fn export(&self, rows: mpsc::Sender<Row>) -> Result<()> {
        on_snapshot!(self, carried::export, &rows)
    }

    async fn import(&self, mut steps: mpsc::Receiver<Step>, replace: bool) -> Result<()> {
        in_transaction!(self, carried::import, &mut steps, replace)
    }
}
