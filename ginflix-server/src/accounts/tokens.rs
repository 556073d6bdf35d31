//! Management of API tokens by administrators.

use ginflix_api::account::{MAX_TOKEN_NAME_CHARS, NewToken, Token};

use super::bootstrap::CLUSTER_TOKEN;
use super::secret::Secret;
use super::{Accounts, names, optional};
use crate::catalog::store::{Credential, CredentialKind, StoreError};
use crate::clock::now;
use crate::error::AppError;

impl Accounts {
    /// Creates a token. Its secret cannot be read again later.
    ///
    /// # Errors
    /// `Invalid` for an invalid name or an expiry in the past; `Conflict` if the name is taken.
    pub async fn create_token(&self, new: NewToken) -> Result<(Secret, Token), AppError> {
        names::validate(&new.name, MAX_TOKEN_NAME_CHARS, "")?;
        let created_at = now();
        if new.expires_at.is_some_and(|end| end <= created_at) {
            return Err(AppError::invalid("expires_at", "must be in the future"));
        }
        let secret = Secret::random()?;
        let credential = Credential {
            secret_sha256: secret.sha256(),
            kind: CredentialKind::Token,
            name: new.name,
            account: None,
            role: new.role,
            created_at,
            expires_at: new.expires_at,
        };
        match self.store.insert_token(&credential).await {
            Ok(()) => Ok((secret, to_token(credential))),
            Err(StoreError::Conflict(_)) => Err(AppError::Conflict(format!(
                "there is already a token {}: revoke it first, or choose another name",
                credential.name
            ))),
            Err(error) => Err(error.into()),
        }
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

fn to_token(token: Credential) -> Token {
    Token {
        name: token.name,
        role: token.role,
        created_at: token.created_at,
        expires_at: token.expires_at,
    }
}

#[cfg(test)]
mod tests {
    use ginflix_api::account::Role;
    use jiff::SignedDuration;

    use super::*;
    use crate::app::App;

    fn new(name: &str) -> NewToken {
        NewToken { name: name.to_owned(), role: Role::Viewer, expires_at: None }
    }

    #[tokio::test]
    async fn a_token_is_valid_until_it_is_revoked() {
        let (_dir, app) = App::in_temp_dir().await;
        let accounts = &app.accounts;
        let (secret, token) = accounts.create_token(new("backup")).await.unwrap();
        let session = accounts.identify(&secret).await.unwrap().unwrap();
        assert_eq!((session.name.as_str(), session.role), ("backup", Role::Viewer));
        assert_eq!(accounts.tokens().await.unwrap(), [token]);
        assert!(matches!(accounts.create_token(new("backup")).await, Err(AppError::Conflict(_))));
        assert!(accounts.identify(&secret).await.unwrap().is_some());

        accounts.revoke_token("backup").await.unwrap();
        assert_eq!(accounts.identify(&secret).await.unwrap(), None);
        assert!(accounts.tokens().await.unwrap().is_empty());
        assert!(matches!(accounts.revoke_token("backup").await, Err(AppError::NotFound(_))));
        assert!(matches!(accounts.revoke_token(CLUSTER_TOKEN).await, Err(AppError::InUse(_))));
        assert!(accounts.create_token(new("backup")).await.is_ok());
    }

    #[tokio::test]
    async fn an_invalid_name_or_expiry_is_refused() {
        let (_dir, app) = App::in_temp_dir().await;
        for name in ["", ".", "..", "a b", "a/b", "é", &"x".repeat(MAX_TOKEN_NAME_CHARS + 1)] {
            let refused = app.accounts.create_token(new(name)).await;
            assert!(matches!(refused, Err(AppError::Invalid { field: "name", .. })), "{name}");
        }
        let past = Some(now() - SignedDuration::from_secs(1));
        let expired = app.accounts.create_token(NewToken { expires_at: past, ..new("a") }).await;
        assert!(matches!(expired, Err(AppError::Invalid { field: "expires_at", .. })));
    }
}
