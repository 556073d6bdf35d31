//! Roles, accounts, sessions and API tokens.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The permissions of an account or an API token, in ascending order.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May watch movies.
    #[default]
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

/// A user account, without its password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct User {
    /// The unique name that the user logs in with.
    pub name: String,
    /// The permissions of the account.
    pub role: Role,
    /// The time when the account was created.
    pub created_at: Timestamp,
}

/// The request to create an account.
// It has no `Debug`, so that no log can show the password.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// The unique name: 1 to [`MAX_USER_NAME_CHARS`] letters, digits and `-_.@+`.
    #[cfg_attr(
        feature = "schema",
        schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9_.@+-]+$")
    )]
    pub name: String,
    /// The permissions of the account.
    pub role: Role,
    /// The password: at least [`MIN_PASSWORD_CHARS`] characters, at most
    /// [`MAX_PASSWORD_BYTES`] bytes, and not easy to guess.
    #[cfg_attr(feature = "schema", schema(min_length = 10, max_length = 1024))]
    pub password: String,
}

/// The request to change an account. Fields that are absent stay as they are. Any
/// change ends all sessions of the account.
// It has no `Debug`, so that no log can show the password.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct UserPatch {
    /// The new role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The new password, with the limits of [`NewUser::password`].
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(min_length = 10, max_length = 1024))]
    pub password: Option<String>,
}

/// The credentials that start a session.
// It has no `Debug`, so that no log can show the password.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The name of the account.
    pub name: String,
    /// The password of the account.
    pub password: String,
}

/// The identity that a request is authenticated as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Session {
    /// The name of the account or of the API token.
    pub name: String,
    /// The permissions of the session.
    pub role: Role,
    /// The time when the session expires; `null` for an API token that does not expire.
    pub expires_at: Option<Timestamp>,
}

/// A session that was just started, with its secret.
// It has no `Debug`, so that no log can show the secret.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct LoggedIn {
    /// The secret, which clients send as `Authorization: Bearer TOKEN`.
    pub token: String,
    /// The session that the secret authenticates.
    #[serde(flatten)]
    pub session: Session,
}

/// The most characters an API token's name may have.
pub const MAX_TOKEN_NAME_CHARS: usize = 64;

/// The name of the cluster's own token, which belongs to no account and never expires.
pub const CLUSTER_TOKEN: &str = "cluster";
/// The days after which a new API token expires, unless the request says otherwise.
pub const DEFAULT_TOKEN_DAYS: u32 = 90;

/// The request to create an API token. Without optional fields it may watch, expires after
/// [`DEFAULT_TOKEN_DAYS`], and belongs to the account that creates it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// The unique name: 1 to [`MAX_TOKEN_NAME_CHARS`] letters, digits and `-_.`; not
    /// [`CLUSTER_TOKEN`].
    #[cfg_attr(
        feature = "schema",
        schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9_.-]+$")
    )]
    pub name: String,
    /// The permissions of the token, at most those of its account; `viewer` if absent.
    #[serde(default)]
    pub role: Role,
    /// The account that the token belongs to. If absent, it is the account of the client. The
    /// cluster's own token has none: then it is the only administrator, and an error if there
    /// are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The time when the token expires; `null` if it does not expire, and
    /// [`DEFAULT_TOKEN_DAYS`] from now if absent.
    #[serde(default, deserialize_with = "crate::present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Timestamp>))]
    pub expires_at: Option<Option<Timestamp>>,
}

/// An API token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Token {
    /// The unique name of the token.
    pub name: String,
    /// The permissions that the token was created with.
    pub role: Role,
    /// The permissions that it has now: `role`, or those of its account if they are less.
    pub effective_role: Role,
    /// The name of the account that the token belongs to. It is `null` for [`CLUSTER_TOKEN`], and
    /// for tokens of earlier versions whose creator is not known.
    pub account: Option<String>,
    /// The time when the token was created.
    pub created_at: Timestamp,
    /// The time when the token expires; `null` if it does not expire.
    pub expires_at: Option<Timestamp>,
}

/// An API token that was just created. Only this response contains its secret.
// It has no `Debug`, so that no log can show the secret.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CreatedToken {
    /// The secret, which programs send as `Authorization: Bearer TOKEN`.
    pub token: String,
    /// The token without its secret.
    #[serde(flatten)]
    pub info: Token,
}
