//! Accounts, sessions and tokens in PostgreSQL.

use async_trait::async_trait;
use deadpool_postgres::{GenericClient, Transaction};
use ginflix_api::account::Role;
use jiff::Timestamp;

use super::PostgresStore;
use super::query::{SqlValue, execute, fetch_all, fetch_one};
use crate::catalog::columns::enum_to_text;
use crate::catalog::records::{
    ACCOUNT_COLUMNS, CREDENTIAL_COLUMNS, CREDENTIAL_ROWS, PREFERENCES_COLUMNS,
};
use crate::catalog::store::{
    Account, AccountChange, AccountStore, Credential, CredentialKind, Preferences, Result,
    StoreError, name_key,
};

/// Gives the keys that no account has to the first accounts with names that have them.
pub const ASSIGN_NAME_KEYS: &str = "UPDATE accounts SET name_key = lower(name) \
    WHERE name_key IS NULL AND id IN ( \
        SELECT DISTINCT ON (lower(name)) id FROM accounts ORDER BY lower(name), id)";

#[async_trait]
impl AccountStore for PostgresStore {
    async fn insert_account(&self, account: &Account) -> Result<()> {
        let sql = format!(
            "INSERT INTO accounts ({ACCOUNT_COLUMNS}, name_key) VALUES ($1, $2, $3, $4, $5, $6)"
        );
        let values: [SqlValue<'_>; 6] = [
            &account.id,
            &account.name,
            &enum_to_text(&account.role)?,
            &account.password_hash,
            &account.created_at,
            &name_key(&account.name),
        ];
        self.with_client(async |db| execute(db, &sql, &values).await.map(drop)).await
    }

    async fn account(&self, name: &str) -> Result<Account> {
        if name.contains('\0') {
            return Err(StoreError::NotFound); // PostgreSQL refuses a text with NUL
        }
        let sql = format!(
            "SELECT {ACCOUNT_COLUMNS} FROM accounts WHERE name = $1 OR name_key = $2 \
             ORDER BY name = $1 DESC LIMIT 1"
        );
        let key = name_key(name);
        self.with_client(async |db| fetch_one(db, &sql, &[&name, &key]).await).await
    }

    async fn count_accounts(&self) -> Result<u64> {
        self.with_client(async |db| fetch_one(db, "SELECT count(*) FROM accounts", &[]).await).await
    }

    async fn accounts(&self) -> Result<Vec<Account>> {
        let sql = format!("SELECT {ACCOUNT_COLUMNS} FROM accounts ORDER BY name");
        self.with_client(async |db| fetch_all(db, &sql, &[]).await).await
    }

    async fn update_account(&self, name: &str, change: &AccountChange) -> Result<Account> {
        let update = async |db: &Transaction<'_>| {
            let account = lock_account(db, name, change.demotes()).await?;
            change.require_hash(&account)?;
            let account = change.applied_to(account);
            let role = enum_to_text(&account.role)?;
            let sql = "UPDATE accounts SET role = $2, password_hash = $3 WHERE name = $1";
            execute(db, sql, &[&account.name, &role, &account.password_hash]).await?;
            let kept = change.kept_session.as_ref().map(<[u8; 32]>::as_slice);
            let sessions = "DELETE FROM credentials \
                WHERE kind = 'session' AND account = $1 AND secret_sha256 IS DISTINCT FROM $2";
            execute(db, sessions, &[&account.name, &kept]).await?;
            Ok(account)
        };
        self.in_transaction(update).await
    }

    async fn delete_account(&self, name: &str) -> Result<()> {
        let delete = async |db: &Transaction<'_>| {
            let account = lock_account(db, name, true).await?;
            // Its sessions and tokens are deleted with it, by the foreign key.
            execute(db, "DELETE FROM accounts WHERE name = $1", &[&account.name]).await?;
            execute(db, ASSIGN_NAME_KEYS, &[]).await.map(drop)
        };
        self.in_transaction(delete).await
    }

    async fn preferences(&self, account: &str) -> Result<Preferences> {
        let sql = format!("SELECT {PREFERENCES_COLUMNS} FROM accounts WHERE name = $1");
        self.with_client(async |db| fetch_one(db, &sql, &[&account]).await).await
    }

    async fn set_preferences(&self, account: &str, chosen: &Preferences) -> Result<()> {
        let sql = "UPDATE accounts SET language = coalesce($2, language), \
            theme = coalesce($3, theme) WHERE name = $1";
        let values: [SqlValue<'_>; 3] = [&account, &chosen.language, &chosen.theme];
        self.with_client(async |db| execute(db, sql, &values).await.map(drop)).await
    }

    async fn put_credential(&self, credential: &Credential) -> Result<()> {
        let put = async |db: &Transaction<'_>| {
            let secret = credential.secret_sha256.as_slice();
            let is_token = credential.kind == CredentialKind::Token;
            let clear = "DELETE FROM credentials \
                WHERE secret_sha256 = $1 OR ($2 AND kind = 'token' AND name = $3)";
            execute(db, clear, &[&secret, &is_token, &credential.name]).await?;
            insert_credential(db, credential).await
        };
        self.in_transaction(put).await
    }

    async fn insert_token(&self, token: &Credential) -> Result<()> {
        self.with_client(async |db| insert_credential(db, token).await).await
    }

    async fn tokens(&self) -> Result<Vec<Credential>> {
        let sql = format!(
            "SELECT {CREDENTIAL_ROWS} WHERE c.kind = 'token' ORDER BY c.name COLLATE \"C\""
        );
        self.with_client(async |db| fetch_all(db, &sql, &[]).await).await
    }

    async fn credential(&self, secret_sha256: &[u8; 32]) -> Result<Credential> {
        let sql = format!("SELECT {CREDENTIAL_ROWS} WHERE c.secret_sha256 = $1");
        self.with_client(async |db| fetch_one(db, &sql, &[&secret_sha256.as_slice()]).await).await
    }

    async fn sessions(&self, account: &str) -> Result<Vec<Credential>> {
        let sql = format!(
            "SELECT {CREDENTIAL_ROWS} WHERE c.kind = 'session' AND c.account = $1 \
             ORDER BY c.created_at DESC, c.secret_sha256"
        );
        self.with_client(async |db| fetch_all(db, &sql, &[&account]).await).await
    }

    async fn delete_other_sessions(&self, account: &str, kept: &[u8; 32]) -> Result<()> {
        let sql = "DELETE FROM credentials \
            WHERE kind = 'session' AND account = $1 AND secret_sha256 <> $2";
        let kept = kept.as_slice();
        self.with_client(async |db| execute(db, sql, &[&account, &kept]).await.map(drop)).await
    }

    async fn set_session_used(&self, secret_sha256: &[u8; 32], at: Timestamp) -> Result<()> {
        let sql =
            "UPDATE credentials SET used_at = $2 WHERE secret_sha256 = $1 AND kind = 'session'";
        let secret = secret_sha256.as_slice();
        self.with_client(async |db| execute(db, sql, &[&secret, &at]).await.map(drop)).await
    }

    async fn delete_credential(&self, secret_sha256: &[u8; 32]) -> Result<()> {
        let sql = "DELETE FROM credentials WHERE secret_sha256 = $1";
        let secret = secret_sha256.as_slice();
        self.with_client(async |db| execute(db, sql, &[&secret]).await.map(drop)).await
    }

    async fn delete_expired_credentials(&self, now: Timestamp) -> Result<()> {
        let sql = "DELETE FROM credentials WHERE expires_at < $1";
        self.with_client(async |db| execute(db, sql, &[&now]).await.map(drop)).await
    }
}

/// Returns an account for a change. Locks it and all administrators until the end of the
/// transaction, so that it gets no session, and that two changes at the same time do not remove
/// the last administrator.
///
/// # Errors
/// `NotFound`, or `Conflict` if the change demotes or deletes the only administrator.
async fn lock_account(db: &Transaction<'_>, name: &str, demotes: bool) -> Result<Account> {
    let sql = format!(
        "SELECT {ACCOUNT_COLUMNS} FROM accounts WHERE role = 'admin' OR name = $1 OR name_key = $2 \
         ORDER BY id FOR UPDATE"
    );
    let mut locked: Vec<Account> = fetch_all(db, &sql, &[&name, &name_key(name)]).await?;
    let exact = locked.iter().position(|account| account.name == name);
    // The first of several accounts with this name in another case has the key.
    let any_case = || locked.iter().position(|account| account.name.eq_ignore_ascii_case(name));
    let account = locked.swap_remove(exact.or_else(any_case).ok_or(StoreError::NotFound)?);
    let has_others = locked.iter().any(|other| other.role == Role::Admin);
    if demotes && account.role == Role::Admin && !has_others {
        return Err(StoreError::Conflict("the last administrator"));
    }
    Ok(account)
}

async fn insert_credential(db: &impl GenericClient, credential: &Credential) -> Result<()> {
    let sql = format!(
        "INSERT INTO credentials ({CREDENTIAL_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    );
    let values: [SqlValue<'_>; 8] = [
        &credential.secret_sha256.as_slice(),
        &enum_to_text(&credential.kind)?,
        &credential.name,
        &credential.account,
        &enum_to_text(&credential.role)?,
        &credential.created_at,
        &credential.expires_at,
        &credential.browser,
    ];
    execute(db, &sql, &values).await.map(drop)
}
