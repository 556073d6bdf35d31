//! Accounts, sessions and tokens.

use ginflix_api::account::Role;
use ginflix_server::catalog::store::{
    Account, AccountChange, Credential, CredentialKind, Preferences, StoreError,
};
use uuid::Uuid;

use crate::backend::Database;
use crate::samples::time;

pub fn account(name: &str) -> Account {
    Account {
        id: Uuid::now_v7(),
        name: name.to_owned(),
        role: Role::Admin,
        password_hash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".to_owned(),
        created_at: time("2026-02-03T04:05:06.789Z"),
    }
}

pub fn token(secret: u8, name: &str) -> Credential {
    Credential {
        secret_sha256: [secret; 32],
        kind: CredentialKind::Token,
        name: name.to_owned(),
        account: None,
        role: Role::Viewer,
        account_role: None,
        created_at: time("2026-02-03T04:05:06.789Z"),
        expires_at: None,
        browser: None,
        used_at: None,
    }
}

pub fn session(secret: u8, account: &str, end: &str) -> Credential {
    Credential {
        kind: CredentialKind::Session,
        account: Some(account.to_owned()),
        role: Role::Admin,
        account_role: Some(Role::Admin),
        expires_at: Some(time(end)),
        ..token(secret, "")
    }
}

/// A token of an account that is an administrator.
fn token_of(secret: u8, name: &str, account: &str) -> Credential {
    Credential {
        account: Some(account.to_owned()),
        account_role: Some(Role::Admin),
        ..token(secret, name)
    }
}

pub async fn an_account_is_found_by_its_name(db: &Database) {
    assert_eq!(db.store.count_accounts().await.unwrap(), 0);
    let written = account("Zoë O'Neill");
    db.store.insert_account(&written).await.unwrap();
    assert!(db.store.account("Zoë O'Neill").await.unwrap() == written);
    assert_eq!(db.store.count_accounts().await.unwrap(), 1);
    // In any case, which is that of ASCII.
    assert!(db.store.account("zOë o'neill").await.unwrap() == written);
    for other in ["ZOË O'NEILL", "", "nobody", "nul\0", "' OR '1'='1"] {
        assert!(matches!(db.store.account(other).await, Err(StoreError::NotFound)), "{other:?}");
    }
}

pub async fn the_name_of_an_account_is_unique(db: &Database) {
    let first = account("admin");
    db.store.insert_account(&first).await.unwrap();
    for name in ["admin", "Admin"] {
        let second = db.store.insert_account(&account(name)).await;
        assert!(matches!(second, Err(StoreError::Conflict(_))), "{name}");
    }
    assert!(db.store.account("admin").await.unwrap() == first);
}

pub async fn a_deleted_credential_is_gone(db: &Database) {
    db.store.insert_account(&account("admin")).await.unwrap();
    let written = session(1, "admin", "2026-06-01T00:00:00Z");
    db.store.put_credential(&written).await.unwrap();
    assert_eq!(db.store.credential(&[1; 32]).await.unwrap(), written);
    assert!(matches!(db.store.credential(&[2; 32]).await, Err(StoreError::NotFound)));
    db.store.delete_credential(&[1; 32]).await.unwrap();
    db.store.delete_credential(&[1; 32]).await.unwrap();
    assert!(matches!(db.store.credential(&[1; 32]).await, Err(StoreError::NotFound)));
}

pub async fn a_token_replaces_the_one_with_its_name(db: &Database) {
    db.store.insert_account(&account("admin")).await.unwrap();
    for credential in [
        token(1, "cluster"),
        token(2, "backup"),
        session(3, "admin", "2026-06-01T00:00:00Z"),
        session(4, "admin", "2026-06-01T00:00:00Z"),
        token(5, "cluster"),
        token(5, "cluster"),
    ] {
        db.store.put_credential(&credential).await.unwrap();
    }
    assert!(matches!(db.store.credential(&[1; 32]).await, Err(StoreError::NotFound)));
    for secret in 2..=5 {
        db.store.credential(&[secret; 32]).await.unwrap();
    }
    assert_eq!(db.store.credential(&[5; 32]).await.unwrap(), token(5, "cluster"));
}

pub async fn tokens_are_listed_by_name_and_not_replaced(db: &Database) {
    db.store.insert_account(&account("admin")).await.unwrap();
    db.store.put_credential(&session(1, "admin", "2026-06-01T00:00:00Z")).await.unwrap();
    let (a, b) = (token(3, "Archive"), token(2, "backup"));
    db.store.insert_token(&b).await.unwrap();
    db.store.insert_token(&a).await.unwrap();
    let taken = db.store.insert_token(&token(4, "backup")).await;
    assert!(matches!(taken, Err(StoreError::Conflict(_))));
    assert_eq!(db.store.tokens().await.unwrap(), [a, b]);
}

pub async fn a_token_is_read_with_the_present_role_of_its_account(db: &Database) {
    db.store.insert_account(&account("admin")).await.unwrap();
    db.store.insert_account(&account("bob")).await.unwrap();
    let mut of_bob = token_of(1, "robot", "bob");
    db.store.insert_token(&of_bob).await.unwrap();
    assert_eq!(db.store.credential(&[1; 32]).await.unwrap(), of_bob);
    db.store.update_account("BOB", &DEMOTION).await.unwrap();
    of_bob.account_role = Some(Role::Viewer);
    assert_eq!(db.store.credential(&[1; 32]).await.unwrap(), of_bob);
    assert_eq!(db.store.tokens().await.unwrap(), [of_bob]);
    db.store.delete_account("Bob").await.unwrap();
    assert!(db.store.tokens().await.unwrap().is_empty());
    // No token can be added to it afterwards.
    let late = db.store.insert_token(&token_of(2, "late", "bob")).await;
    assert!(matches!(late, Err(StoreError::Conflict(_))));
}

pub async fn expired_credentials_are_deleted(db: &Database) {
    db.store.insert_account(&account("admin")).await.unwrap();
    db.store.put_credential(&token(1, "cluster")).await.unwrap();
    db.store.put_credential(&session(2, "admin", "2026-06-01T00:00:00Z")).await.unwrap();
    db.store.put_credential(&session(3, "admin", "2026-06-02T00:00:00Z")).await.unwrap();
    db.store.delete_expired_credentials(time("2026-06-01T12:00:00Z")).await.unwrap();
    db.store.credential(&[1; 32]).await.unwrap();
    assert!(matches!(db.store.credential(&[2; 32]).await, Err(StoreError::NotFound)));
    db.store.credential(&[3; 32]).await.unwrap();
}

pub async fn a_changed_account_has_no_sessions(db: &Database) {
    let written = account("admin");
    db.store.insert_account(&written).await.unwrap();
    db.store.insert_account(&account("bob")).await.unwrap();
    db.store.put_credential(&token(1, "cluster")).await.unwrap();
    db.store.put_credential(&session(2, "admin", "2026-06-01T00:00:00Z")).await.unwrap();
    db.store.put_credential(&session(3, "bob", "2026-06-01T00:00:00Z")).await.unwrap();
    let change =
        AccountChange { password_hash: Some("another".to_owned()), ..AccountChange::default() };
    let changed = db.store.update_account("admin", &change).await.unwrap();
    assert!(changed == Account { password_hash: "another".to_owned(), ..written });
    assert!(db.store.account("admin").await.unwrap() == changed);
    db.store.credential(&[1; 32]).await.unwrap();
    assert!(matches!(db.store.credential(&[2; 32]).await, Err(StoreError::NotFound)));
    db.store.credential(&[3; 32]).await.unwrap();
    let demotion = AccountChange { role: Some(Role::Viewer), ..AccountChange::default() };
    let bob = db.store.update_account("bob", &demotion).await.unwrap();
    assert_eq!(bob.role, Role::Viewer);
    assert!(matches!(db.store.credential(&[3; 32]).await, Err(StoreError::NotFound)));
    let nobody = db.store.update_account("nobody", &demotion).await;
    assert!(matches!(nobody, Err(StoreError::NotFound)));
    let names: Vec<String> =
        db.store.accounts().await.unwrap().into_iter().map(|account| account.name).collect();
    assert_eq!(names, ["admin", "bob"]);
}

pub async fn a_removed_account_has_no_sessions(db: &Database) {
    db.store.insert_account(&account("admin")).await.unwrap();
    db.store.insert_account(&account("bob")).await.unwrap();
    db.store.put_credential(&session(1, "bob", "2026-06-01T00:00:00Z")).await.unwrap();
    db.store.delete_account("bob").await.unwrap();
    assert!(matches!(db.store.account("bob").await, Err(StoreError::NotFound)));
    assert!(matches!(db.store.credential(&[1; 32]).await, Err(StoreError::NotFound)));
    assert!(matches!(db.store.delete_account("bob").await, Err(StoreError::NotFound)));
    // No session can be added to it afterwards.
    let late = db.store.put_credential(&session(2, "bob", "2026-06-01T00:00:00Z")).await;
    assert!(matches!(late, Err(StoreError::Conflict(_))));
}

const DEMOTION: AccountChange = AccountChange {
    role: Some(Role::Viewer),
    password_hash: None,
    required_hash: None,
    kept_session: None,
};

pub async fn the_last_administrator_cannot_be_removed(db: &Database) {
    let admin = account("admin");
    db.store.insert_account(&admin).await.unwrap();
    db.store.insert_account(&Account { role: Role::Viewer, ..account("bob") }).await.unwrap();
    let demoted = db.store.update_account("admin", &DEMOTION).await;
    assert!(matches!(demoted, Err(StoreError::Conflict(_))));
    assert!(matches!(db.store.delete_account("admin").await, Err(StoreError::Conflict(_))));
    assert!(db.store.account("admin").await.unwrap() == admin);
    db.store.delete_account("bob").await.unwrap();
}

pub async fn concurrent_changes_leave_one_administrator(db: &Database) {
    let names: Vec<String> = (0..8).map(|n| format!("admin{n}")).collect();
    for name in &names {
        db.store.insert_account(&account(name)).await.unwrap();
    }
    // Concurrently: half of them are deleted, half lose the role.
    let changes = names.iter().enumerate().map(|(n, name)| async move {
        match n % 2 {
            0 => db.store.delete_account(name).await,
            _ => db.store.update_account(name, &DEMOTION).await.map(drop),
        }
    });
    let results = futures_util::future::join_all(changes).await;
    assert_eq!(results.iter().filter(|change| change.is_ok()).count(), names.len() - 1);
    let refused = results.into_iter().find_map(std::result::Result::err);
    assert!(matches!(refused, Some(StoreError::Conflict(_))));
    let left = db.store.accounts().await.unwrap();
    assert_eq!(left.iter().filter(|account| account.role == Role::Admin).count(), 1);
}

pub fn preferences(language: Option<&str>, theme: Option<&str>) -> Preferences {
    Preferences { language: language.map(str::to_owned), theme: theme.map(str::to_owned) }
}

pub async fn an_account_keeps_its_preferences(db: &Database) {
    db.store.insert_account(&account("ann")).await.unwrap();
    db.store.insert_account(&account("bob")).await.unwrap();
    assert_eq!(db.store.preferences("ann").await.unwrap(), Preferences::default());
    for (chosen, kept) in [
        (preferences(Some("de"), None), preferences(Some("de"), None)),
        (preferences(None, Some("dark")), preferences(Some("de"), Some("dark"))),
        (preferences(None, None), preferences(Some("de"), Some("dark"))),
        (preferences(Some("fr"), Some("system")), preferences(Some("fr"), Some("system"))),
    ] {
        db.store.set_preferences("ann", &chosen).await.unwrap();
        assert_eq!(db.store.preferences("ann").await.unwrap(), kept);
    }
    // Other changes of the account keep them.
    db.store.update_account("ann", &DEMOTION).await.unwrap();
    let kept = db.store.preferences("ann").await.unwrap();
    assert_eq!(kept, preferences(Some("fr"), Some("system")));
    assert_eq!(db.store.preferences("bob").await.unwrap(), Preferences::default());
    // Names are exact, and nothing happens for one that is not there.
    for other in ["ANN", "", "nobody"] {
        db.store.set_preferences(other, &kept).await.unwrap();
        let missing = db.store.preferences(other).await;
        assert!(matches!(missing, Err(StoreError::NotFound)), "{other:?}");
    }
}
