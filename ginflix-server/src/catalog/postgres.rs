//! The PostgreSQL backend: for several servers on one catalogue.

mod accounts;
mod audit;
mod carried;
mod error;
mod media;
mod movies;
mod playbacks;
mod pool;
mod presence;
mod replicas;
mod search;
mod tls;
mod views;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use deadpool_postgres::{Client, Pool};
use ginflix_api::audit::AuditEntry;
use ginflix_api::media::{Media, MediaName};
use ginflix_api::movie::{Movie, MovieId};
use ginflix_api::views::{ViewExplanation, ViewQuery, ViewReport};
use jiff::Timestamp;
use tokio::sync::{OnceCell, mpsc};
use tokio_postgres::IsolationLevel;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use self::presence::Presence;
use super::carried::{Row, Step};
use super::store::{
    Account, AccountChange, AuditFilter, CatalogStore, Credential, Decide, Listed, MovieFilter,
    MovieRecord, PlaybackEvent, PlaybackRecord, Poster, ReplicaRecord, Result, Streamer,
    StreamerRecord, Wanted,
};

/// A catalogue in PostgreSQL.
#[derive(Clone)]
pub struct PostgresStore {
    pool: Pool,
    /// Set once the schema is up to date.
    schema: Arc<OnceCell<()>>,
    presence: Arc<Presence>,
    /// Ends with the last clone.
    _lookout: Arc<AbortOnDropHandle<()>>,
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
        let (pool, presence) = (pool::pool(url)?, Arc::new(Presence::default()));
        let (looking, own, others) = (presence.clone(), pool::lookout(url)?, pool.clone());
        let lookout = tokio::spawn(async move { looking.watch(own, others).await });
        let lookout = Arc::new(AbortOnDropHandle::new(lookout));
        Ok(Self { pool, schema: Arc::default(), presence, _lookout: lookout })
    }

    async fn ensure_schema(&self, patience: Duration) -> Result<()> {
        let migrate = async || {
            pool::migrate(&self.pool, patience).await?;
            self.presence.answers();
            Ok(())
        };
        self.schema.get_or_try_init(migrate).await.map(drop)
    }

    async fn client(&self) -> Result<Client> {
        self.ensure_schema(Duration::ZERO).await?;
        Ok(self.pool.get().await?)
    }
}

/// Runs one of the functions of this module's files, as one statement.
macro_rules! on_client {
    ($store:expr, $function:path $(, $argument:expr)*) => {
        $store.presence.unless_away(async {
            $function(&$store.client().await? $(, $argument)*).await
        }).await
    };
}

/// Runs one of the functions of this module's files in a transaction.
macro_rules! in_transaction {
    ($store:expr, $function:path $(, $argument:expr)*) => {
        $store.presence.unless_away(async {
            let mut client = $store.client().await?;
            let transaction = client.transaction().await?;
            let done = $function(&transaction $(, $argument)*).await?;
            transaction.commit().await?;
            Ok(done)
        }).await
    };
}

/// Runs one of the functions of this module's files on one snapshot.
macro_rules! on_snapshot {
    ($store:expr, $function:path $(, $argument:expr)*) => {
        $store.presence.unless_away(async {
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
        }).await
    };
}

#[async_trait]
impl CatalogStore for PostgresStore {
    async fn close(&self) {
        self.pool.close();
    }

    async fn ping(&self) -> Result<()> {
        let ping = async { Ok(self.client().await?.batch_execute("SELECT 1").await?) };
        self.presence.unless_away(ping).await
    }

    fn away_since(&self) -> Option<Timestamp> {
        self.presence.away_since()
    }

    async fn insert_movie(&self, movie: &MovieRecord) -> Result<()> {
        in_transaction!(self, movies::insert, movie)
    }

    async fn movie(&self, id: MovieId) -> Result<Movie> {
        on_client!(self, movies::get, id)
    }

    async fn movies(&self, filter: &MovieFilter) -> Result<Vec<Listed>> {
        on_client!(self, search::movies, filter)
    }

    async fn words_like(&self, word: &str) -> Result<Vec<String>> {
        on_client!(self, search::words_like, word)
    }

    async fn count_movies(&self) -> Result<u64> {
        on_client!(self, movies::count)
    }

    async fn update_movie(&self, movie: &MovieRecord) -> Result<()> {
        in_transaction!(self, movies::update, movie)
    }

    async fn delete_movie(&self, id: MovieId, version: Option<u64>) -> Result<()> {
        in_transaction!(self, movies::delete, id, version)
    }

    async fn genres(&self) -> Result<Vec<(String, u64)>> {
        on_client!(self, movies::genres)
    }

    async fn years(&self) -> Result<Vec<u16>> {
        on_client!(self, movies::years)
    }

    async fn set_poster(&self, id: MovieId, poster: Option<&Poster>, at: Timestamp) -> Result<()> {
        in_transaction!(self, movies::set_poster, id, poster, at)
    }

    async fn poster(&self, id: MovieId) -> Result<Poster> {
        on_client!(self, movies::poster, id)
    }

    async fn put_media(&self, media: &Media) -> Result<()> {
        in_transaction!(self, media::put, media)
    }

    async fn media(&self, name: &MediaName) -> Result<Media> {
        on_client!(self, media::get, name)
    }

    async fn media_list(&self, after: Option<&MediaName>, limit: u32) -> Result<Vec<Media>> {
        on_client!(self, media::list, after, limit)
    }

    async fn delete_media(&self, name: &MediaName, force: bool) -> Result<()> {
        in_transaction!(self, media::delete, name, force)
    }

    async fn put_media_at(&self, media: &Media, streamer: &str, replace: bool) -> Result<()> {
        in_transaction!(self, replicas::put_media, media, streamer, replace)
    }

    async fn media_revision(&self) -> Result<u64> {
        on_client!(self, media::revision)
    }

    async fn wanted(&self, after: Option<&MediaName>, limit: u32) -> Result<Vec<Wanted>> {
        on_client!(self, media::wanted, after, limit)
    }

    async fn media_totals(&self) -> Result<(u64, u64)> {
        on_client!(self, media::totals)
    }

    async fn ask_check(&self, name: Option<&MediaName>) -> Result<u64> {
        in_transaction!(self, media::ask_check, name)
    }

    async fn put_streamer(&self, streamer: &StreamerRecord) -> Result<()> {
        on_client!(self, replicas::put_streamer, streamer)
    }

    async fn streamers(&self) -> Result<Vec<Streamer>> {
        on_client!(self, replicas::streamers)
    }

    async fn put_replica(&self, replica: &ReplicaRecord) -> Result<bool> {
        in_transaction!(self, replicas::put, replica)
    }

    async fn delete_replica(&self, name: &MediaName, streamer: &str) -> Result<bool> {
        in_transaction!(self, replicas::delete, name, streamer)
    }

    async fn replicas_at(&self, streamer: &str) -> Result<Vec<ReplicaRecord>> {
        on_client!(self, replicas::at, streamer)
    }

    async fn replicas_of(&self, names: &[MediaName]) -> Result<Vec<(ReplicaRecord, bool)>> {
        on_client!(self, replicas::of, names)
    }

    async fn record_playbacks(
        &self,
        events: &[PlaybackEvent],
        decide: Decide,
    ) -> Result<Vec<Option<PlaybackRecord>>> {
        in_transaction!(self, playbacks::record, events, decide)
    }

    async fn view_report(&self, query: &ViewQuery) -> Result<ViewReport> {
        on_snapshot!(self, views::report, query)
    }

    async fn explain_views(&self, id: MovieId) -> Result<ViewExplanation> {
        on_snapshot!(self, views::explain, id)
    }

    async fn insert_account(&self, account: &Account) -> Result<()> {
        on_client!(self, accounts::insert, account)
    }

    async fn account(&self, name: &str) -> Result<Account> {
        on_client!(self, accounts::get, name)
    }

    async fn count_accounts(&self) -> Result<u64> {
        on_client!(self, accounts::count)
    }

    async fn accounts(&self) -> Result<Vec<Account>> {
        on_client!(self, accounts::list)
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
        on_client!(self, accounts::insert_token, token)
    }

    async fn tokens(&self) -> Result<Vec<Credential>> {
        on_client!(self, accounts::tokens)
    }

    async fn credential(&self, secret_sha256: &[u8; 32]) -> Result<Credential> {
        on_client!(self, accounts::credential, secret_sha256)
    }

    async fn delete_credential(&self, secret_sha256: &[u8; 32]) -> Result<()> {
        on_client!(self, accounts::delete_credential, secret_sha256)
    }

    async fn delete_expired_credentials(&self, now: Timestamp) -> Result<()> {
        on_client!(self, accounts::delete_expired, now)
    }

    async fn put_audit(&self, entry: &AuditEntry) -> Result<()> {
        on_client!(self, audit::put, entry)
    }

    async fn delete_audit(&self, id: Uuid) -> Result<()> {
        on_client!(self, audit::delete, id)
    }

    async fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditEntry>> {
        on_client!(self, audit::list, filter)
    }

    async fn export(&self, rows: mpsc::Sender<Row>) -> Result<()> {
        on_snapshot!(self, carried::export, &rows)
    }

    async fn import(&self, mut steps: mpsc::Receiver<Step>, replace: bool) -> Result<()> {
        in_transaction!(self, carried::import, &mut steps, replace)
    }
}
