//! Accounts: who may log in, and what stands for them afterwards.
//!
//! # Layout
//! - [`password`]: argon2id; [`secret`]: what sessions and tokens are
//! - [`attempts`]: how often one may try, and [`turns`]: who waits for whom; [`cache`]: look-ups of each request
//! - [`bootstrap`]: the first account and the cluster's token
//! - [`users`] and [`tokens`]: accounts and API tokens as administrators manage
//!   them; [`names`]: what those may be called

pub mod attempts;
pub mod bootstrap;
pub mod cache;
pub mod names;
pub mod password;
pub mod secret;
pub mod tokens;
pub mod turns;
pub mod users;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ginflix_api::account::{Login, Session};
use jiff::SignedDuration;

use crate::catalog::store::{AccountStore, Credential, CredentialKind, StoreError};
use crate::clock::now;
use crate::error::AppError;
use attempts::Attempts;
use cache::CredentialCache;
use password::Passwords;
use secret::Secret;

/// How long a log-in lasts: 14 days.
pub const SESSION_LIFETIME: Duration = Duration::from_secs(14 * 24 * 3600);

/// The most bytes an account's name may have.
pub const MAX_NAME_BYTES: usize = 200;

/// How often what has expired is cleared away.
const CLEAR_EVERY: Duration = Duration::from_secs(3600);

/// Accounts, sessions and tokens of this cluster.
pub struct Accounts {
    store: Arc<dyn AccountStore>,
    passwords: Passwords,
    attempts: Attempts,
    cache: CredentialCache,
}

impl Accounts {
    /// Those of this catalogue.
    pub fn new(store: Arc<dyn AccountStore>) -> Self {
        Self {
            store,
            passwords: Passwords::default(),
            attempts: Attempts::default(),
            cache: CredentialCache::default(),
        }
    }

    /// Begins a session for whoever knows the password.
    ///
    /// # Errors
    /// `Unauthenticated` for a wrong name or a wrong password, which nothing
    /// tells apart; `TooManyRequests` after too many of them.
    pub async fn log_in(
        &self,
        login: Login,
        client: IpAddr,
    ) -> Result<(Secret, Session), AppError> {
        let Login { name, password } = login;
        if name.len() > MAX_NAME_BYTES {
            return Err(WRONG_LOGIN);
        }
        self.attempts
            .begin(&name, client, Instant::now())
            .map_err(|retry_after| AppError::TooManyRequests { retry_after })?;
        let account = found(self.store.account(&name).await)?;
        let hash = account.as_ref().map(|account| account.password_hash.clone());
        let priority = self.attempts.priority(&name, client);
        let right = self.passwords.verify(password, hash, priority).await?;
        let Some(account) = account.filter(|_| right) else {
            return Err(WRONG_LOGIN);
        };
        self.attempts.succeeded(&name, client, Instant::now());

        let (secret, now) = (Secret::random()?, now());
        let lifetime = SignedDuration::try_from(SESSION_LIFETIME).map_err(AppError::internal)?;
        let expires_at = now.checked_add(lifetime).map_err(AppError::internal)?;
        let session = Session { name, role: account.role, expires_at: Some(expires_at) };
        let name = &session.name;
        let credential = Credential {
            secret_sha256: secret.sha256(),
            kind: CredentialKind::Session,
            name: String::new(),
            account: Some(account.name.clone()),
            role: session.role,
            created_at: now,
            expires_at: session.expires_at,
        };
        match self.store.put_credential(&credential).await {
            Err(StoreError::Conflict(_)) => return Err(WRONG_LOGIN), // just removed
            put => put?,
        }
        // What changed while the password was checked ended all sessions but this.
        if found(self.store.account(name).await)?.as_ref() != Some(&account) {
            found(self.store.delete_credential(&credential.secret_sha256).await)?;
            return Err(WRONG_LOGIN);
        }
        Ok((secret, session))
    }

    /// Ends the session that this secret stands for; one that is not known has
    /// ended already.
    ///
    /// # Errors
    /// `Conflict` for an API token, `Unavailable` where the catalogue is away.
    pub async fn log_out(&self, secret: &Secret) -> Result<(), AppError> {
        let sha256 = secret.sha256();
        let credential = found(self.store.credential(&sha256).await)?;
        if credential.is_some_and(|known| known.kind == CredentialKind::Token) {
            return Err(AppError::Conflict("an API token is no log-in to log out of".to_owned()));
        }
        let deleted = self.store.delete_credential(&sha256).await;
        self.cache.forget(&sha256);
        found(deleted)?;
        Ok(())
    }

    /// Who this secret stands for, if it is known and has not expired.
    ///
    /// # Errors
    /// Where the catalogue is away.
    pub async fn identify(&self, secret: &Secret) -> Result<Option<Session>, AppError> {
        Ok(self.credential(secret).await?.map(|known| Session {
            name: known.account.unwrap_or(known.name),
            role: known.role,
            expires_at: known.expires_at,
        }))
    }

    /// The session or token that this secret stands for, if it is known and
    /// has not expired.
    ///
    /// # Errors
    /// Where the catalogue is away.
    pub async fn credential(&self, secret: &Secret) -> Result<Option<Credential>, AppError> {
        let sha256 = secret.sha256();
        let credential = match self.cache.get(&sha256, Instant::now()) {
            Some(cached) => Some(cached),
            None => self.look_up(&sha256).await?,
        };
        let now = now();
        Ok(credential.filter(|known| known.expires_at.is_none_or(|end| now < end)))
    }

    /// Whether [`Accounts::credential`] knew this secret just now, and it has not expired since.
    /// Asks no database.
    pub fn is_cached(&self, secret: &Secret) -> bool {
        self.cache.has_unexpired(&secret.sha256(), Instant::now(), now())
    }

    /// What was known of sessions and tokens may be so no longer.
    pub fn all_changed(&self) {
        self.cache.forget_all();
    }

    async fn look_up(&self, sha256: &[u8; 32]) -> Result<Option<Credential>, AppError> {
        let reading = self.cache.begin();
        let credential = match self.store.credential(sha256).await {
            // While it is away, nobody can have logged out by it.
            Err(StoreError::Unavailable(why)) => {
                let known = self.cache.get_while_away(sha256, Instant::now());
                return known.map(Some).ok_or_else(|| StoreError::Unavailable(why).into());
            }
            other => found(other)?,
        };
        if credential.is_none() {
            self.cache.forget(sha256);
        }
        if let Some(known) = &credential {
            self.cache.remember(reading, known.clone(), Instant::now());
        }
        Ok(credential)
    }

    /// Clears away what has expired, now and each hour; never ends.
    pub async fn clear_expired(&self) {
        let mut hours = tokio::time::interval(CLEAR_EVERY);
        loop {
            hours.tick().await;
            if let Err(error) = self.store.delete_expired_credentials(now()).await {
                tracing::warn!(%error, "cannot clear expired sessions away; trying again later");
            }
        }
    }
}

const WRONG_LOGIN: AppError = AppError::Unauthenticated("wrong name or password");

/// That there is no such row is an answer here, not a failure.
fn found<T>(result: Result<T, StoreError>) -> Result<Option<T>, AppError> {
    match result {
        Ok(row) => Ok(Some(row)),
        Err(StoreError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests;
