//! Accounts as administrators manage them.

use ginflix_api::account::{MAX_USER_NAME_CHARS, NewUser, User, UserPatch};
use uuid::Uuid;

use super::{Accounts, names};
use crate::catalog::store::{Account, AccountChange, StoreError};
use crate::clock::now;
use crate::error::AppError;

impl Accounts {
    /// All accounts by name.
    ///
    /// # Errors
    /// Where the catalogue is away.
    pub async fn users(&self) -> Result<Vec<User>, AppError> {
        Ok(self.store.accounts().await?.into_iter().map(facts).collect())
    }

    /// Makes an account.
    ///
    /// # Errors
    /// `Invalid` for a poor name or password, `Conflict` for a taken name.
    pub async fn create_user(&self, new: NewUser) -> Result<User, AppError> {
        check_name(&new.name)?;
        let account = Account {
            id: Uuid::now_v7(),
            name: new.name,
            role: new.role,
            password_hash: self.passwords.hash(new.password).await?,
            created_at: now(),
        };
        match self.store.insert_account(&account).await {
            Ok(()) => Ok(facts(account)),
            Err(StoreError::Conflict(_)) => {
                Err(AppError::Conflict(format!("there is an account {} already", account.name)))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Gives an account another password or role. Its sessions end: they stand
    /// for what it was.
    ///
    /// # Errors
    /// `NotFound`, `Invalid` for a poor password or no change at all, `InUse`
    /// for the last administrator's role.
    pub async fn change_user(&self, name: &str, patch: UserPatch) -> Result<User, AppError> {
        let UserPatch { role, password } = patch;
        if role.is_none() && password.is_none() {
            return Err(AppError::invalid("body", "must name a password or a role"));
        }
        check_name(name).map_err(|_| unknown(name))?;
        let password_hash = match password {
            Some(password) => Some(self.passwords.hash(password).await?),
            None => None,
        };
        let change = AccountChange { role, password_hash };
        let changed = self.store.update_account(name, &change).await;
        self.cache.forget_account(name);
        Ok(facts(changed.map_err(|error| refusal(error, name))?))
    }

    /// Removes an account, and ends its sessions.
    ///
    /// # Errors
    /// `NotFound`; `InUse` for the last administrator.
    pub async fn remove_user(&self, name: &str) -> Result<(), AppError> {
        check_name(name).map_err(|_| unknown(name))?;
        let deleted = self.store.delete_account(name).await;
        self.cache.forget_account(name);
        deleted.map_err(|error| refusal(error, name))
    }
}

fn check_name(name: &str) -> Result<(), AppError> {
    names::check(name, MAX_USER_NAME_CHARS, "@+")
}

fn unknown(name: &str) -> AppError {
    AppError::NotFound(format!("account {name}"))
}

fn refusal(error: StoreError, name: &str) -> AppError {
    match error {
        StoreError::NotFound => unknown(name),
        StoreError::Conflict(_) => AppError::InUse(format!(
            "{name} is the last administrator; make another account one first"
        )),
        other => other.into(),
    }
}

fn facts(account: Account) -> User {
    User { name: account.name, role: account.role, created_at: account.created_at }
}

#[cfg(test)]
mod tests;
