//! What has to be there before anyone can log in: the first account and the
//! cluster's own token, from files that whoever starts the server wrote.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use ginflix_api::account::Role;
use uuid::Uuid;

use super::Accounts;
use super::secret::{self, Secret};
use crate::catalog::store::{Account, Credential, CredentialKind, StoreError};
use crate::clock::now;
use crate::error::AppError;

/// The first account.
pub const ADMIN: &str = "admin";
/// The token of whoever manages the cluster.
pub const CLUSTER_TOKEN: &str = "cluster";

/// The most bytes of such a file that are read.
const MAX_FILE_BYTES: u64 = 4096;

/// Why there is no first account or token.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// A file cannot be read, or what it holds does not do.
    #[error("{}: {why}", .path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The catalogue refused.
    #[error("cannot write the first account or token: {0}")]
    Store(#[from] StoreError),
    /// Hashing failed.
    #[error("cannot make the first account: {0}")]
    Password(AppError),
}

impl Accounts {
    /// Makes account [`ADMIN`] with the password in this file, if there is no
    /// account at all; else the file is not even read.
    ///
    /// # Errors
    /// Where the file or the catalogue does not do.
    pub async fn ensure_admin(&self, password_file: &Path) -> Result<(), BootstrapError> {
        if self.store.count_accounts().await? > 0 {
            return Ok(());
        }
        let password = read_line(password_file)?;
        let password_hash = self.passwords.hash(password).await.map_err(|error| match error {
            AppError::Invalid { message, .. } => {
                file(password_file, format!("the password {message}"))
            }
            other => BootstrapError::Password(other),
        })?;
        let admin = Account {
            id: Uuid::now_v7(),
            name: ADMIN.to_owned(),
            role: Role::Admin,
            password_hash,
            created_at: now(),
        };
        match self.store.insert_account(&admin).await {
            Ok(()) => tracing::info!(account = ADMIN, "made the first account"),
            // Another server of this catalogue was faster.
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Lets the token in this file in, as an administrator, under the name
    /// [`CLUSTER_TOKEN`]. A token of that name that is another one ends.
    ///
    /// # Errors
    /// Where the file or the catalogue does not do.
    pub async fn ensure_token(&self, token_file: &Path) -> Result<(), BootstrapError> {
        let secret = Secret::parse(&read_line(token_file)?).ok_or_else(|| {
            let (least, most) = (secret::MIN_CHARS, secret::MAX_CHARS);
            file(token_file, format!("a token has {least} to {most} visible ASCII characters"))
        })?;
        let token = Credential {
            secret_sha256: secret.sha256(),
            kind: CredentialKind::Token,
            name: CLUSTER_TOKEN.to_owned(),
            account: None,
            role: Role::Admin,
            created_at: now(),
            expires_at: None,
        };
        let known = self.store.credential(&token.secret_sha256).await;
        if !matches!(known, Ok(known) if known.name == token.name) {
            self.store.put_credential(&token).await?;
            tracing::info!(token = CLUSTER_TOKEN, "let an administrator's token in");
        }
        Ok(())
    }
}

/// What a file holds, without the end of its line.
fn read_line(path: &Path) -> Result<String, BootstrapError> {
    let mut text = String::new();
    File::open(path)
        .and_then(|opened| opened.take(MAX_FILE_BYTES).read_to_string(&mut text))
        .map_err(|e| file(path, e.to_string()))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn file(path: &Path, why: String) -> BootstrapError {
    BootstrapError::File { path: path.to_owned(), why }
}

#[cfg(test)]
mod tests;
