//! Accounts, sessions and tokens in PostgreSQL.

use async_trait::async_trait;
use deadpool_postgres::{GenericClient, Transaction};
use ginflix_api::account::Role;
use jiff::Timestamp;

use super::PostgresStore;
use super::query::{Value, all, execute, one};
use crate::catalog::columns::to_word;
use crate::catalog::records::{ACCOUNT, CREDENTIAL};
use crate::catalog::store::{
    Account, AccountChange, AccountStore, Credential, CredentialKind, Result, StoreError,
};

#[async_trait]
impl AccountStore for PostgresStore {
    async fn insert_account(&self, account: &Account) -> Result<()> {
        let sql = format!("INSERT INTO accounts ({ACCOUNT}) VALUES ($1, $2, $3, $4, $5)");
        let values: [Value<'_>; 5] = [
            &account.id,
            &account.name,
            &to_word(&account.role)?,
            &account.password_hash,
            &account.created_at,
        ];
        self.with_client(async |db| execute(db, &sql, &values).await.map(drop)).await
    }

    async fn account(&self, name: &str) -> Result<Account> {
        if name.contains('\0') {
            return Err(StoreError::NotFound); // PostgreSQL has no such text
        }
        let sql = format!("SELECT {ACCOUNT} FROM accounts WHERE name = $1");
        self.with_client(async |db| one(db, &sql, &[&name]).await).await
    }

    async fn count_accounts(&self) -> Result<u64> {
        self.with_client(async |db| one(db, "SELECT count(*) FROM accounts", &[]).await).await
    }

    async fn accounts(&self) -> Result<Vec<Account>> {
        let sql = format!("SELECT {ACCOUNT} FROM accounts ORDER BY name");
        self.with_client(async |db| all(db, &sql, &[]).await).await
    }

    async fn update_account(&self, name: &str, change: &AccountChange) -> Result<Account> {
        let update = async |db: &Transaction<'_>| {
            let account = change.applied_to(lock(db, name, change.demotes()).await?);
            let role = to_word(&account.role)?;
            let sql = "UPDATE accounts SET role = $2, password_hash = $3 WHERE name = $1";
            execute(db, sql, &[&name, &role, &account.password_hash]).await?;
            execute(db, "DELETE FROM credentials WHERE account = $1", &[&name]).await?;
            Ok(account)
        };
        self.in_transaction(update).await
    }

    async fn delete_account(&self, name: &str) -> Result<()> {
        let delete = async |db: &Transaction<'_>| {
            lock(db, name, true).await?;
            // Its sessions go with it.
            execute(db, "DELETE FROM accounts WHERE name = $1", &[&name]).await.map(drop)
        };
        self.in_transaction(delete).await
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
            "SELECT {CREDENTIAL} FROM credentials WHERE kind = 'token' ORDER BY name COLLATE \"C\""
        );
        self.with_client(async |db| all(db, &sql, &[]).await).await
    }

    async fn credential(&self, secret_sha256: &[u8; 32]) -> Result<Credential> {
        let sql = format!("SELECT {CREDENTIAL} FROM credentials WHERE secret_sha256 = $1");
        self.with_client(async |db| one(db, &sql, &[&secret_sha256.as_slice()]).await).await
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

/// The account, to be changed: until the end of the transaction nobody adds a
/// session to it, nor takes any administrator's role. Where this one loses it,
/// there must be another.
async fn lock(db: &Transaction<'_>, name: &str, demotes: bool) -> Result<Account> {
    let sql = format!(
        "SELECT {ACCOUNT} FROM accounts WHERE role = 'admin' OR name = $1 ORDER BY id FOR UPDATE"
    );
    let mut locked: Vec<Account> = all(db, &sql, &[&name]).await?;
    let this = locked.iter().position(|account| account.name == name);
    let this = locked.swap_remove(this.ok_or(StoreError::NotFound)?);
    let others = locked.iter().any(|account| account.role == Role::Admin);
    if demotes && this.role == Role::Admin && !others {
        return Err(StoreError::Conflict("the last administrator"));
    }
    Ok(this)
}

async fn insert_credential(db: &impl GenericClient, credential: &Credential) -> Result<()> {
    let sql = format!("INSERT INTO credentials ({CREDENTIAL}) VALUES ($1, $2, $3, $4, $5, $6, $7)");
    let values: [Value<'_>; 7] = [
        &credential.secret_sha256.as_slice(),
        &to_word(&credential.kind)?,
        &credential.name,
        &credential.account,
        &to_word(&credential.role)?,
        &credential.created_at,
        &credential.expires_at,
    ];
    execute(db, &sql, &values).await.map(drop)
}
