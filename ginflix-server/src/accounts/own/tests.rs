use std::net::Ipv4Addr;

use ginflix_api::account::{Login, NewUser, Role};

use super::*;
use crate::accounts::secret::Secret;
use crate::app::App;

const PASSWORD: &str = "correct horse";
const NEW_PASSWORD: &str = "battery staple";
const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// Creates an app with the accounts `ann` and `bob`.
async fn app() -> (tempfile::TempDir, App) {
    let (dir, app) = App::in_temp_dir().await;
    for name in ["ann", "bob"] {
        let (name, password) = (name.to_owned(), PASSWORD.to_owned());
        app.accounts.create_user(NewUser { name, role: Role::Viewer, password }).await.unwrap();
    }
    (dir, app)
}

async fn log_in(app: &App, name: &str) -> Secret {
    let login = Login { name: name.to_owned(), password: PASSWORD.to_owned() };
    app.accounts.log_in(login, CLIENT, FIREFOX).await.unwrap().0
}

fn session<'a>(account: &'a str, secret: &Secret) -> CurrentSession<'a> {
    CurrentSession { account, secret_sha256: secret.sha256() }
}

fn change(current: &str, new: &str) -> PasswordChange {
    PasswordChange { current_password: current.to_owned(), new_password: new.to_owned() }
}

async fn is_valid(app: &App, secret: &Secret) -> bool {
    app.accounts.identify(secret).await.unwrap().is_some()
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_only() {
    let (_dir, app) = app().await;
    let (here, there, bob) =
        (log_in(&app, "ann").await, log_in(&app, "ann").await, log_in(&app, "bob").await);
    for secret in [&here, &there, &bob] {
        assert!(is_valid(&app, secret).await);
    }
    let ann = session("ann", &here);
    let changed =
        app.accounts.change_own_password(ann, change(PASSWORD, NEW_PASSWORD), CLIENT).await;
    changed.unwrap();
    assert!(is_valid(&app, &here).await);
    assert!(!is_valid(&app, &there).await);
    assert!(is_valid(&app, &bob).await);
    let again =
        app.accounts.change_own_password(ann, change(PASSWORD, "another staple"), CLIENT).await;
    assert!(matches!(again, Err(AppError::Forbidden(_))), "{again:?}");
}

#[tokio::test]
async fn a_wrong_or_weak_password_changes_nothing() {
    let (_dir, app) = app().await;
    let (here, there) = (log_in(&app, "ann").await, log_in(&app, "ann").await);
    let ann = session("ann", &here);
    let wrong = app.accounts.change_own_password(ann, change("wrong", NEW_PASSWORD), CLIENT).await;
    assert!(matches!(wrong, Err(AppError::Forbidden(_))), "{wrong:?}");
    let weak = app.accounts.change_own_password(ann, change(PASSWORD, "password12"), CLIENT).await;
    assert!(matches!(weak, Err(AppError::Invalid { field: "password", .. })), "{weak:?}");
    assert!(is_valid(&app, &there).await);
    log_in(&app, "ann").await;
}

#[tokio::test]
async fn guesses_of_the_current_password_are_limited() {
    let (_dir, app) = app().await;
    let here = log_in(&app, "ann").await;
    let ann = session("ann", &here);
    for _ in 0..5 {
        let wrong =
            app.accounts.change_own_password(ann, change("wrong", NEW_PASSWORD), CLIENT).await;
        assert!(matches!(wrong, Err(AppError::Forbidden(_))), "{wrong:?}");
    }
    let right = app.accounts.change_own_password(ann, change(PASSWORD, NEW_PASSWORD), CLIENT).await;
    assert!(matches!(right, Err(AppError::TooManyRequests { .. })), "{right:?}");
}

#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_own_account_only() {
    let (_dir, app) = app().await;
    let (here, there, bob) =
        (log_in(&app, "ann").await, log_in(&app, "ann").await, log_in(&app, "bob").await);
    let ann = session("ann", &here);
    let listed = app.accounts.own_sessions(ann).await.unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(listed.iter().filter(|session| session.is_current).count(), 1);
    assert!(listed.iter().all(|session| session.browser.as_deref() == Some("Firefox on Linux")));
    let other = listed.iter().find(|session| !session.is_current).unwrap().id;
    let foreign = app.accounts.end_own_session("bob", other).await;
    assert!(matches!(foreign, Err(AppError::NotFound(_))), "{foreign:?}");
    assert!(is_valid(&app, &there).await);
    app.accounts.end_own_session("ann", other).await.unwrap();
    assert!(!is_valid(&app, &there).await);
    log_in(&app, "ann").await;
    app.accounts.end_other_sessions(ann).await.unwrap();
    let left = app.accounts.own_sessions(ann).await.unwrap();
    assert_eq!(left.iter().map(|session| session.is_current).collect::<Vec<_>>(), [true]);
    assert!(is_valid(&app, &bob).await);
}

#[tokio::test]
async fn the_last_use_of_an_old_session_is_stored() {
    let (_dir, app) = app().await;
    let here = log_in(&app, "ann").await;
    let store = app.catalog.store();
    let fresh = store.credential(&here.sha256()).await.unwrap();
    let created_at = fresh.created_at - jiff::SignedDuration::from_hours(2);
    store.put_credential(&crate::catalog::store::Credential { created_at, ..fresh }).await.unwrap();
    assert!(is_valid(&app, &here).await);
    crate::test_wait::until_async("the last use to be stored", async || {
        store.credential(&here.sha256()).await.unwrap().used_at.is_some()
    })
    .await;
}
