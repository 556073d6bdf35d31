use ginflix_api::account::{NewUser, UserPatch};

use super::*;
use crate::app::App;

fn new(name: &str) -> NewToken {
    NewToken { name: name.to_owned(), ..NewToken::default() }
}

/// Creates an app with the administrator `ann`.
async fn app() -> (tempfile::TempDir, App) {
    let (dir, app) = App::in_temp_dir().await;
    add_account(&app, "ann").await;
    (dir, app)
}

async fn add_account(app: &App, name: &str) {
    let password = "seven-violet-lanterns".to_owned();
    let new = NewUser { name: name.to_owned(), role: Role::Admin, password };
    app.accounts.create_user(new).await.unwrap();
}

#[tokio::test]
async fn a_token_is_valid_until_it_is_revoked() {
    let (_dir, app) = app().await;
    let accounts = &app.accounts;
    let (secret, token) = accounts.create_token(new("backup"), Some("ann")).await.unwrap();
    let session = accounts.identify(&secret).await.unwrap().unwrap();
    assert_eq!((session.name.as_str(), session.role), ("backup", Role::Viewer));
    assert_eq!(accounts.tokens().await.unwrap(), [token]);
    let taken = accounts.create_token(new("backup"), Some("ann")).await;
    assert!(matches!(taken, Err(AppError::Conflict(why)) if why.contains("already")));
    assert!(accounts.identify(&secret).await.unwrap().is_some());

    accounts.revoke_token("backup").await.unwrap();
    assert_eq!(accounts.identify(&secret).await.unwrap(), None);
    assert!(accounts.tokens().await.unwrap().is_empty());
    assert!(matches!(accounts.revoke_token("backup").await, Err(AppError::NotFound(_))));
    assert!(matches!(accounts.revoke_token(CLUSTER_TOKEN).await, Err(AppError::InUse(_))));
    assert!(accounts.create_token(new("backup"), Some("ann")).await.is_ok());
}

#[tokio::test]
async fn an_invalid_name_or_expiry_is_refused() {
    let (_dir, app) = app().await;
    let long = "x".repeat(MAX_TOKEN_NAME_CHARS + 1);
    for name in ["", ".", "..", "a b", "a/b", "é", CLUSTER_TOKEN, &long] {
        let refused = app.accounts.create_token(new(name), None).await;
        assert!(matches!(refused, Err(AppError::Invalid { field: "name", .. })), "{name}");
    }
    let past = Some(Some(now() - SignedDuration::from_secs(1)));
    let expired = NewToken { expires_at: past, ..new("a") };
    let expired = app.accounts.create_token(expired, None).await;
    assert!(matches!(expired, Err(AppError::Invalid { field: "expires_at", .. })));
}

#[tokio::test]
async fn the_only_administrator_owns_the_tokens_of_the_cluster() {
    let (_dir, app) = app().await;
    let (_, token) = app.accounts.create_token(new("a"), None).await.unwrap();
    assert_eq!(token.account.as_deref(), Some("ann"));
    add_account(&app, "bob").await;
    let ambiguous = app.accounts.create_token(new("b"), None).await;
    assert!(matches!(ambiguous, Err(AppError::Unprocessable { field: "account", .. })));
    let named = NewToken { account: Some("BOB".to_owned()), ..new("b") };
    let (_, token) = app.accounts.create_token(named, Some("ann")).await.unwrap();
    assert_eq!(token.account.as_deref(), Some("bob"));
}

/// Also while the token is in the cache.
#[tokio::test]
async fn a_token_may_never_do_more_than_its_account() {
    let (_dir, app) = app().await;
    add_account(&app, "bob").await;
    let admin = NewToken { role: Role::Admin, ..new("robot") };
    let (secret, token) = app.accounts.create_token(admin.clone(), Some("ann")).await.unwrap();
    assert_eq!(token.effective_role, Role::Admin);
    for (of_account, expected) in [(Role::Viewer, Role::Viewer), (Role::Admin, Role::Admin)] {
        let patch = UserPatch { role: Some(of_account), password: None };
        app.accounts.change_user("ann", patch).await.unwrap();
        let session = app.accounts.identify(&secret).await.unwrap().unwrap();
        assert_eq!(session.role, expected);
        let listed = app.accounts.tokens().await.unwrap().remove(0);
        assert_eq!((listed.role, listed.effective_role), (Role::Admin, expected));
    }
    let viewer = UserPatch { role: Some(Role::Viewer), password: None };
    app.accounts.change_user("ann", viewer).await.unwrap();
    let above = NewToken { name: "other".to_owned(), ..admin };
    let above = app.accounts.create_token(above, Some("ann")).await;
    assert!(matches!(above, Err(AppError::Unprocessable { field: "role", .. })));
    app.accounts.remove_user("ann").await.unwrap();
    assert_eq!(app.accounts.identify(&secret).await.unwrap(), None);
}
