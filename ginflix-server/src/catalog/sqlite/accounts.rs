//! Accounts, sessions and tokens in SQLite.

use async_trait::async_trait;
use ginflix_api::account::Role;
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::SqliteStore;
use super::query::{execute, fetch_all, fetch_one, fetch_optional, micros};
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
    WHERE name_key IS NULL AND id IN (SELECT min(id) FROM accounts GROUP BY lower(name))";

#[async_trait]
impl AccountStore for SqliteStore {
    async fn insert_account(&self, account: &Account) -> Result<()> {
        let account = account.clone();
        let insert = move |db: &Connection| {
            let sql = format!(
                "INSERT INTO accounts ({ACCOUNT_COLUMNS}, name_key) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
            );
            let values = params![
                account.id,
                account.name,
                enum_to_text(&account.role)?,
                account.password_hash,
                micros(account.created_at),
                name_key(&account.name),
            ];
            execute(db, &sql, values).map(drop)
        };
        self.pool.write(insert).await
    }

    async fn account(&self, name: &str) -> Result<Account> {
        let name = name.to_owned();
        self.pool.read(move |db| find_account(db, &name)).await
    }

    async fn count_accounts(&self) -> Result<u64> {
        self.pool.read(|db| fetch_one(db, "SELECT count(*) FROM accounts", [])).await
    }

    async fn accounts(&self) -> Result<Vec<Account>> {
        let sql = format!("SELECT {ACCOUNT_COLUMNS} FROM accounts ORDER BY name");
        self.pool.read(move |db| fetch_all(db, &sql, [])).await
    }

    async fn update_account(&self, name: &str, change: &AccountChange) -> Result<Account> {
        let (name, change) = (name.to_owned(), change.clone());
        let update = move |db: &Connection| {
            let account = find_account(db, &name)?;
            change.require_hash(&account)?;
            if change.demotes() {
                require_another_admin(db, &account)?;
            }
            let account = change.applied_to(account);
            let values = params![account.name, enum_to_text(&account.role)?, account.password_hash];
            let sql = "UPDATE accounts SET role = ?2, password_hash = ?3 WHERE name = ?1";
            execute(db, sql, values)?;
            let sessions = "DELETE FROM credentials \
                WHERE kind = 'session' AND account = ?1 AND secret_sha256 IS NOT ?2";
            execute(db, sessions, params![account.name, change.kept_session])?;
            Ok(account)
        };
        self.pool.write(update).await
    }

    async fn delete_account(&self, name: &str) -> Result<()> {
        let name = name.to_owned();
        let delete = move |db: &Connection| {
            let account = find_account(db, &name)?;
            require_another_admin(db, &account)?;
            // Its sessions and tokens are deleted with it, by the foreign key.
            execute(db, "DELETE FROM accounts WHERE name = ?1", [account.name])?;
            execute(db, ASSIGN_NAME_KEYS, []).map(drop)
        };
        self.pool.write(delete).await
    }

    async fn preferences(&self, account: &str) -> Result<Preferences> {
        let account = account.to_owned();
        let sql = format!("SELECT {PREFERENCES_COLUMNS} FROM accounts WHERE name = ?1");
        self.pool.read(move |db| fetch_one(db, &sql, [account])).await
    }

    async fn set_preferences(&self, account: &str, chosen: &Preferences) -> Result<()> {
        let (account, chosen) = (account.to_owned(), chosen.clone());
        let sql = "UPDATE accounts SET language = coalesce(?2, language), \
            theme = coalesce(?3, theme) WHERE name = ?1";
        let set = move |db: &Connection| {
            execute(db, sql, params![account, chosen.language, chosen.theme]).map(drop)
        };
        self.pool.write(set).await
    }

    async fn put_credential(&self, credential: &Credential) -> Result<()> {
        let credential = credential.clone();
        let put = move |db: &Connection| {
            if credential.kind == CredentialKind::Token {
                let clear = "DELETE FROM credentials WHERE kind = 'token' AND name = ?1";
                execute(db, clear, [&credential.name])?;
            }
            write_credential(db, "REPLACE", &credential)
        };
        self.pool.write(put).await
    }

    async fn insert_token(&self, token: &Credential) -> Result<()> {
        let token = token.clone();
        self.pool.write(move |db| write_credential(db, "INSERT", &token)).await
    }

    async fn tokens(&self) -> Result<Vec<Credential>> {
        let sql = format!("SELECT {CREDENTIAL_ROWS} WHERE c.kind = 'token' ORDER BY c.name");
        self.pool.read(move |db| fetch_all(db, &sql, [])).await
    }

    async fn credential(&self, secret_sha256: &[u8; 32]) -> Result<Credential> {
        let secret_sha256 = *secret_sha256;
        let sql = format!("SELECT {CREDENTIAL_ROWS} WHERE c.secret_sha256 = ?1");
        self.pool.read(move |db| fetch_one(db, &sql, [secret_sha256])).await
    }

    async fn sessions(&self, account: &str) -> Result<Vec<Credential>> {
        let account = account.to_owned();
        let sql = format!(
            "SELECT {CREDENTIAL_ROWS} WHERE c.kind = 'session' AND c.account = ?1 \
             ORDER BY c.created_at DESC, c.secret_sha256"
        );
        self.pool.read(move |db| fetch_all(db, &sql, [account])).await
    }

    async fn delete_other_sessions(&self, account: &str, kept: &[u8; 32]) -> Result<()> {
        let (account, kept) = (account.to_owned(), *kept);
        let sql = "DELETE FROM credentials \
            WHERE kind = 'session' AND account = ?1 AND secret_sha256 <> ?2";
        self.pool.write(move |db| execute(db, sql, params![account, kept]).map(drop)).await
    }

    async fn set_session_used(&self, secret_sha256: &[u8; 32], at: Timestamp) -> Result<()> {
        let secret_sha256 = *secret_sha256;
        let sql =
            "UPDATE credentials SET used_at = ?2 WHERE secret_sha256 = ?1 AND kind = 'session'";
        self.pool
            .write(move |db| execute(db, sql, params![secret_sha256, micros(at)]).map(drop))
            .await
    }

    async fn delete_credential(&self, secret_sha256: &[u8; 32]) -> Result<()> {
        let secret_sha256 = *secret_sha256;
        let sql = "DELETE FROM credentials WHERE secret_sha256 = ?1";
        self.pool.write(move |db| execute(db, sql, [secret_sha256]).map(drop)).await
    }

    async fn delete_expired_credentials(&self, now: Timestamp) -> Result<()> {
        let sql = "DELETE FROM credentials WHERE expires_at < ?1";
        self.pool.write(move |db| execute(db, sql, [micros(now)]).map(drop)).await
    }
}

fn find_account(db: &Connection, name: &str) -> Result<Account> {
    let exact = format!("SELECT {ACCOUNT_COLUMNS} FROM accounts WHERE name = ?1");
    if let Some(account) = fetch_optional(db, &exact, [name])? {
        return Ok(account);
    }
    let any_case = format!("SELECT {ACCOUNT_COLUMNS} FROM accounts WHERE name_key = ?1");
    fetch_one(db, &any_case, [name_key(name)])
}

/// Fails with `Conflict` if this is the only administrator.
fn require_another_admin(db: &Connection, account: &Account) -> Result<()> {
    let others = "SELECT EXISTS (SELECT 1 FROM accounts WHERE role = 'admin' AND name <> ?1)";
    match account.role {
        Role::Admin if !fetch_one(db, others, [&account.name])? => {
            Err(StoreError::Conflict("the last administrator"))
        }
        _ => Ok(()),
    }
}

/// Writes a session or token with `INSERT` or `REPLACE`.
fn write_credential(db: &Connection, verb: &str, credential: &Credential) -> Result<()> {
    let sql = format!(
        "{verb} INTO credentials ({CREDENTIAL_COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
    );
    let values = params![
        credential.secret_sha256,
        enum_to_text(&credential.kind)?,
        credential.name,
        credential.account,
        enum_to_text(&credential.role)?,
        micros(credential.created_at),
        credential.expires_at.map(micros),
        credential.browser,
    ];
    execute(db, &sql, values).map(drop)
}
