//! The audit log: an entry for every change, stored in the catalogue's database.

use std::sync::Arc;

use ginflix_api::Page;
use ginflix_api::audit::{AuditEntry, AuditQuery};
use jiff::Timestamp;
use uuid::{Builder, Uuid};

use crate::catalog::cursor;
use crate::catalog::query::limit as page_limit;
use crate::catalog::store::{AuditFilter, AuditStore};
use crate::error::AppError;

/// A change that is audited. Its name is stored, so it must never be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditAction {
    /// A log-in with name and password.
    LogIn,
    /// A session was ended.
    LogOut,
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
    /// A media file was removed.
    RemoveMedia,
    /// A verification and repair of replicas was requested.
    RepairMedia,
}

impl AuditAction {
    /// Returns the stored name, such as `movies.add`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LogIn => "session.log_in",
            Self::LogOut => "session.log_out",
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
            Self::RemoveMedia => "media.remove",
            Self::RepairMedia => "media.repair",
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
/// in whole milliseconds.
pub fn new_entry_id() -> (Uuid, Timestamp) {
    let id = Uuid::now_v7();
    let time = id.get_timestamp().and_then(|time| {
        let (seconds, nanos) = time.to_unix();
        Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanos).ok()?).ok()
    });
    (id, time.unwrap_or(Timestamp::UNIX_EPOCH))
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
    }
}
