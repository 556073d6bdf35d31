//! The audit log: an entry for every change, stored in the catalogue's database.

use std::net::IpAddr;
use std::sync::Arc;

use ginflix_api::Page;
use ginflix_api::audit::{AuditEntry, AuditQuery};
use jiff::Timestamp;
use parking_lot::Mutex;
use uuid::{Builder, NoContext, Uuid};

use crate::catalog::cursor;
use crate::catalog::query::limit as page_limit;
use crate::catalog::store::{AuditFilter, AuditStore};
use crate::clock;
use crate::error::AppError;

/// The latest entries of the log among which log-ins are looked for.
const RECENT_ENTRIES_LIMIT: u32 = 20_000;

/// A change that is audited. Its name is stored, so it must never be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditAction {
    /// A log-in with name and password.
    LogIn,
    /// A session was ended.
    LogOut,
    /// A user changed the own password.
    ChangeOwnPassword,
    /// A user ended another session of the own account.
    EndSession,
    /// A user ended all other sessions of the own account.
    EndOtherSessions,
    /// An account was added.
    CreateUser,
    /// An account got another role or password.
    ChangeUser,
    /// An account was removed.
    RemoveUser,
    /// An API token was made.
    CreateToken,
    /// An API token was revoked.
    RevokeToken,
    /// A signed link was made.
    CreateLink,
    /// The catalogue was replaced by a backup.
    ImportBackup,
    /// An upload was created.
    CreateUpload,
    /// An upload became a media file.
    FinishUpload,
    /// An upload was discarded.
    DiscardUpload,
    /// A movie was added.
    AddMovie,
    /// A movie was changed.
    ChangeMovie,
    /// A movie was removed.
    RemoveMovie,
    /// A movie got a poster.
    SetPoster,
    /// A movie lost its poster.
    RemovePoster,
    /// A collection was added.
    AddCollection,
    /// A collection was changed.
    ChangeCollection,
    /// A collection was removed.
    RemoveCollection,
    /// The movies of a collection were replaced.
    SetCollectionMovies,
    /// A library was added.
    AddLibrary,
    /// A library was removed.
    RemoveLibrary,
    /// A scan of a library was requested.
    ScanLibrary,
    /// The details of a movie were imported.
    ImportMovie,
    /// The poster of a movie was imported.
    ImportPoster,
    /// Subtitles of a media file were imported.
    ImportSubtitles,
    /// Movies were imported into a collection.
    ImportCollection,
    /// A media file was removed.
    RemoveMedia,
    /// A verification and repair of replicas was requested.
    RepairMedia,
    /// A media file got subtitles.
    AddSubtitles,
    /// What is known of subtitles was changed.
    ChangeSubtitles,
    /// A media file lost subtitles.
    RemoveSubtitles,
}

impl AuditAction {
    /// Returns the stored name, such as `movies.add`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LogIn => "session.log_in",
            Self::LogOut => "session.log_out",
            Self::ChangeOwnPassword => "account.change_password",
            Self::EndSession => "account.end_session",
            Self::EndOtherSessions => "account.end_other_sessions",
            Self::CreateUser => "users.create",
            Self::ChangeUser => "users.change",
            Self::RemoveUser => "users.remove",
            Self::CreateToken => "tokens.create",
            Self::RevokeToken => "tokens.revoke",
            Self::CreateLink => "links.create",
            Self::ImportBackup => "backups.import",
            Self::CreateUpload => "uploads.create",
            Self::FinishUpload => "uploads.finish",
            Self::DiscardUpload => "uploads.discard",
            Self::AddMovie => "movies.add",
            Self::ChangeMovie => "movies.change",
            Self::RemoveMovie => "movies.remove",
            Self::SetPoster => "posters.set",
            Self::RemovePoster => "posters.remove",
            Self::AddCollection => "collections.add",
            Self::ChangeCollection => "collections.change",
            Self::RemoveCollection => "collections.remove",
            Self::SetCollectionMovies => "collections.set_movies",
            Self::AddLibrary => "libraries.add",
            Self::RemoveLibrary => "libraries.remove",
            Self::ScanLibrary => "libraries.scan",
            Self::ImportMovie => "imports.movie",
            Self::ImportPoster => "imports.poster",
            Self::ImportSubtitles => "imports.subtitles",
            Self::ImportCollection => "imports.collection",
            Self::RemoveMedia => "media.remove",
            Self::RepairMedia => "media.repair",
            Self::AddSubtitles => "subtitles.add",
            Self::ChangeSubtitles => "subtitles.change",
            Self::RemoveSubtitles => "subtitles.remove",
        }
    }
}

/// Writes and reads the audit log; cheap to clone.
#[derive(Clone)]
pub struct AuditLog {
    store: Arc<dyn AuditStore>,
}

impl AuditLog {
    /// Opens the log in this store.
    pub fn new(store: Arc<dyn AuditStore>) -> Self {
        Self { store }
    }

    /// Writes an entry before its change is made, so that a crash between the two does not lose
    /// it. Returns false if the database did not store the entry; then the change will probably
    /// fail as well.
    pub async fn begin(&self, entry: &AuditEntry) -> bool {
        let written = self.store.put_audit(entry).await;
        written
            .inspect_err(
                |error| tracing::debug!(%error, "cannot write an audit entry before its change"),
            )
            .is_ok()
    }

    /// Writes an entry after its change was made, and replaces the one of [`AuditLog::begin`]. If
    /// the database does not store it, it goes to the server's own log.
    pub async fn record(&self, entry: AuditEntry) {
        if let Err(error) = self.store.put_audit(&entry).await {
            tracing::error!(%error, ?entry, "cannot write to the audit log");
        }
    }

    /// Deletes the entry of [`AuditLog::begin`], because the change was rejected.
    pub async fn cancel(&self, entry: &AuditEntry) {
        if let Err(error) = self.store.delete_audit(entry.id).await {
            tracing::error!(%error, ?entry, "cannot delete an entry from the audit log");
        }
    }

    /// Returns accounts and the clients from which they logged in lately, the latest last.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn recent_log_ins(&self) -> Result<Vec<(String, IpAddr)>, AppError> {
        let mut log_ins =
            self.store.latest_audit(AuditAction::LogIn.as_str(), RECENT_ENTRIES_LIMIT).await?;
        log_ins.reverse();
        Ok(log_ins.into_iter().map(|entry| (entry.who, entry.client)).collect())
    }

    /// Returns a page of entries, the latest first.
    ///
    /// # Errors
    /// Returns `Invalid` for an illegal limit or cursor, and an error if the database fails.
    pub async fn entries(&self, query: &AuditQuery) -> Result<Page<AuditEntry>, AppError> {
        let limit = page_limit(query.limit)?;
        let before = query.cursor.as_deref().map(cursor::decode::<Uuid>).transpose()?;
        // One entry more than the limit shows whether there is another page.
        let filter = AuditFilter { since: query.since.map(lowest_id_at), before, limit: limit + 1 };
        let mut items = self.store.audit(&filter).await?;
        let has_more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let last = items.last().filter(|_| has_more);
        let next_cursor = last.map(|entry| cursor::encode(&entry.id)).transpose()?;
        Ok(Page { items, next_cursor })
    }
}

/// Creates the id of an entry (a UUIDv7, RFC 9562), and returns it with the time that it contains,
/// in whole milliseconds. Ids of one millisecond are in the order of the calls.
///
/// [`Uuid::now_v7`] is not used, because it goes on from the latest time that it has seen when the
/// system clock is set back.
pub fn new_entry_id() -> (Uuid, Timestamp) {
    static LAST: Mutex<Uuid> = Mutex::new(Uuid::nil());
    let mut last = LAST.lock();
    let (id, time) = entry_id_at(clock::now(), *last);
    *last = id;
    (id, time)
}

/// Creates the id of an entry at this time; `last` is the id before it.
fn entry_id_at(time: Timestamp, last: Uuid) -> (Uuid, Timestamp) {
    let millis = u64::try_from(time.as_millisecond()).unwrap_or(0);
    let nanos = (millis % 1000) as u32 * 1_000_000;
    let id = Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, millis / 1000, nanos));
    let is_same_time = id.as_bytes()[..6] == last.as_bytes()[..6];
    // The 62 low bits are random, so that adding to them does not overflow in practice.
    let id = if is_same_time && id <= last { Uuid::from_u128(last.as_u128() + 1) } else { id };
    (id, time)
}

/// Returns the lowest id that an entry of that time can have.
fn lowest_id_at(time: Timestamp) -> Uuid {
    let millis = u64::try_from(time.as_millisecond()).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_their_times() {
        let (id, at) = new_entry_id();
        assert!(lowest_id_at(at) <= id);
        let millisecond = jiff::SignedDuration::from_millis(1);
        assert!(lowest_id_at(at + millisecond) > id);
        assert!((Timestamp::now() - at).get_seconds() < 60);
        assert!(lowest_id_at(Timestamp::MIN) < id && lowest_id_at(Timestamp::MAX) > id);
        let ids: Vec<_> = (0..10_000).map(|_| new_entry_id().0).collect();
        assert!(ids.is_sorted());
    }

    #[test]
    fn ids_follow_a_clock_that_was_set_back() {
        let now = clock::now();
        let (last, _) = entry_id_at(now, Uuid::nil());
        let earlier = now - jiff::SignedDuration::from_mins(30);
        let (id, at) = entry_id_at(earlier, last);
        assert_eq!(at, earlier);
        assert!(id < last && lowest_id_at(earlier) <= id);
        let (next, _) = entry_id_at(now, last);
        assert!(next > last);
    }
}
