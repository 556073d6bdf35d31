//! Accounts, sessions and tokens in SQLite.

use ginflix_api::account::Role;
use rusqlite::{Connection, Row, params};

use super::values::{micros, time};
use crate::catalog::columns::{from_word, to_word};
use crate::catalog::store::{
    Account, AccountChange, Credential, CredentialKind, Result, StoreError,
};

/// Adds an account.
pub fn insert(db: &Connection, account: &Account) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO accounts (id, name, role, password_hash, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        account.id,
        account.name,
        to_word(&account.role)?,
        account.password_hash,
        micros(account.created_at),
    ])?;
    Ok(())
}

/// The account of that name.
pub fn get(db: &Connection, name: &str) -> Result<Account> {
    let mut statement = db.prepare_cached(
        "SELECT id, name, role, password_hash, created_at FROM accounts WHERE name = ?1",
    )?;
    let mut rows = statement.query([name])?;
    account(rows.next()?.ok_or(StoreError::NotFound)?)
}

/// All accounts by name.
pub fn list(db: &Connection) -> Result<Vec<Account>> {
    let mut statement = db.prepare_cached(
        "SELECT id, name, role, password_hash, created_at FROM accounts ORDER BY name",
    )?;
    let mut rows = statement.query([])?;
    let mut accounts = Vec::new();
    while let Some(row) = rows.next()? {
        accounts.push(account(row)?);
    }
    Ok(accounts)
}

fn account(row: &Row<'_>) -> Result<Account> {
    Ok(Account {
        id: row.get(0)?,
        name: row.get(1)?,
        role: from_word(row.get(2)?)?,
        password_hash: row.get(3)?,
        created_at: time(row.get(4)?)?,
    })
}

/// Changes an account and ends its sessions.
pub fn update(db: &Connection, name: &str, change: &AccountChange) -> Result<Account> {
    let mut account = get(db, name)?;
    if change.role.is_some_and(|role| role != Role::Admin) {
        require_another_admin(db, &account)?;
    }
    account.role = change.role.unwrap_or(account.role);
    if let Some(hash) = &change.password_hash {
        account.password_hash.clone_from(hash);
    }
    db.prepare_cached("UPDATE accounts SET role = ?2, password_hash = ?3 WHERE name = ?1")?
        .execute(params![name, to_word(&account.role)?, account.password_hash])?;
    db.prepare_cached("DELETE FROM credentials WHERE account = ?1")?.execute([name])?;
    Ok(account)
}

/// Removes an account; its sessions go with it.
pub fn delete(db: &Connection, name: &str) -> Result<()> {
    require_another_admin(db, &get(db, name)?)?;
    db.prepare_cached("DELETE FROM accounts WHERE name = ?1")?.execute([name])?;
    Ok(())
}

/// A conflict where this is the only administrator.
fn require_another_admin(db: &Connection, account: &Account) -> Result<()> {
    let others: bool = db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM accounts WHERE role = 'admin' AND name <> ?1)",
        )?
        .query_row([&account.name], |row| row.get(0))?;
    match account.role {
        Role::Admin if !others => Err(StoreError::Conflict("the last administrator")),
        _ => Ok(()),
    }
}

/// How many there are.
pub fn count(db: &Connection) -> Result<u64> {
    let count: i64 =
        db.prepare_cached("SELECT count(*) FROM accounts")?.query_row([], |row| row.get(0))?;
    Ok(count as u64)
}

/// Adds a session or token, or replaces the token of that name.
pub fn put_credential(db: &Connection, credential: &Credential) -> Result<()> {
    if credential.kind == CredentialKind::Token {
        db.prepare_cached("DELETE FROM credentials WHERE kind = 'token' AND name = ?1")?
            .execute([&credential.name])?;
    }
    write_credential(db, "REPLACE", credential)
}

/// Adds a token; a taken name is a conflict.
pub fn insert_token(db: &Connection, token: &Credential) -> Result<()> {
    write_credential(db, "INSERT", token)
}

fn write_credential(db: &Connection, verb: &str, credential: &Credential) -> Result<()> {
    let sql = format!(
        "{verb} INTO credentials (secret_sha256, kind, name, account, role, created_at, \
         expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
    );
    db.prepare_cached(&sql)?.execute(params![
        credential.secret_sha256,
        to_word(&credential.kind)?,
        credential.name,
        credential.account,
        to_word(&credential.role)?,
        micros(credential.created_at),
        credential.expires_at.map(micros),
    ])?;
    Ok(())
}

/// All tokens by name.
pub fn tokens(db: &Connection) -> Result<Vec<Credential>> {
    let mut statement = db.prepare_cached(
        "SELECT secret_sha256, kind, name, account, role, created_at, expires_at \
         FROM credentials WHERE kind = 'token' ORDER BY name",
    )?;
    let mut rows = statement.query([])?;
    let mut tokens = Vec::new();
    while let Some(row) = rows.next()? {
        tokens.push(from_row(row)?);
    }
    Ok(tokens)
}

/// The session or token with that hash.
pub fn credential(db: &Connection, secret_sha256: &[u8; 32]) -> Result<Credential> {
    let mut statement = db.prepare_cached(
        "SELECT secret_sha256, kind, name, account, role, created_at, expires_at \
         FROM credentials WHERE secret_sha256 = ?1",
    )?;
    let mut rows = statement.query([secret_sha256])?;
    from_row(rows.next()?.ok_or(StoreError::NotFound)?)
}

fn from_row(row: &Row<'_>) -> Result<Credential> {
    Ok(Credential {
        secret_sha256: row.get(0)?,
        kind: from_word(row.get(1)?)?,
        name: row.get(2)?,
        account: row.get(3)?,
        role: from_word(row.get(4)?)?,
        created_at: time(row.get(5)?)?,
        expires_at: row.get::<_, Option<i64>>(6)?.map(time).transpose()?,
    })
}

/// Ends a session or token.
pub fn delete_credential(db: &Connection, secret_sha256: &[u8; 32]) -> Result<()> {
    db.prepare_cached("DELETE FROM credentials WHERE secret_sha256 = ?1")?
        .execute([secret_sha256])?;
    Ok(())
}

/// Clears away what ended before `now`, in microseconds.
pub fn delete_expired(db: &Connection, now: i64) -> Result<()> {
    db.prepare_cached("DELETE FROM credentials WHERE expires_at < ?1")?.execute([now])?;
    Ok(())
}
