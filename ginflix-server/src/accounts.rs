//! Accounts, and the credentials that authenticate them: sessions and API tokens.
//!
//! # Layout
//! - [`password`]: hashing and verification with argon2id; [`priority_semaphore`]: its queue;
//!   [`password_rule`]: which new passwords are accepted
//! - [`secret`]: the random secrets of sessions and tokens; [`cache`]: recently used credentials
//! - [`login_limiter`]: the rate limit of attempts to log in; [`write_limiter`]: that of what accounts store about themselves
//! - [`bootstrap`]: the first account and the token of the cluster
//! - [`users`] and [`tokens`]: how administrators manage accounts and API tokens; [`names`]: valid
//!   names of both
//! - [`own`]: how users manage their own password and sessions; [`browser_name`]: what they recognize a session by

pub mod bootstrap;
pub mod browser_name;
pub mod cache;
pub mod login_limiter;
pub mod names;
pub mod own;
pub mod password;
pub mod password_rule;
pub mod priority_semaphore;
pub mod secret;
pub mod tokens;
pub mod users;
pub mod write_limiter;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ginflix_api::account::{Login, Session};
use jiff::SignedDuration;

use crate::audit::AuditLog;
use crate::catalog::store::{Account, AccountStore, Credential, CredentialKind, StoreError};
use crate::clock::now;
use crate::error::AppError;
use cache::CredentialCache;
use login_limiter::LoginLimiter;
use password::Passwords;
use secret::Secret;
use write_limiter::WriteLimiter;

/// How long a session is valid after the log-in: 14 days.
pub const SESSION_LIFETIME: Duration = Duration::from_secs(14 * 24 * 3600);

/// Maximum bytes of an account's name at a log-in; longer names are refused without a look-up.
pub const LOGIN_NAME_LIMIT_BYTES: usize = 200;

/// How often expired credentials are deleted, and the latest log-ins are read.
const CLEANUP_INTERVAL: Duration = Duration::from_secs(3600);

/// The age from which the stored time of a session's last use is replaced. It bounds the writes: one an hour for each
/// session.
const USE_PRECISION: SignedDuration = SignedDuration::from_hours(1);

/// The accounts, sessions and API tokens of this cluster.
pub struct Accounts {
    store: Arc<dyn AccountStore>,
    passwords: Passwords,
    login_limiter: LoginLimiter,
    write_limiter: WriteLimiter,
    cache: CredentialCache,
}

impl Accounts {
    /// Creates the service on top of a catalogue.
    pub fn new(store: Arc<dyn AccountStore>) -> Self {
        Self {
            store,
            passwords: Passwords::default(),
            login_limiter: LoginLimiter::default(),
            write_limiter: WriteLimiter::default(),
            cache: CredentialCache::default(),
        }
    }

    /// Verifies a name and a password, and starts a session. Of `user_agent`, the header field of the client, only the name
    /// of the browser is stored.
    ///
    /// # Errors
    /// `Unauthenticated` if the name or the password is wrong, without saying which;
    /// `TooManyRequests` after too many attempts; `Unavailable` if the catalogue is not available,
    /// or if too many passwords are waiting to be verified.
    pub async fn log_in(
        &self,
        login: Login,
        client: IpAddr,
        user_agent: &str,
    ) -> Result<(Secret, Session), AppError> {
        let Login { name, password } = login;
        if name.len() > LOGIN_NAME_LIMIT_BYTES {
            return Err(WRONG_LOGIN);
        }
        self.login_limiter
            .count_attempt(&name, client, Instant::now())
            .map_err(AppError::too_many_attempts)?;
        let account = optional(self.store.account(&name).await)?;
        let hash = account.as_ref().map(|account| account.password_hash.clone());
        let priority = self.login_limiter.priority(&name, client, Instant::now());
        let is_right = self.passwords.verify(password, hash, priority).await?;
        let Some(account) = account.filter(|_| is_right) else {
            return Err(WRONG_LOGIN);
        };
        self.login_limiter.record_success(&name, client, Instant::now());
        self.start_session(&account, browser_name::of(user_agent)).await
    }

    /// Gives clients that logged in before, perhaps through another server, their priority again.
    ///
    /// # Errors
    /// The catalogue is not available.
    pub async fn remember_clients(&self, audit: &AuditLog) -> Result<(), AppError> {
        for (account, client) in audit.recent_log_ins().await? {
            self.login_limiter.remember_client(&account, client);
        }
        Ok(())
    }

    /// Stores a new session of an account whose password was just verified.
    async fn start_session(
        &self,
        account: &Account,
        browser: Option<String>,
    ) -> Result<(Secret, Session), AppError> {
        let (secret, now) = (Secret::random()?, now());
        let lifetime = SignedDuration::try_from(SESSION_LIFETIME).map_err(AppError::internal)?;
        let expires_at = now.checked_add(lifetime).map_err(AppError::internal)?;
        let name = account.name.clone();
        let session = Session { name, role: account.role, expires_at: Some(expires_at) };
        let credential = Credential {
            secret_sha256: secret.sha256(),
            kind: CredentialKind::Session,
            name: String::new(),
            account: Some(account.name.clone()),
            role: session.role,
            account_role: Some(session.role),
            created_at: now,
            expires_at: session.expires_at,
            browser,
            used_at: None,
        };
        match self.store.put_credential(&credential).await {
            // The account was removed while its password was verified.
            Err(StoreError::Conflict(_)) => return Err(WRONG_LOGIN),
            put => put?,
        }
        // If the account was changed meanwhile, that ended all its sessions, but not this one,
        // which was not stored yet.
        if optional(self.store.account(&account.name).await)?.as_ref() != Some(account) {
            optional(self.store.delete_credential(&credential.secret_sha256).await)?;
            return Err(WRONG_LOGIN);
        }
        Ok((secret, session))
    }

    /// Ends the session with this secret; an unknown secret is no error.
    ///
    /// # Errors
    /// `Conflict` for an API token; `Unavailable` if the catalogue is not available.
    pub async fn log_out(&self, secret: &Secret) -> Result<(), AppError> {
        let sha256 = secret.sha256();
        let credential = optional(self.store.credential(&sha256).await)?;
        if credential.is_some_and(|credential| credential.kind == CredentialKind::Token) {
            return Err(AppError::Conflict(
                "an API token cannot log out; an administrator can revoke it".to_owned(),
            ));
        }
        let deleted = self.store.delete_credential(&sha256).await;
        // Also after an error: the database may have deleted it before the connection broke.
        self.cache.remove(&sha256);
        optional(deleted)?;
        Ok(())
    }

    /// Returns the account or token that this secret authenticates, unless it is unknown or has
    /// expired.
    ///
    /// # Errors
    /// The catalogue is not available.
    pub async fn identify(&self, secret: &Secret) -> Result<Option<Session>, AppError> {
        Ok(self.credential(secret).await?.map(|credential| Session {
            name: credential.client_name().to_owned(),
            role: credential.effective_role(),
            expires_at: credential.expires_at,
        }))
    }

    /// Returns the session or token with this secret, unless it is unknown or has expired.
    ///
    /// # Errors
    /// The catalogue is not available, and the secret was not used recently.
    pub async fn credential(&self, secret: &Secret) -> Result<Option<Credential>, AppError> {
        let sha256 = secret.sha256();
        let credential = match self.cache.get(&sha256, Instant::now()) {
            Some(cached) => Some(cached),
            None => self.load_credential(&sha256).await?,
        };
        let now = now();
        Ok(credential.filter(|credential| credential.expires_at.is_none_or(|end| now < end)))
    }

    /// Whether this secret is in the cache and has not expired. Does not use the database.
    pub fn is_cached(&self, secret: &Secret) -> bool {
        self.cache.has_unexpired(&secret.sha256(), Instant::now(), now())
    }

    /// Counts a change of what is stored about an account, such as a position, which must not be made if this fails.
    ///
    /// # Errors
    /// `TooManyRequests` after too many of them.
    pub fn count_write(&self, account: &str) -> Result<(), AppError> {
        self.write_limiter.count(account, Instant::now())
    }

    /// Drops all cached credentials, after an import has replaced the catalogue.
    pub fn invalidate_cache(&self) {
        self.cache.clear();
    }

    async fn load_credential(&self, sha256: &[u8; 32]) -> Result<Option<Credential>, AppError> {
        let generation = self.cache.generation();
        let credential = match self.store.credential(sha256).await {
            // Without the database nobody can have logged out either.
            Err(StoreError::Unavailable(why)) => {
                let stale = self.cache.get_stale(sha256, Instant::now());
                return stale.map(Some).ok_or_else(|| StoreError::Unavailable(why).into());
            }
            other => optional(other)?,
        };
        match &credential {
            None => self.cache.remove(sha256),
            Some(credential) => {
                self.cache.insert(generation, credential.clone(), Instant::now());
                self.record_use(credential);
            }
        }
        Ok(credential)
    }

    /// Stores the time of a session's use, unless the stored one is recent. Nobody waits for it.
    fn record_use(&self, credential: &Credential) {
        let now = now();
        let last = credential.used_at.unwrap_or(credential.created_at);
        if credential.kind != CredentialKind::Session || now.duration_since(last) < USE_PRECISION {
            return;
        }
        let (store, sha256) = (Arc::clone(&self.store), credential.secret_sha256);
        tokio::spawn(async move {
            if let Err(error) = store.set_session_used(&sha256, now).await {
                tracing::debug!(%error, "cannot store the last use of a session");
            }
        });
    }

    /// Deletes expired credentials, and remembers the clients of other servers, now and every hour;
    /// never returns.
    pub async fn maintain(&self, audit: &AuditLog) {
        let mut interval = tokio::time::interval(CLEANUP_INTERVAL);
        loop {
            interval.tick().await;
            if let Err(error) = self.remember_clients(audit).await {
                tracing::warn!(%error, "cannot read the latest log-ins; trying again in an hour");
            }
            if let Err(error) = self.store.delete_expired_credentials(now()).await {
                tracing::warn!(%error, "cannot delete expired sessions; trying again in an hour");
            }
        }
    }
}

/// The error for a wrong name and for a wrong password, so that nobody learns which accounts exist.
const WRONG_LOGIN: AppError = AppError::Unauthenticated("wrong name or password");

/// Turns [`StoreError::NotFound`] into `None`.
fn optional<T>(result: Result<T, StoreError>) -> Result<Option<T>, AppError> {
    match result {
        Ok(row) => Ok(Some(row)),
        Err(StoreError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests;
