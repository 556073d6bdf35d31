//! Whatever is changed over HTTP is put down, in the one place that all
//! handlers pass; and read by administrators.

use ginflix_api::audit::{AuditEntry, AuditQuery};
use warp::http::StatusCode;
use warp::reply::Response;

use super::auth::Identity;
use super::reply;
use super::request::{Incoming, Req};
use crate::audit::{Action, Audit, new_id};
use crate::error::AppError;

/// `GET /api/v1/audit`: a page, the latest first.
pub async fn list(req: Req) -> Result<Response, AppError> {
    let query: AuditQuery = req.query()?;
    reply::json(StatusCode::OK, &req.app.audit.entries(&query).await?)
}

/// Carries what is to be put down of an upload, to the peer that knows who asks.
pub const PEER_NOTE: &str = "ginflix-peer-note";

/// What a handler knows better than its path; among the extensions of its answer.
#[derive(Debug, Clone, Default)]
pub struct Note {
    /// Who did it, where the request does not say.
    pub who: Option<String>,
    /// What was done.
    pub action: Option<Action>,
    /// What was changed.
    pub target: Option<String>,
}

/// Watches one request. Where its client goes away, the server is killed or
/// the database is lost, nobody learns whether the change was made: then that
/// is put down.
pub struct Witness {
    audit: Audit,
    pending: Option<AuditEntry>,
    is_piecemeal: bool,
    is_announced: bool,
}

impl Witness {
    /// Watches what this row of the table does, if the audit log has a name for it.
    pub fn of(request: &Incoming, identity: &Identity, action: Option<Action>) -> Self {
        let pending = action.map(|action| {
            let (id, at) = new_id();
            AuditEntry {
                id,
                at,
                who: identity.name().to_owned(),
                is_token: identity.is_token(),
                action: action.as_str().to_owned(),
                target: request.path.as_str().to_owned(),
                client: request.origin.client,
                request_id: request.origin.id.to_string(),
                answered: false,
            }
        });
        // Asked once for each piece of an upload: the handler's note says which was the last.
        let is_piecemeal = action == Some(Action::FinishUpload);
        Self { audit: request.app.audit.clone(), pending, is_piecemeal, is_announced: false }
    }

    /// Puts down what is about to be done, where it is known by whom. Log-ins
    /// are not: before them, nobody is known.
    pub async fn announce(&mut self) {
        let known = |entry: &&AuditEntry| !self.is_piecemeal && !entry.who.is_empty();
        if let Some(entry) = self.pending.as_ref().filter(known) {
            self.is_announced = self.audit.announce(entry).await;
        }
    }

    /// Puts down what came of it; a refusal changed nothing.
    pub async fn saw(mut self, result: &mut Result<Response, AppError>) {
        let Some(entry) = self.pending.take() else { return };
        let response = match result {
            Ok(response) if response.status().is_success() => response,
            // Then it is not known, and the entry says so.
            Err(AppError::Unavailable(_) | AppError::Internal(_)) => return,
            _ if self.is_announced => return self.audit.take_back(&entry).await,
            _ => return,
        };
        let note = response.extensions_mut().remove::<Note>();
        if self.is_piecemeal && note.is_none() {
            return;
        }
        let made = response.headers().get("location").and_then(|place| place.to_str().ok());
        let made = made.map(str::to_owned);
        let Note { who, action, target } = note.unwrap_or_default();
        let entry = AuditEntry {
            who: who.unwrap_or(entry.who),
            action: action.map_or(entry.action, |action| action.as_str().to_owned()),
            target: target.or(made).unwrap_or(entry.target),
            answered: true,
            ..entry
        };
        if entry.who.is_empty() {
            return; // a log-out of nobody
        }
        let audit = self.audit.clone();
        // A task of its own: it is written also where the client goes away now.
        let _ = tokio::spawn(async move { audit.record(entry).await }).await;
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        let Some(entry) = self.pending.take() else { return };
        if self.is_piecemeal || entry.who.is_empty() {
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
