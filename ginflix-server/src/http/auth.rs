//! Who asks, and whether they may.

use ginflix_api::account::Role;

use super::request::Incoming;
use crate::error::AppError;

/// What a route asks of whoever calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone, always: probes, log-in, style sheets.
    Open,
    /// Whoever may watch: anyone on a public cluster.
    Watch,
    /// Administrators.
    Admin,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// Nobody in particular.
    Anonymous,
    /// An account or a token.
    Known {
        /// Name of the account or the token.
        name: String,
        /// What it may do.
        role: Role,
    },
}

impl Identity {
    /// Whether this is an administrator.
    pub fn is_admin(&self) -> bool {
        matches!(self, Self::Known { role: Role::Admin, .. })
    }
}

/// Finds out who asks and holds it against what the route asks for.
///
/// # Errors
/// `Unauthenticated` where nobody is logged in, `Forbidden` where it is not enough.
pub async fn authorise(_request: &Incoming, access: Access) -> Result<Identity, AppError> {
    match access {
        Access::Open | Access::Watch => Ok(Identity::Anonymous),
        Access::Admin => Err(AppError::Unauthenticated("log in, or send a token")),
    }
}
