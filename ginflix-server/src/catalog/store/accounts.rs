//! Accounts, their sessions, and API tokens.

use async_trait::async_trait;
use ginflix_api::account::Role;
use jiff::Timestamp;
use uuid::Uuid;

use super::{Result, StoreError};

/// A stored account.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// The id.
    pub id: Uuid,
    /// The name, which is unique. Names compare without case; accounts of earlier versions may
    /// differ in case only.
    pub name: String,
    /// What the account may do.
    pub role: Role,
    /// The hash of the password: Argon2id, as a PHC string.
    pub password_hash: String,
    /// The time of its creation.
    pub created_at: Timestamp,
}

/// A change of an account.
#[derive(Clone, Default)]
pub struct AccountChange {
    /// The new role, if it changes.
    pub role: Option<Role>,
    /// The hash of the new password, if it changes: Argon2id, as a PHC string.
    pub password_hash: Option<String>,
    /// The hash that the account must still have.
    pub required_hash: Option<String>,
    /// The session that does not end, by the SHA-256 of its secret.
    pub kept_session: Option<[u8; 32]>,
}

impl AccountChange {
    /// Returns whether the change sets a role other than administrator.
    pub fn demotes(&self) -> bool {
        self.role.is_some_and(|role| role != Role::Admin)
    }

    /// Requires that the account still has the required password.
    ///
    /// # Errors
    /// `Stale` if it has another one.
    pub fn require_hash(&self, account: &Account) -> Result<()> {
        match &self.required_hash {
            Some(required) if *required != account.password_hash => Err(StoreError::Stale),
            _ => Ok(()),
        }
    }

    /// Returns the account after this change.
    pub fn applied_to(&self, account: Account) -> Account {
        Account {
            role: self.role.unwrap_or(account.role),
            password_hash: self.password_hash.clone().unwrap_or(account.password_hash),
            ..account
        }
    }
}

/// How an account has chosen to see the pages. `None` is what it has not chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preferences {
    /// The tag of the language (BCP 47).
    pub language: Option<String>,
    /// The name of the theme.
    pub theme: Option<String>,
}

/// Returns the key by which names of accounts compare: names without case, which is that of ASCII.
pub fn name_key(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// The kind of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    /// The session of a user who has logged in. It expires.
    Session,
    /// An API token. It has a name.
    Token,
}

/// A stored session or API token. Only the hash of the secret is stored, never the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// The SHA-256 of the secret.
    pub secret_sha256: [u8; 32],
    /// The kind.
    pub kind: CredentialKind,
    /// The name of a token; empty for a session.
    pub name: String,
    /// The name of the account that it belongs to. The token of the cluster has none, and neither
    /// have tokens of earlier versions whose creator is not known.
    pub account: Option<String>,
    /// The role that it was created with.
    pub role: Role,
    /// The present role of the account when this was read. It is not written.
    pub account_role: Option<Role>,
    /// The time of its creation.
    pub created_at: Timestamp,
    /// The time at which it expires.
    pub expires_at: Option<Timestamp>,
    /// The browser or program that a session belongs to, if it is known.
    pub browser: Option<String>,
    /// About the time of the last use of a session; `None` if it was not used since the log-in.
    pub used_at: Option<Timestamp>,
}

impl Credential {
    /// Returns what the client may do: what the credential and its account both may.
    pub fn effective_role(&self) -> Role {
        self.account_role.map_or(self.role, |role| role.min(self.role))
    }

    /// Returns the name of the client: that of a token, or of the account of a session.
    pub fn client_name(&self) -> &str {
        match (self.kind, &self.account) {
            (CredentialKind::Session, Some(account)) => account,
            _ => &self.name,
        }
    }
}

/// Stores accounts, sessions and tokens. An account is looked up by its exact name first, then
/// by its name without case.
#[async_trait]
pub trait AccountStore: Send + Sync + 'static {
    /// Adds an account.
    ///
    /// # Errors
    /// `Conflict` if there is an account with this name, in any case.
    async fn insert_account(&self, account: &Account) -> Result<()>;
    /// Returns the account with this name.
    async fn account(&self, name: &str) -> Result<Account>;
    /// Counts the accounts.
    async fn count_accounts(&self) -> Result<u64>;
    /// Returns all accounts, sorted by name.
    async fn accounts(&self) -> Result<Vec<Account>>;
    /// Changes an account and deletes its sessions but the one to keep, and none of its tokens.
    ///
    /// # Errors
    /// `NotFound`, `Stale` if its password hash is not the required one, or `Conflict` if no administrator would be left.
    async fn update_account(&self, name: &str, change: &AccountChange) -> Result<Account>;
    /// Deletes an account with its sessions and tokens.
    ///
    /// # Errors
    /// `NotFound`, or `Conflict` if no administrator would be left.
    async fn delete_account(&self, name: &str) -> Result<()>;
    /// Returns how the account with this exact name has chosen to see the pages.
    async fn preferences(&self, account: &str) -> Result<Preferences>;
    /// Stores what is chosen in these preferences, for the account with this exact name. Nothing happens if there is none.
    async fn set_preferences(&self, account: &str, chosen: &Preferences) -> Result<()>;
    /// Adds a session, or adds a token in the place of the one with its name.
    async fn put_credential(&self, credential: &Credential) -> Result<()>;
    /// Adds a token.
    ///
    /// # Errors
    /// `Conflict` if there is a token with this name, or if its account does not exist.
    async fn insert_token(&self, token: &Credential) -> Result<()>;
    /// Returns all tokens, sorted by name, including the expired ones.
    async fn tokens(&self) -> Result<Vec<Credential>>;
    /// Returns the session or token with this hash, even if it has expired.
    async fn credential(&self, secret_sha256: &[u8; 32]) -> Result<Credential>;
    /// Returns the sessions of the account with this exact name, the latest log-in first, including the expired ones.
    async fn sessions(&self, account: &str) -> Result<Vec<Credential>>;
    /// Deletes all sessions of the account with this exact name but one.
    async fn delete_other_sessions(&self, account: &str, kept: &[u8; 32]) -> Result<()>;
    /// Sets the time of the last use of a session. Nothing happens if there is none.
    async fn set_session_used(&self, secret_sha256: &[u8; 32], at: Timestamp) -> Result<()>;
    /// Deletes a session or token. Nothing happens if there is none.
    async fn delete_credential(&self, secret_sha256: &[u8; 32]) -> Result<()>;
    /// Deletes the sessions and tokens that expired before `now`.
    async fn delete_expired_credentials(&self, now: Timestamp) -> Result<()>;
}
