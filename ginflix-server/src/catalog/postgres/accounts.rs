//! Accounts, sessions and tokens in PostgreSQL.

use deadpool_postgres::{Client, GenericClient, Transaction};
use ginflix_api::account::Role;
use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::catalog::columns::{damaged, from_word, to_word};
use crate::catalog::store::{
    Account, AccountChange, Credential, CredentialKind, Result, StoreError,
};

/// Adds an account.
pub async fn insert(db: &Client, account: &Account) -> Result<()> {
    let sql = "INSERT INTO accounts (id, name, role, password_hash, created_at) \
        VALUES ($1, $2, $3, $4, $5)";
    db.execute(
        &db.prepare_cached(sql).await?,
        &[
            &account.id,
            &account.name,
            &to_word(&account.role)?,
            &account.password_hash,
            &account.created_at,
        ],
    )
    .await?;
    Ok(())
}

/// The account of that name.
pub async fn get(db: &Client, name: &str) -> Result<Account> {
    if name.contains('\0') {
        return Err(StoreError::NotFound); // PostgreSQL has no such text
    }
    let sql = "SELECT id, name, role, password_hash, created_at FROM accounts WHERE name = $1";
    let row = db.query_opt(&db.prepare_cached(sql).await?, &[&name]).await?;
    account(&row.ok_or(StoreError::NotFound)?)
}

/// All accounts by name.
pub async fn list(db: &Client) -> Result<Vec<Account>> {
    let sql = "SELECT id, name, role, password_hash, created_at FROM accounts ORDER BY name";
    let rows = db.query(&db.prepare_cached(sql).await?, &[]).await?;
    rows.iter().map(account).collect()
}

fn account(row: &Row) -> Result<Account> {
    Ok(Account {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        role: from_word(row.try_get(2)?)?,
        password_hash: row.try_get(3)?,
        created_at: row.try_get(4)?,
    })
}

/// Changes an account and ends its sessions.
pub async fn update(db: &Transaction<'_>, name: &str, change: &AccountChange) -> Result<Account> {
    let demotes = change.role.is_some_and(|role| role != Role::Admin);
    let mut account = lock(db, name, demotes).await?;
    account.role = change.role.unwrap_or(account.role);
    if let Some(hash) = &change.password_hash {
        account.password_hash.clone_from(hash);
    }
    let sql = "UPDATE accounts SET role = $2, password_hash = $3 WHERE name = $1";
    let role = to_word(&account.role)?;
    db.execute(&db.prepare_cached(sql).await?, &[&name, &role, &account.password_hash]).await?;
    let sql = "DELETE FROM credentials WHERE account = $1";
    db.execute(&db.prepare_cached(sql).await?, &[&name]).await?;
    Ok(account)
}

/// Removes an account; its sessions go with it.
pub async fn delete(db: &Transaction<'_>, name: &str) -> Result<()> {
    lock(db, name, true).await?;
    let sql = "DELETE FROM accounts WHERE name = $1";
    db.execute(&db.prepare_cached(sql).await?, &[&name]).await?;
    Ok(())
}

/// The account, to be changed: until the end of the transaction nobody adds a
/// session to it, nor takes any administrator's role. Where this one loses it,
/// there must be another.
async fn lock(db: &Transaction<'_>, name: &str, demotes: bool) -> Result<Account> {
    let sql = "SELECT id, name, role, password_hash, created_at FROM accounts \
        WHERE role = 'admin' OR name = $1 ORDER BY id FOR UPDATE";
    let rows = db.query(&db.prepare_cached(sql).await?, &[&name]).await?;
    let mut locked = rows.iter().map(account).collect::<Result<Vec<_>>>()?;
    let this = locked.iter().position(|account| account.name == name);
    let this = locked.swap_remove(this.ok_or(StoreError::NotFound)?);
    let others = locked.iter().any(|account| account.role == Role::Admin);
    if demotes && this.role == Role::Admin && !others {
        return Err(StoreError::Conflict("the last administrator"));
    }
    Ok(this)
}

/// How many there are.
pub async fn count(db: &Client) -> Result<u64> {
    let row = db.query_one(&db.prepare_cached("SELECT count(*) FROM accounts").await?, &[]).await?;
    Ok(row.try_get::<_, i64>(0)? as u64)
}

/// Adds a session or token, or replaces the token of that name.
pub async fn put_credential(db: &Transaction<'_>, credential: &Credential) -> Result<()> {
    let secret = credential.secret_sha256.as_slice();
    let clear =
        "DELETE FROM credentials WHERE secret_sha256 = $1 OR ($2 AND kind = 'token' AND name = $3)";
    let is_token = credential.kind == CredentialKind::Token;
    db.execute(&db.prepare_cached(clear).await?, &[&secret, &is_token, &credential.name]).await?;
    insert_credential(db, credential).await
}

/// Adds a token; a taken name is a conflict.
pub async fn insert_token(db: &Client, token: &Credential) -> Result<()> {
    insert_credential(db, token).await
}

async fn insert_credential(db: &impl GenericClient, credential: &Credential) -> Result<()> {
    let sql = "INSERT INTO credentials (secret_sha256, kind, name, account, role, created_at, \
        expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values: [&(dyn ToSql + Sync); 7] = [
        &credential.secret_sha256.as_slice(),
        &to_word(&credential.kind)?,
        &credential.name,
        &credential.account,
        &to_word(&credential.role)?,
        &credential.created_at,
        &credential.expires_at,
    ];
    db.execute(&db.prepare_cached(sql).await?, &values).await?;
    Ok(())
}

/// All tokens by name.
pub async fn tokens(db: &Client) -> Result<Vec<Credential>> {
    let sql = "SELECT secret_sha256, kind, name, account, role, created_at, expires_at \
        FROM credentials WHERE kind = 'token' ORDER BY name COLLATE \"C\"";
    let rows = db.query(&db.prepare_cached(sql).await?, &[]).await?;
    rows.iter().map(from_row).collect()
}

/// The session or token with that hash.
pub async fn credential(db: &Client, secret_sha256: &[u8; 32]) -> Result<Credential> {
    let sql = "SELECT secret_sha256, kind, name, account, role, created_at, expires_at \
        FROM credentials WHERE secret_sha256 = $1";
    let row = db.query_opt(&db.prepare_cached(sql).await?, &[&secret_sha256.as_slice()]).await?;
    from_row(&row.ok_or(StoreError::NotFound)?)
}

fn from_row(row: &Row) -> Result<Credential> {
    let secret: Vec<u8> = row.try_get(0)?;
    Ok(Credential {
        secret_sha256: secret.try_into().map_err(|_| damaged("a hash of another length"))?,
        kind: from_word(row.try_get(1)?)?,
        name: row.try_get(2)?,
        account: row.try_get(3)?,
        role: from_word(row.try_get(4)?)?,
        created_at: row.try_get(5)?,
        expires_at: row.try_get(6)?,
    })
}

/// Ends a session or token.
pub async fn delete_credential(db: &Client, secret_sha256: &[u8; 32]) -> Result<()> {
    let sql = "DELETE FROM credentials WHERE secret_sha256 = $1";
    db.execute(&db.prepare_cached(sql).await?, &[&secret_sha256.as_slice()]).await?;
    Ok(())
}

/// Clears away what ended before `now`.
pub async fn delete_expired(db: &Client, now: Timestamp) -> Result<()> {
    let sql = "DELETE FROM credentials WHERE expires_at < $1";
    db.execute(&db.prepare_cached(sql).await?, &[&now]).await?;
    Ok(())
}
