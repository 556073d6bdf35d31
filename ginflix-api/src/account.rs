//! Roles, accounts, log-in, sessions and API tokens.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May watch.
    Viewer,
    /// May watch and change everything.
    Admin,
}

/// The most characters an account's name may have.
pub const MAX_USER_NAME_CHARS: usize = 64;
/// The fewest characters a password may have.
pub const MIN_PASSWORD_CHARS: usize = 10;
/// The most bytes a password may have: 1 KiB.
pub const MAX_PASSWORD_BYTES: usize = 1024;

/// An account, without its password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct User {
    /// Its name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Makes an account.
///
/// Has no `Debug`, so that no log can show the password.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// Letters, digits and `-_.@+`, 1 to [`MAX_USER_NAME_CHARS`], not taken yet.
    #[cfg_attr(
        feature = "schema",
        schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9_.@+-]+$")
    )]
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// [`MIN_PASSWORD_CHARS`] characters to [`MAX_PASSWORD_BYTES`].
    #[cfg_attr(feature = "schema", schema(min_length = 10, max_length = 1024))]
    pub password: String,
}

/// Changes an account and ends its sessions; what is absent stays.
///
/// Has no `Debug`, so that no log can show the password.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct UserPatch {
    /// Another role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Another password, as in [`NewUser`].
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(min_length = 10, max_length = 1024))]
    pub password: Option<String>,
}

/// Name and password, to log in with.
///
/// Has no `Debug`, so that no log can show the password.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The account.
    pub name: String,
    /// Its password.
    pub password: String,
}

/// Who is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
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
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct LoggedIn {
    /// Sent as `Authorization: Bearer TOKEN`.
    pub token: String,
    /// What it stands for.
    #[serde(flatten)]
    pub session: Session,
}

/// The most characters a token's name may have.
pub const MAX_TOKEN_NAME_CHARS: usize = 64;

/// Makes an API token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// Letters, digits and `-_.`, 1 to [`MAX_TOKEN_NAME_CHARS`], not taken yet.
    #[cfg_attr(
        feature = "schema",
        schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9_.-]+$")
    )]
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When it ends; absent for never.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

/// An API token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Token {
    /// Its name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends; absent for never.
    pub expires_at: Option<Timestamp>,
}

/// An API token just made: the only time that its secret is told.
///
/// Has no `Debug`, so that no log can show the secret.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CreatedToken {
    /// Sent as `Authorization: Bearer TOKEN`.
    pub token: String,
    /// What it stands for.
    #[serde(flatten)]
    pub facts: Token,
}
