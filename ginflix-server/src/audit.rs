//! The audit log: every change, kept in the catalogue's database.

use std::sync::Arc;

use ginflix_api::Page;
use ginflix_api::audit::{AuditEntry, AuditQuery};
use jiff::Timestamp;
use uuid::{Builder, Uuid};

use crate::catalog::store::{AuditFilter, AuditStore};
use crate::catalog::{cursor, query};
use crate::error::AppError;

/// What was done. The names are stored for good: an entry keeps the one it was written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
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
    /// An upload was begun.
    CreateUpload,
    /// An upload became media.
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
    /// Media was removed.
    RemoveMedia,
    /// Copies were to be verified, and mended where they are damaged.
    RepairMedia,
}

impl Action {
    /// Its name in the log, such as `movies.add`.
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
pub struct Audit {
    store: Arc<dyn AuditStore>,
}

impl Audit {
    /// The log in this catalogue.
    pub fn new(store: Arc<dyn AuditStore>) -> Self {
        Self { store }
    }

    /// Puts an entry down before its change is made, so that no crash between
    /// the two loses it; tells whether that worked. It does not where the
    /// database is away, which then does not make the change either.
    pub async fn announce(&self, entry: &AuditEntry) -> bool {
        let announced = self.store.put_audit(entry).await;
        announced.inspect_err(|error| tracing::debug!(%error, "an entry comes later")).is_ok()
    }

    /// Puts an entry down, over the announced one if it was. The change is made
    /// already: where the database does not take it, the server's own log has it.
    pub async fn record(&self, entry: AuditEntry) {
        if let Err(error) = self.store.put_audit(&entry).await {
            tracing::error!(%error, ?entry, "cannot write to the audit log");
        }
    }

    /// Takes an announced entry back: the change was refused.
    pub async fn take_back(&self, entry: &AuditEntry) {
        if let Err(error) = self.store.delete_audit(entry.id).await {
            tracing::error!(%error, ?entry, "cannot take an entry out of the audit log");
        }
    }

    /// A page of it, the latest first.
    ///
    /// # Errors
    /// `Invalid` for a poor limit or cursor.
    pub async fn entries(&self, asked: &AuditQuery) -> Result<Page<AuditEntry>, AppError> {
        let limit = query::limit(asked.limit)?;
        let before = asked.cursor.as_deref().map(cursor::decode::<Uuid>).transpose()?;
        // One more than asked for tells whether there is another page.
        let filter = AuditFilter { since: asked.since.map(first_id_of), before, limit: limit + 1 };
        let mut items = self.store.audit(&filter).await?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let last = items.last().filter(|_| more);
        let next_cursor = last.map(|entry| cursor::encode(&entry.id)).transpose()?;
        Ok(Page { items, next_cursor })
    }
}

/// A new id, and the time in it.
pub fn new_id() -> (Uuid, Timestamp) {
    let id = Uuid::now_v7();
    let time = id.get_timestamp().and_then(|time| {
        let (seconds, nanos) = time.to_unix();
        Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanos).ok()?).ok()
    });
    (id, time.unwrap_or(Timestamp::UNIX_EPOCH))
}

/// No id of that time or later comes before this one.
fn first_id_of(time: Timestamp) -> Uuid {
    let millis = u64::try_from(time.as_millisecond()).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_their_times() {
        let (id, at) = new_id();
        assert!(first_id_of(at) <= id);
        let millisecond = jiff::SignedDuration::from_millis(1);
        assert!(first_id_of(at + millisecond) > id);
        assert!((Timestamp::now() - at).get_seconds() < 60);
        assert!(first_id_of(Timestamp::MIN) < id && first_id_of(Timestamp::MAX) > id);
    }
}
