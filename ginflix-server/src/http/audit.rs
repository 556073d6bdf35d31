//! The audit log over HTTP: administrators read it, and every change that a handler makes is
//! written to it in one place, which no handler can bypass.

use ginflix_api::audit::{AuditEntry, AuditQuery};
use warp::http::StatusCode;
use warp::reply::Response;

use super::auth::Identity;
use super::reply;
use super::request::{AuthorizedRequest, RawRequest};
use crate::audit::{AuditAction, AuditLog, new_entry_id};
use crate::error::AppError;

/// `GET /api/v1/audit`: returns a page of entries, the latest first.
pub async fn list(req: AuthorizedRequest) -> Result<Response, AppError> {
    let query: AuditQuery = req.query()?;
    reply::json(StatusCode::OK, &req.app.audit.entries(&query).await?)
}

/// Header field with the audit override of an upload, for the peer that forwarded the request: only
/// that peer knows the client.
pub const PEER_AUDIT_HEADER: &str = "ginflix-peer-note";

/// The parts of an audit entry that a handler knows better than the router. A handler puts it into
/// the extensions of its response.
#[derive(Debug, Clone, Default)]
pub struct AuditOverride {
    /// Name of the account, if the request is not authenticated.
    pub who: Option<String>,
    /// The change, if it is another than the route's.
    pub action: Option<AuditAction>,
    /// Path of the changed resource, if it is another than the request's.
    pub target: Option<String>,
}

/// Writes the audit entry of one request. If the client disconnects, the server is killed or the
/// database is lost, it is unknown whether the change was made; the entry then says so.
pub struct AuditGuard {
    audit: AuditLog,
    pending: Option<AuditEntry>,
    is_per_chunk: bool,
    is_begun: bool,
}

impl AuditGuard {
    /// Prepares the entry, if the route makes a change that is audited.
    pub fn new(request: &RawRequest, identity: &Identity, action: Option<AuditAction>) -> Self {
        let pending = action.map(|action| {
            let (id, at) = new_entry_id();
            AuditEntry {
                id,
                at,
                who: identity.name().to_owned(),
                is_token: identity.is_token(),
                account: identity.account().filter(|_| identity.is_token()).map(str::to_owned),
                action: action.as_str().to_owned(),
                target: request.path.as_str().to_owned(),
                client: request.context.client,
                request_id: request.context.id.to_string(),
                answered: false,
            }
        });
        // This route gets a request for each chunk of an upload. Only the handler knows which was
        // the last, and then returns an override.
        let is_per_chunk = action == Some(AuditAction::FinishUpload);
        Self { audit: request.app.audit.clone(), pending, is_per_chunk, is_begun: false }
    }

    /// Writes the entry before the change is made, if the client is known. A log-in is written
    /// only afterwards, because its client is unknown before.
    pub async fn begin(&mut self) {
        let is_known = |entry: &&AuditEntry| !self.is_per_chunk && !entry.who.is_empty();
        if let Some(entry) = self.pending.as_ref().filter(is_known) {
            self.is_begun = self.audit.begin(entry).await;
        }
    }

    /// Completes the entry with the outcome, or deletes it if the request was rejected and changed
    /// nothing.
    pub async fn finish(mut self, result: &mut Result<Response, AppError>) {
        let Some(entry) = self.pending.take() else { return };
        let response = match result {
            Ok(response) if response.status().is_success() => response,
            // The change may have been made: the entry keeps `answered: false`.
            Err(AppError::Unavailable(_) | AppError::Internal(_)) => return,
            _ if self.is_begun => return self.audit.cancel(&entry).await,
            _ => return,
        };
        let audit_override = response.extensions_mut().remove::<AuditOverride>();
        if self.is_per_chunk && audit_override.is_none() {
            return;
        }
        // The path of a created resource says more than that of its collection.
        let location = response.headers().get("location").and_then(|path| path.to_str().ok());
        let location = location.map(str::to_owned);
        let AuditOverride { who, action, target } = audit_override.unwrap_or_default();
        let entry = AuditEntry {
            who: who.unwrap_or(entry.who),
            action: action.map_or(entry.action, |action| action.as_str().to_owned()),
            target: target.or(location).unwrap_or(entry.target),
            answered: true,
            ..entry
        };
        if entry.who.is_empty() {
            return; // a log-out without a session
        }
        let audit = self.audit.clone();
        // The task goes on if the client disconnects and this future is dropped.
        let _ = tokio::spawn(async move { audit.record(entry).await }).await;
    }
}

impl Drop for AuditGuard {
    fn drop(&mut self) {
        let Some(entry) = self.pending.take() else { return };
        if self.is_per_chunk || entry.who.is_empty() {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let audit = self.audit.clone();
            runtime.spawn(async move { audit.record(entry).await });
        }
    }
}

#[cfg(test)]
mod tests;
