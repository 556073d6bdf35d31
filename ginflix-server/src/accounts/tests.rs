use ginflix_api::account::Role;

use super::*;
use crate::app::App;
use crate::catalog::store::Account;

const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
const PASSWORD: &str = "correct horse";

/// Creates an app where `ann` may log in with [`PASSWORD`].
async fn app() -> (tempfile::TempDir, App) {
    let (dir, app) = App::in_temp_dir().await;
    let password_hash = Passwords::default().hash(PASSWORD.to_owned(), "ann").await.unwrap();
    let ann = Account {
        id: uuid::Uuid::now_v7(),
        name: "ann".to_owned(),
        role: Role::Viewer,
        password_hash,
        created_at: now(),
    };
    app.catalog.store().insert_account(&ann).await.unwrap();
    (dir, app)
}

async fn log_in(app: &App, name: &str, password: &str) -> Result<(Secret, Session), AppError> {
    let login = Login { name: name.to_owned(), password: password.to_owned() };
    app.accounts.log_in(login, CLIENT, "").await
}

#[tokio::test]
async fn a_session_lasts_from_log_in_to_log_out() {
    let (_dir, app) = app().await;
    let (secret, session) = log_in(&app, "ann", PASSWORD).await.unwrap();
    assert_eq!((session.name.as_str(), session.role), ("ann", Role::Viewer));
    let days = session.expires_at.unwrap().duration_since(now()).as_hours();
    assert!((335..=336).contains(&days));
    let (other, _) = log_in(&app, "ann", PASSWORD).await.unwrap();
    // Twice: from the database, then from the cache.
    for _ in 0..2 {
        assert_eq!(app.accounts.identify(&secret).await.unwrap(), Some(session.clone()));
    }
    app.accounts.log_out(&secret).await.unwrap();
    assert_eq!(app.accounts.identify(&secret).await.unwrap(), None);
    assert!(app.accounts.identify(&other).await.unwrap().is_some());
    app.accounts.log_out(&secret).await.unwrap();
}

#[tokio::test]
async fn nothing_tells_a_wrong_name_from_a_wrong_password() {
    let (_dir, app) = app().await;
    let message = async |name: &str, password: &str| {
        log_in(&app, name, password).await.unwrap_err().to_string()
    };
    let wrong = message("ann", "wrong").await;
    assert_eq!(wrong, message("bob", PASSWORD).await);
    assert_eq!(wrong, message(&"x".repeat(LOGIN_NAME_LIMIT_BYTES + 1), PASSWORD).await);
    assert_eq!(wrong, message("ann", "").await);
}

#[tokio::test]
async fn after_five_wrong_passwords_the_right_one_waits_too() {
    let (_dir, app) = app().await;
    for _ in 0..5 {
        let wrong = log_in(&app, "ann", "wrong").await;
        assert!(matches!(wrong, Err(AppError::Unauthenticated(_))));
    }
    let right = log_in(&app, "ann", PASSWORD).await;
    assert!(
        matches!(right, Err(AppError::TooManyRequests { retry_after, .. }) if !retry_after.is_zero())
    );
}

#[tokio::test]
async fn parallel_guesses_gain_nothing() {
    let (_dir, app) = app().await;
    let guesses: Vec<_> = (0..12)
        .map(|_| {
            let app = app.clone();
            tokio::spawn(async move { log_in(&app, "ann", "wrong").await.map(drop) })
        })
        .collect();
    let mut verified = 0;
    for guess in guesses {
        match guess.await.unwrap() {
            Err(AppError::Unauthenticated(_)) => verified += 1,
            other => assert!(matches!(other, Err(AppError::TooManyRequests { .. }))),
        }
    }
    assert_eq!(verified, 5);
}

#[tokio::test]
async fn an_expired_credential_is_invalid_and_gets_deleted() {
    let (_dir, app) = app().await;
    let secret = Secret::random().unwrap();
    let credential = Credential {
        secret_sha256: secret.sha256(),
        kind: CredentialKind::Session,
        name: String::new(),
        account: Some("ann".to_owned()),
        role: Role::Viewer,
        account_role: Some(Role::Viewer),
        created_at: now(),
        expires_at: Some(now() - SignedDuration::from_secs(1)),
        browser: None,
        used_at: None,
    };
    let store = app.catalog.store();
    store.put_credential(&credential).await.unwrap();
    assert_eq!(app.accounts.identify(&secret).await.unwrap(), None);
    assert!(store.credential(&secret.sha256()).await.is_ok());
    // The first cleanup runs at once.
    let deleted = tokio::time::timeout(Duration::from_secs(20), async {
        tokio::select! {
            () = app.accounts.maintain(&app.audit) => {}
            () = async { while store.credential(&secret.sha256()).await.is_ok() {} } => {}
        }
    });
    deleted.await.unwrap();
}

/// Verification takes nearly all of the time, so that its duration does not tell which accounts
/// exist. The dummy hash has the cost of a real one: see `password.rs`.
#[tokio::test]
async fn a_wrong_name_costs_one_verification_as_a_wrong_password_does() {
    let (_dir, app) = App::in_temp_dir().await;
    let new = ginflix_api::account::NewUser {
        name: "ann".to_owned(),
        role: ginflix_api::account::Role::Viewer,
        password: "a password of ann".to_owned(),
    };
    app.accounts.create_user(new).await.unwrap();
    let hash_count =
        || app.accounts.passwords.hash_count.load(std::sync::atomic::Ordering::Relaxed);
    for (name, password) in [("ann", "wrong"), ("nobody", "wrong"), ("", ""), ("ann\0", "wrong")] {
        let before = hash_count();
        let login = Login { name: name.to_owned(), password: password.to_owned() };
        let refused = app.accounts.log_in(login, "192.0.2.1".parse().unwrap(), "").await;
        assert!(matches!(refused, Err(AppError::Unauthenticated(_))), "{name:?}");
        assert_eq!(hash_count() - before, 1, "{name:?}");
    }
}
