//! The embedded backend: one SQLite file, nothing to install.

mod accounts;
mod audit;
mod carried;
mod error;
mod media;
mod movies;
mod playbacks;
mod pool;
mod replicas;
mod schema;
mod search;
mod values;
mod views;

use std::fs::File;
use std::path::Path;

use async_trait::async_trait;
use ginflix_api::audit::AuditEntry;
use ginflix_api::media::{Media, MediaName};
use ginflix_api::movie::{Movie, MovieId};
use ginflix_api::views::{ViewExplanation, ViewQuery, ViewReport};
use jiff::Timestamp;
use tokio::sync::mpsc;
use uuid::Uuid;

use self::pool::Pool;
use self::values::micros;
use super::carried::{Row, Step};
use super::store::{
    Account, AccountChange, AuditFilter, CatalogStore, Credential, Decide, Listed, MovieFilter,
    MovieRecord, PlaybackEvent, PlaybackRecord, Poster, ReplicaRecord, Result, StoreError,
    Streamer, StreamerRecord, Wanted,
};

/// A catalogue in one SQLite file.
#[derive(Clone)]
pub struct SqliteStore {
    pool: Pool,
}

impl SqliteStore {
    /// Opens the file, makes it if it is not there, and brings its schema up to date.
    ///
    /// # Errors
    /// Where the file cannot be used, or was written by a newer version.
    pub fn open(path: &Path) -> Result<Self> {
        let _turn = take_turn(path)?;
        Ok(Self { pool: Pool::open(path, schema::migrate)? })
    }
}

/// Waits until no other process is opening a catalogue in this folder: neither
/// SQLite nor the migrations keep two from making the same tables. Locks the
/// folder, as closing a second handle of the file would end SQLite's own locks.
fn take_turn(path: &Path) -> Result<File> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let locked = File::open(folder).and_then(|file| file.lock().map(|()| file));
    locked.map_err(|e| StoreError::Unavailable(format!("{}: {e}", folder.display())))
}

#[async_trait]
impl CatalogStore for SqliteStore {
    async fn close(&self) {
        self.pool.close().await;
    }

    async fn ping(&self) -> Result<()> {
        self.pool.read(|db| Ok(db.query_row("SELECT 1", [], |_| Ok(()))?)).await
    }

    async fn insert_movie(&self, movie: &MovieRecord) -> Result<()> {
        let movie = movie.clone();
        self.pool.write(move |db| movies::insert(db, &movie)).await
    }

    async fn movie(&self, id: MovieId) -> Result<Movie> {
        self.pool.read(move |db| movies::get(db, id)).await
    }

    async fn movies(&self, filter: &MovieFilter) -> Result<Vec<Listed>> {
        let filter = filter.clone();
        self.pool.read(move |db| search::movies(db, &filter)).await
    }

    async fn words_like(&self, word: &str) -> Result<Vec<String>> {
        let word = word.to_owned();
        self.pool.read(move |db| search::words_like(db, &word)).await
    }

    async fn count_movies(&self) -> Result<u64> {
        self.pool.read(movies::count).await
    }

    async fn update_movie(&self, movie: &MovieRecord) -> Result<()> {
        let movie = movie.clone();
        self.pool.write(move |db| movies::update(db, &movie)).await
    }

    async fn delete_movie(&self, id: MovieId, version: Option<u64>) -> Result<()> {
        self.pool.write(move |db| movies::delete(db, id, version)).await
    }

    async fn genres(&self) -> Result<Vec<(String, u64)>> {
        self.pool.read(movies::genres).await
    }

    async fn years(&self) -> Result<Vec<u16>> {
        self.pool.read(movies::years).await
    }

    async fn set_poster(&self, id: MovieId, poster: Option<&Poster>, at: Timestamp) -> Result<()> {
        let poster = poster.cloned();
        let at = micros(at);
        self.pool.write(move |db| movies::set_poster(db, id, poster.as_ref(), at)).await
    }

    async fn poster(&self, id: MovieId) -> Result<Poster> {
        self.pool.read(move |db| movies::poster(db, id)).await
    }

    async fn put_media(&self, media: &Media) -> Result<()> {
        let media = media.clone();
        self.pool.write(move |db| media::put(db, &media)).await
    }

    async fn media(&self, name: &MediaName) -> Result<Media> {
        let name = name.clone();
        self.pool.read(move |db| media::get(db, &name)).await
    }

    async fn media_list(&self, after: Option<&MediaName>, limit: u32) -> Result<Vec<Media>> {
        let after = after.cloned();
        self.pool.read(move |db| media::list(db, after.as_ref(), limit)).await
    }

    async fn delete_media(&self, name: &MediaName, force: bool) -> Result<()> {
        let name = name.clone();
        self.pool.write(move |db| media::delete(db, &name, force)).await
    }

    async fn put_media_at(&self, media: &Media, streamer: &str, replace: bool) -> Result<()> {
        let (media, streamer) = (media.clone(), streamer.to_owned());
        self.pool.write(move |db| replicas::put_media(db, &media, &streamer, replace)).await
    }

    async fn media_revision(&self) -> Result<u64> {
        self.pool.read(media::revision).await
    }

    async fn wanted(&self, after: Option<&MediaName>, limit: u32) -> Result<Vec<Wanted>> {
        let after = after.cloned();
        self.pool.read(move |db| media::wanted(db, after.as_ref(), limit)).await
    }

    async fn media_totals(&self) -> Result<(u64, u64)> {
        self.pool.read(media::totals).await
    }

    async fn ask_check(&self, name: Option<&MediaName>) -> Result<u64> {
        let name = name.cloned();
        self.pool.write(move |db| media::ask_check(db, name.as_ref())).await
    }

    async fn put_streamer(&self, streamer: &StreamerRecord) -> Result<()> {
        let streamer = streamer.clone();
        self.pool.write(move |db| replicas::put_streamer(db, &streamer)).await
    }

    async fn streamers(&self) -> Result<Vec<Streamer>> {
        self.pool.read(replicas::streamers).await
    }

    async fn put_replica(&self, replica: &ReplicaRecord) -> Result<bool> {
        let replica = replica.clone();
        self.pool.write(move |db| replicas::put(db, &replica)).await
    }

    async fn delete_replica(&self, name: &MediaName, streamer: &str) -> Result<bool> {
        let (name, streamer) = (name.clone(), streamer.to_owned());
        self.pool.write(move |db| replicas::delete(db, &name, &streamer)).await
    }

    async fn replicas_at(&self, streamer: &str) -> Result<Vec<ReplicaRecord>> {
        let streamer = streamer.to_owned();
        self.pool.read(move |db| replicas::at(db, &streamer)).await
    }

    async fn replicas_of(&self, names: &[MediaName]) -> Result<Vec<(ReplicaRecord, bool)>> {
        let names = names.to_vec();
        self.pool.read(move |db| replicas::of(db, &names)).await
    }

    async fn record_playbacks(
        &self,
        events: &[PlaybackEvent],
        decide: Decide,
    ) -> Result<Vec<Option<PlaybackRecord>>> {
        let events = events.to_vec();
        self.pool.write(move |db| playbacks::record(db, &events, decide)).await
    }

    async fn view_report(&self, query: &ViewQuery) -> Result<ViewReport> {
        let query = query.clone();
        self.pool.read(move |db| views::report(db, &query)).await
    }

    async fn explain_views(&self, id: MovieId) -> Result<ViewExplanation> {
        self.pool.read(move |db| views::explain(db, id)).await
    }

    async fn insert_account(&self, account: &Account) -> Result<()> {
        let account = account.clone();
        self.pool.write(move |db| accounts::insert(db, &account)).await
    }

    async fn account(&self, name: &str) -> Result<Account> {
        let name = name.to_owned();
        self.pool.read(move |db| accounts::get(db, &name)).await
    }

    async fn count_accounts(&self) -> Result<u64> {
        self.pool.read(accounts::count).await
    }

    async fn accounts(&self) -> Result<Vec<Account>> {
        self.pool.read(accounts::list).await
    }

    async fn update_account(&self, name: &str, change: &AccountChange) -> Result<Account> {
        let (name, change) = (name.to_owned(), change.clone());
        self.pool.write(move |db| accounts::update(db, &name, &change)).await
    }

    async fn delete_account(&self, name: &str) -> Result<()> {
        let name = name.to_owned();
        self.pool.write(move |db| accounts::delete(db, &name)).await
    }

    async fn put_credential(&self, credential: &Credential) -> Result<()> {
        let credential = credential.clone();
        self.pool.write(move |db| accounts::put_credential(db, &credential)).await
    }

    async fn insert_token(&self, token: &Credential) -> Result<()> {
        let token = token.clone();
        self.pool.write(move |db| accounts::insert_token(db, &token)).await
    }

    async fn tokens(&self) -> Result<Vec<Credential>> {
        self.pool.read(accounts::tokens).await
    }

    async fn credential(&self, secret_sha256: &[u8; 32]) -> Result<Credential> {
        let secret_sha256 = *secret_sha256;
        self.pool.read(move |db| accounts::credential(db, &secret_sha256)).await
    }

    async fn delete_credential(&self, secret_sha256: &[u8; 32]) -> Result<()> {
        let secret_sha256 = *secret_sha256;
        self.pool.write(move |db| accounts::delete_credential(db, &secret_sha256)).await
    }

    async fn delete_expired_credentials(&self, now: Timestamp) -> Result<()> {
        let now = micros(now);
        self.pool.write(move |db| accounts::delete_expired(db, now)).await
    }

    async fn put_audit(&self, entry: &AuditEntry) -> Result<()> {
        let entry = entry.clone();
        self.pool.write(move |db| audit::put(db, &entry)).await
    }

    async fn delete_audit(&self, id: Uuid) -> Result<()> {
        self.pool.write(move |db| audit::delete(db, id)).await
    }

    async fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditEntry>> {
        let filter = filter.clone();
        self.pool.read(move |db| audit::list(db, &filter)).await
    }

    async fn export(&self, rows: mpsc::Sender<Row>) -> Result<()> {
        self.pool.read(move |db| carried::export(db, &rows)).await
    }

    async fn import(&self, mut steps: mpsc::Receiver<Step>, replace: bool) -> Result<()> {
        self.pool.write(move |db| carried::import(db, &mut steps, replace)).await
    }
}
