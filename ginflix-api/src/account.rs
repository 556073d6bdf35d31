//! Roles, log-in and sessions.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May watch.
    Viewer,
    /// May watch and change everything.
    Admin,
}

/// Name and password, to log in with.
///
/// Has no `Debug`, so that no log can show the password.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The account.
    pub name: String,
    /// Its password.
    pub password: String,
}

/// Who is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The account.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When the log-in ends; absent for an API token without an end.
    pub expires_at: Option<Timestamp>,
}

/// A log-in by the API: the session and the secret that stands for it.
#[derive(Clone, Serialize, Deserialize)]
pub struct LoggedIn {
    /// Sent as `Authorization: Bearer TOKEN`.
    pub token: String,
    /// What it stands for.
    #[serde(flatten)]
    pub session: Session,
}
