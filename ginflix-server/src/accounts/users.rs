//! Management of accounts by administrators.

use std::collections::BTreeMap;

use ginflix_api::account::{MAX_USER_NAME_CHARS, NewUser, User, UserPatch};
use uuid::Uuid;

use super::{Accounts, names};
use crate::catalog::store::{Account, AccountChange, StoreError, name_key};
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
    /// `Invalid` for an invalid name or password; `Conflict` if the name is taken, in any case.
    pub async fn create_user(&self, new: NewUser) -> Result<User, AppError> {
        validate_name(&new.name)?;
        let password_hash = self.passwords.hash(new.password, &new.name).await?;
        let account = Account {
            id: Uuid::now_v7(),
            name: new.name,
            role: new.role,
            password_hash,
            created_at: now(),
        };
        match self.store.insert_account(&account).await {
            Ok(()) => Ok(to_user(account)),
            Err(StoreError::Conflict(_)) => Err(self.name_taken(&account.name).await),
            Err(error) => Err(error.into()),
        }
    }

    /// Creates the error for a name that an account has, perhaps in another case.
    async fn name_taken(&self, name: &str) -> AppError {
        let existing = self.store.account(name).await;
        let existing = existing.map_or_else(|_| name.to_owned(), |account| account.name);
        let why = if existing == name { "" } else { ", and names compare without case" };
        AppError::Conflict(format!(
            "there is already an account {existing}{why}: choose another name"
        ))
    }

    /// Warns of accounts of an earlier version whose names differ in case only.
    ///
    /// # Errors
    /// The catalogue is not available.
    pub async fn warn_of_similar_names(&self) -> Result<(), StoreError> {
        let names = self.store.accounts().await?.into_iter().map(|account| account.name);
        for similar in similar_names(names) {
            tracing::warn!(
                accounts = similar.join(", "),
                "these accounts have the same name but for upper and lower case, so each is found by its exact \
                 name only: keep one, and remove the others with `ginflix user remove NAME`"
            );
        }
        Ok(())
    }

    /// Changes the password or the role of an account, and ends its sessions. Its tokens remain, and
    /// may at once do no more than the account.
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
            Some(password) => Some(self.passwords.hash(password, name).await?),
            None => None,
        };
        let change = AccountChange { role, password_hash, ..AccountChange::default() };
        let changed = self.store.update_account(name, &change).await;
        self.cache.remove_account(name);
        Ok(to_user(changed.map_err(|error| change_error(error, name))?))
    }

    /// Removes an account with its sessions and tokens.
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

/// Groups the names that are equal without case, and returns the groups of more than one.
fn similar_names(names: impl Iterator<Item = String>) -> Vec<Vec<String>> {
    let mut by_key = BTreeMap::<String, Vec<String>>::new();
    for name in names {
        by_key.entry(name_key(&name)).or_default().push(name);
    }
    by_key.into_values().filter(|names| names.len() > 1).collect()
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

pub(super) fn to_user(account: Account) -> User {
    User { name: account.name, role: account.role, created_at: account.created_at }
}

#[cfg(test)]
mod tests;
