//! Management of accounts by administrators.

use ginflix_api::account::{MAX_USER_NAME_CHARS, NewUser, User, UserPatch};
use uuid::Uuid;

use super::{Accounts, names};
use crate::catalog::store::{Account, AccountChange, StoreError};
use crate::clock::now;
use crate::error::AppError;

impl Accounts {
    /// Lists all accounts by name.
    ///
    /// # Errors
    /// The catalogue is not available.
    pub async fn users(&self) -> Result<Vec<User>, AppError> {
        Ok(self.store.accounts().await?.into_iter().map(to_user).collect())
    }

    /// Creates an account.
    ///
    /// # Errors
    /// `Invalid` for an invalid name or password; `Conflict` if the name is taken.
    pub async fn create_user(&self, new: NewUser) -> Result<User, AppError> {
        validate_name(&new.name)?;
        let account = Account {
            id: Uuid::now_v7(),
            name: new.name,
            role: new.role,
            password_hash: self.passwords.hash(new.password).await?,
            created_at: now(),
        };
        match self.store.insert_account(&account).await {
            Ok(()) => Ok(to_user(account)),
            Err(StoreError::Conflict(_)) => Err(AppError::Conflict(format!(
                "there is already an account {}: choose another name",
                account.name
            ))),
            Err(error) => Err(error.into()),
        }
    }

    /// Changes the password or the role of an account, and ends its sessions.
    ///
    /// # Errors
    /// `NotFound` for an unknown name; `Invalid` for an invalid password or an empty change;
    /// `InUse` if the last administrator would lose the role.
    pub async fn change_user(&self, name: &str, patch: UserPatch) -> Result<User, AppError> {
        let UserPatch { role, password } = patch;
        if role.is_none() && password.is_none() {
            return Err(AppError::invalid("body", "must have a password or a role"));
        }
        validate_name(name).map_err(|_| not_found(name))?;
        let password_hash = match password {
            Some(password) => Some(self.passwords.hash(password).await?),
            None => None,
        };
        let change = AccountChange { role, password_hash };
        let changed = self.store.update_account(name, &change).await;
        self.cache.remove_account(name);
        Ok(to_user(changed.map_err(|error| change_error(error, name))?))
    }

    /// Removes an account, and ends its sessions.
    ///
    /// # Errors
    /// `NotFound` for an unknown name; `InUse` for the last administrator.
    pub async fn remove_user(&self, name: &str) -> Result<(), AppError> {
        validate_name(name).map_err(|_| not_found(name))?;
        let deleted = self.store.delete_account(name).await;
        self.cache.remove_account(name);
        deleted.map_err(|error| change_error(error, name))
    }
}

fn validate_name(name: &str) -> Result<(), AppError> {
    names::validate(name, MAX_USER_NAME_CHARS, "@+")
}

fn not_found(name: &str) -> AppError {
    AppError::NotFound(format!("account {name}"))
}

fn change_error(error: StoreError, name: &str) -> AppError {
    match error {
        StoreError::NotFound => not_found(name),
        StoreError::Conflict(_) => AppError::InUse(format!(
            "{name} is the last administrator: give another account that role first"
        )),
        other => other.into(),
    }
}

fn to_user(account: Account) -> User {
    User { name: account.name, role: account.role, created_at: account.created_at }
}

#[cfg(test)]
mod tests;
