//! What users do with their own account: change its password, end its sessions, and choose how they see the pages.

use std::net::IpAddr;
use std::time::Instant;

use ginflix_api::account::User;
use ginflix_api::watching::{OwnSession, PasswordChange};
use uuid::Uuid;

use super::users::to_user;
use super::{Accounts, optional};
use crate::catalog::store::{AccountChange, Credential, Preferences, StoreError};
use crate::clock::now;
use crate::error::AppError;

/// The session by which a user does something.
#[derive(Debug, Clone, Copy)]
pub struct CurrentSession<'a> {
    /// The exact name of its account.
    pub account: &'a str,
    /// The SHA-256 of its secret.
    pub secret_sha256: [u8; 32],
}

/// The error for a wrong password of somebody who is logged in.
const WRONG_PASSWORD: AppError = AppError::Forbidden("the current password is not right");

impl Accounts {
    /// Returns the account of a session.
    ///
    /// # Errors
    /// `NotFound` if it was just removed.
    pub async fn own_account(&self, account: &str) -> Result<User, AppError> {
        let found = optional(self.store.account(account).await)?;
        found.map(to_user).ok_or_else(|| AppError::NotFound(format!("account {account}")))
    }

    /// Returns how an account has chosen to see the pages.
    ///
    /// # Errors
    /// The catalogue is not available.
    pub async fn preferences(&self, account: &str) -> Result<Preferences, AppError> {
        Ok(optional(self.store.preferences(account).await)?.unwrap_or_default())
    }

    /// Stores what an account has chosen, for its next log-in.
    ///
    /// # Errors
    /// `TooManyRequests` after too many changes, or the catalogue is not available.
    pub async fn keep_preferences(
        &self,
        account: &str,
        chosen: &Preferences,
    ) -> Result<(), AppError> {
        self.count_write(account)?;
        Ok(self.store.set_preferences(account, chosen).await?)
    }

    /// Changes the password of an account, and ends its other sessions. Attempts count like those to log in, so that a
    /// session that was left open does not help to guess the password.
    ///
    /// # Errors
    /// `Forbidden` if the current password is wrong, or was just changed; `Invalid` for an invalid new one;
    /// `TooManyRequests` after too many attempts; `Unavailable` if too many passwords are waiting to be verified.
    pub async fn change_own_password(
        &self,
        session: CurrentSession<'_>,
        change: PasswordChange,
        client: IpAddr,
    ) -> Result<(), AppError> {
        let CurrentSession { account: name, secret_sha256 } = session;
        let PasswordChange { current_password, new_password } = change;
        self.login_limiter
            .count_attempt(name, client, Instant::now())
            .map_err(AppError::too_many_attempts)?;
        let old_hash = optional(self.store.account(name).await)?.map(|found| found.password_hash);
        let priority = self.login_limiter.priority(name, client, Instant::now());
        if !self.passwords.verify(current_password, old_hash.clone(), priority).await? {
            return Err(WRONG_PASSWORD);
        }
        self.login_limiter.record_success(name, client, Instant::now());
        let new_hash = self.passwords.hash(new_password, name).await?;
        let change = AccountChange {
            role: None,
            password_hash: Some(new_hash),
            required_hash: old_hash,
            kept_session: Some(secret_sha256),
        };
        let changed = self.store.update_account(name, &change).await;
        self.cache.remove_account(name);
        match changed {
            Err(StoreError::Stale | StoreError::NotFound) => Err(WRONG_PASSWORD),
            other => Ok(other.map(drop)?),
        }
    }

    /// Returns the sessions of an account that have not expired, the latest log-in first.
    ///
    /// # Errors
    /// The catalogue is not available.
    pub async fn own_sessions(
        &self,
        current: CurrentSession<'_>,
    ) -> Result<Vec<OwnSession>, AppError> {
        let now = now();
        let mut sessions = self.store.sessions(current.account).await?;
        sessions.retain(|session| session.expires_at.is_none_or(|end| now < end));
        let to_own = |session: Credential| OwnSession {
            id: session_id(&session.secret_sha256),
            is_current: session.secret_sha256 == current.secret_sha256,
            browser: session.browser,
            created_at: session.created_at,
            used_at: session.used_at,
            expires_at: session.expires_at,
        };
        Ok(sessions.into_iter().map(to_own).collect())
    }

    /// Ends a session of an account.
    ///
    /// # Errors
    /// `NotFound` if the account has no such session.
    pub async fn end_own_session(&self, account: &str, id: Uuid) -> Result<(), AppError> {
        let sessions = self.store.sessions(account).await?;
        let session = sessions.iter().find(|session| session_id(&session.secret_sha256) == id);
        let session = session.ok_or_else(|| AppError::NotFound("such session".to_owned()))?;
        let deleted = self.store.delete_credential(&session.secret_sha256).await;
        // Also after an error: the database may have deleted it before the connection broke.
        self.cache.remove(&session.secret_sha256);
        Ok(deleted?)
    }

    /// Ends all sessions of an account but the current one.
    ///
    /// # Errors
    /// The catalogue is not available.
    pub async fn end_other_sessions(&self, current: CurrentSession<'_>) -> Result<(), AppError> {
        let CurrentSession { account, secret_sha256 } = current;
        let deleted = self.store.delete_other_sessions(account, &secret_sha256).await;
        self.cache.remove_account(account);
        Ok(deleted?)
    }
}

/// Returns the id of a session: the first half of the hash of its secret, from which nobody finds the secret.
fn session_id(secret_sha256: &[u8; 32]) -> Uuid {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..] = *secret_sha256;
    Uuid::from_bytes([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p])
}

#[cfg(test)]
mod tests;
