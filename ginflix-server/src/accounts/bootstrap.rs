//! The first account and the token of the cluster, which exist before anybody can log in. Their
//! secrets come from files that the settings name.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use ginflix_api::account::{CLUSTER_TOKEN, Role};
use uuid::Uuid;

use super::Accounts;
use super::secret::{self, Secret};
use crate::catalog::store::{Account, Credential, CredentialKind, StoreError};
use crate::clock::now;
use crate::error::AppError;

/// The name of the first account.
pub const ADMIN_ACCOUNT: &str = "admin";

/// Maximum bytes of a secret's file that are read.
const SECRET_FILE_LIMIT_BYTES: u64 = 4096;

/// An error of creating the first account or the token.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// A file cannot be read, or its content is not valid.
    #[error("cannot use the file {}: {why}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The catalogue failed.
    #[error("cannot store the first account or token: {0}")]
    Store(#[from] StoreError),
    /// Hashing the password failed.
    #[error("cannot create the first account: {0}")]
    Password(AppError),
}

impl Accounts {
    /// Creates the account [`ADMIN_ACCOUNT`] with the password in this file. If there is any
    /// account, the file is not even read.
    ///
    /// # Errors
    /// The file has no valid password, or the catalogue fails.
    pub async fn ensure_admin(&self, password_file: &Path) -> Result<(), BootstrapError> {
        if self.store.count_accounts().await? > 0 {
            return Ok(());
        }
        let password = read_line(password_file)?;
        let password_hash =
            self.passwords.hash(password, ADMIN_ACCOUNT).await.map_err(|error| match error {
                AppError::Invalid { message, .. } => {
                    file_error(password_file, format!("the password {message}"))
                }
                other => BootstrapError::Password(other),
            })?;
        let admin = Account {
            id: Uuid::now_v7(),
            name: ADMIN_ACCOUNT.to_owned(),
            role: Role::Admin,
            password_hash,
            created_at: now(),
        };
        match self.store.insert_account(&admin).await {
            Ok(()) => tracing::info!(account = ADMIN_ACCOUNT, "created the first account"),
            // Another server on the same catalogue was faster.
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Stores the token in this file as [`CLUSTER_TOKEN`], with the role of an administrator and
    /// without an account. It replaces another token of that name.
    ///
    /// # Errors
    /// The file has no valid token, or the catalogue fails.
    pub async fn ensure_token(&self, token_file: &Path) -> Result<(), BootstrapError> {
        let secret = Secret::parse(&read_line(token_file)?).ok_or_else(|| {
            let (min, max) = (secret::MIN_CHARS, secret::MAX_CHARS);
            let why = format!("a token must have {min} to {max} visible ASCII characters");
            file_error(token_file, why)
        })?;
        let token = Credential {
            secret_sha256: secret.sha256(),
            kind: CredentialKind::Token,
            name: CLUSTER_TOKEN.to_owned(),
            account: None,
            role: Role::Admin,
            account_role: None,
            created_at: now(),
            expires_at: None,
            browser: None,
            used_at: None,
        };
        let stored = self.store.credential(&token.secret_sha256).await;
        if !matches!(stored, Ok(stored) if stored.name == token.name) {
            self.store.put_credential(&token).await?;
            tracing::info!(token = CLUSTER_TOKEN, "stored the token of the cluster");
        }
        Ok(())
    }
}

/// Reads a file, without the line break at its end.
fn read_line(path: &Path) -> Result<String, BootstrapError> {
    let mut text = String::new();
    File::open(path)
        .and_then(|opened| opened.take(SECRET_FILE_LIMIT_BYTES).read_to_string(&mut text))
        .map_err(|e| file_error(path, e.to_string()))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn file_error(path: &Path, why: String) -> BootstrapError {
    BootstrapError::File { path: path.to_owned(), why }
}

#[cfg(test)]
mod tests;
