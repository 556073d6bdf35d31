//! Management of API tokens by administrators. A token belongs to an account and may never do more than
//! that; only the cluster's own token belongs to none.

use ginflix_api::account::{
    CLUSTER_TOKEN, DEFAULT_TOKEN_DAYS, MAX_TOKEN_NAME_CHARS, NewToken, Role, Token,
};
use jiff::{SignedDuration, Timestamp};

use super::secret::Secret;
use super::{Accounts, names, optional};
use crate::catalog::store::{Account, Credential, CredentialKind, StoreError};
use crate::clock::now;
use crate::error::AppError;

impl Accounts {
    /// Creates a token. Its secret cannot be read again later. `creator` is the account of the
    /// client, which owns the token unless the request names another one.
    ///
    /// # Errors
    /// `Invalid` for an invalid name or an expiry in the past; `Unprocessable` for an unknown account, a
    /// role above that of the account, or if no account is named and there are several
    /// administrators; `Conflict` if the name is taken.
    pub async fn create_token(
        &self,
        new: NewToken,
        creator: Option<&str>,
    ) -> Result<(Secret, Token), AppError> {
        names::validate(&new.name, MAX_TOKEN_NAME_CHARS, "")?;
        if new.name == CLUSTER_TOKEN {
            let why = format!("{CLUSTER_TOKEN} is the cluster's own token: choose another name");
            return Err(AppError::invalid("name", why));
        }
        let created_at = now();
        let expires_at = expiry(new.expires_at, created_at)?;
        let owner = self.owner(new.account.as_deref().or(creator)).await?;
        if new.role > owner.role {
            let why = format!("must not be above that of the account {}", owner.name);
            return Err(AppError::unprocessable("role", why));
        }
        let secret = Secret::random()?;
        let token = Credential {
            secret_sha256: secret.sha256(),
            kind: CredentialKind::Token,
            name: new.name,
            account: Some(owner.name),
            role: new.role,
            account_role: Some(owner.role),
            created_at,
            expires_at,
            browser: None,
            used_at: None,
        };
        match self.store.insert_token(&token).await {
            Ok(()) => {}
            Err(StoreError::Conflict(_)) => return Err(self.token_conflict(token).await?),
            Err(error) => return Err(error.into()),
        }
        tracing::info!(token = token.name, account = token.account, "created an API token");
        Ok((secret, to_token(token)))
    }

    /// Finds the account that a new token belongs to: the named one, else the only administrator.
    async fn owner(&self, name: Option<&str>) -> Result<Account, AppError> {
        if let Some(name) = name {
            let account = optional(self.store.account(name).await)?;
            return account.ok_or_else(|| {
                AppError::unprocessable("account", format!("there is no account {name}"))
            });
        }
        let mut admins = self.store.accounts().await?;
        admins.retain(|account| account.role == Role::Admin);
        match (admins.pop(), admins.is_empty()) {
            (Some(only), true) => Ok(only),
            _ => Err(AppError::unprocessable(
                "account",
                "must name the account that the token belongs to, because there is not exactly one administrator: \
                 ginflix token create NAME --user ACCOUNT",
            )),
        }
    }

    /// Finds out why a token cannot be stored.
    async fn token_conflict(&self, token: Credential) -> Result<AppError, AppError> {
        let is_taken = self.store.tokens().await?.iter().any(|other| other.name == token.name);
        Ok(AppError::Conflict(match token.account {
            Some(account) if !is_taken => format!("the account {account} was just removed"),
            _ => format!(
                "there is already a token {}: revoke it first, or choose another name",
                token.name
            ),
        }))
    }

    /// Lists all tokens by name, including expired ones that are not deleted yet.
    ///
    /// # Errors
    /// The catalogue is not available.
    pub async fn tokens(&self) -> Result<Vec<Token>, AppError> {
        Ok(self.store.tokens().await?.into_iter().map(to_token).collect())
    }

    /// Revokes a token with immediate effect.
    ///
    /// # Errors
    /// `NotFound` for an unknown name; `InUse` for the token of the cluster, which the next start
    /// would create again.
    pub async fn revoke_token(&self, name: &str) -> Result<(), AppError> {
        if name == CLUSTER_TOKEN {
            return Err(AppError::InUse(
                "this token manages the cluster: to replace it, change its file and restart the server"
                    .to_owned(),
            ));
        }
        let tokens = self.store.tokens().await?;
        let token = tokens.into_iter().find(|token| token.name == name);
        let token = token.ok_or_else(|| AppError::NotFound("such token".to_owned()))?;
        let deleted = self.store.delete_credential(&token.secret_sha256).await;
        // Also after an error: the database may have deleted it before the connection broke.
        self.cache.remove(&token.secret_sha256);
        optional(deleted)?;
        Ok(())
    }
}

/// Returns the end of a new token: the requested one, else the default.
fn expiry(
    requested: Option<Option<Timestamp>>,
    created_at: Timestamp,
) -> Result<Option<Timestamp>, AppError> {
    match requested {
        Some(Some(end)) if end <= created_at => {
            Err(AppError::invalid("expires_at", "must be in the future"))
        }
        Some(requested) => Ok(requested),
        None => {
            let lifetime = SignedDuration::from_hours(24 * i64::from(DEFAULT_TOKEN_DAYS));
            created_at.checked_add(lifetime).map(Some).map_err(AppError::internal)
        }
    }
}

fn to_token(token: Credential) -> Token {
    Token {
        effective_role: token.effective_role(),
        name: token.name,
        role: token.role,
        account: token.account,
        created_at: token.created_at,
        expires_at: token.expires_at,
    }
}

#[cfg(test)]
mod tests;
