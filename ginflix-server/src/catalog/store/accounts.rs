//! Accounts, their sessions, and API tokens.

use async_trait::async_trait;
use ginflix_api::account::Role;
use jiff::Timestamp;
use uuid::Uuid;

use super::Result;

/// An account as stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: Uuid,
    /// Its name, unique.
    pub name: String,
    /// What the account may do.
    pub role: Role,
    /// Hash of its password: argon2id, in PHC form.
    pub password_hash: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What changes of an account.
#[derive(Clone, Default)]
pub struct AccountChange {
    /// Another role.
    pub role: Option<Role>,
    /// Another password's hash, argon2id in PHC form.
    pub password_hash: Option<String>,
}

impl AccountChange {
    /// Whether an account has no administrator's role after this change.
    pub fn demotes(&self) -> bool {
        self.role.is_some_and(|role| role != Role::Admin)
    }

    /// The account with this change.
    pub fn applied_to(&self, account: Account) -> Account {
        Account {
            role: self.role.unwrap_or(account.role),
            password_hash: self.password_hash.clone().unwrap_or(account.password_hash),
            ..account
        }
    }
}

/// What a session or token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    /// A log-in, which ends.
    Session,
    /// An API token, which has a name.
    Token,
}

/// A session or an API token, as stored: never the secret, only its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// SHA-256 of the secret.
    pub secret_sha256: [u8; 32],
    /// Session or token.
    pub kind: CredentialKind,
    /// Name of a token; empty for a session.
    pub name: String,
    /// Name of the account; the cluster's own token has none.
    pub account: Option<String>,
    /// What it may do.
    pub role: Role,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// Stores accounts, sessions and tokens.
#[async_trait]
pub trait AccountStore: Send + Sync + 'static {
    /// Adds an account.
    ///
    /// # Errors
    /// `Conflict` where the name is taken.
    async fn insert_account(&self, account: &Account) -> Result<()>;
    /// The account of that name.
    async fn account(&self, name: &str) -> Result<Account>;
    /// How many accounts there are.
    async fn count_accounts(&self) -> Result<u64>;
    /// All accounts by name.
    async fn accounts(&self) -> Result<Vec<Account>>;
    /// Changes an account and ends its sessions.
    ///
    /// # Errors
    /// `Conflict` where no administrator would be left.
    async fn update_account(&self, name: &str, change: &AccountChange) -> Result<Account>;
    /// Removes an account and ends its sessions.
    ///
    /// # Errors
    /// `Conflict` where no administrator would be left.
    async fn delete_account(&self, name: &str) -> Result<()>;
    /// Adds a session or token, or replaces the token of that name.
    async fn put_credential(&self, credential: &Credential) -> Result<()>;
    /// Adds a token.
    ///
    /// # Errors
    /// `Conflict` where the name is taken.
    async fn insert_token(&self, token: &Credential) -> Result<()>;
    /// All tokens by name, expired or not.
    async fn tokens(&self) -> Result<Vec<Credential>>;
    /// The session or token with that hash, expired or not.
    async fn credential(&self, secret_sha256: &[u8; 32]) -> Result<Credential>;
    /// Ends a session or token.
    async fn delete_credential(&self, secret_sha256: &[u8; 32]) -> Result<()>;
    /// Removes sessions and tokens that ended before `now`.
    async fn delete_expired_credentials(&self, now: Timestamp) -> Result<()>;
}
