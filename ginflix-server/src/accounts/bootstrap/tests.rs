use super::*;
use crate::accounts::priority_semaphore::Priority;
use crate::app::App;

fn write(dir: &tempfile::TempDir, text: &str) -> PathBuf {
    let path = dir.path().join("secret");
    std::fs::write(&path, text).unwrap();
    path
}

#[tokio::test]
async fn the_first_account_is_created_once() {
    let (dir, app) = App::in_temp_dir().await;
    let file = write(&dir, "correct horse\n");
    app.accounts.ensure_admin(&file).await.unwrap();
    let admin = app.catalog.store().account(ADMIN_ACCOUNT).await.unwrap();
    assert_eq!(admin.role, Role::Admin);
    let right = app.accounts.passwords.verify(
        "correct horse".into(),
        Some(admin.password_hash),
        Priority::High,
    );
    assert!(right.await.unwrap());

    app.accounts.ensure_admin(&write(&dir, "another horse")).await.unwrap();
    std::fs::remove_file(&file).unwrap();
    app.accounts.ensure_admin(&file).await.unwrap();
    let admin = app.catalog.store().account(ADMIN_ACCOUNT).await.unwrap();
    let first = app.accounts.passwords.verify(
        "correct horse".into(),
        Some(admin.password_hash),
        Priority::High,
    );
    assert!(first.await.unwrap());
}

#[tokio::test]
async fn an_unusable_file_is_named() {
    let (dir, app) = App::in_temp_dir().await;
    let missing = dir.path().join("missing");
    for wrong in [
        app.accounts.ensure_admin(&missing).await,
        app.accounts.ensure_token(&missing).await,
        app.accounts.ensure_admin(&write(&dir, "short\n")).await,
        app.accounts.ensure_token(&write(&dir, "too-short\n")).await,
        app.accounts.ensure_token(&write(&dir, "")).await,
    ] {
        let text = wrong.unwrap_err().to_string();
        assert!(text.contains(dir.path().to_str().unwrap()), "{text}");
        assert!(!text.contains("short\n"), "{text}");
    }
}

#[tokio::test]
async fn the_token_of_the_cluster_is_the_one_in_the_file() {
    let (dir, app) = App::in_temp_dir().await;
    let (old, new) = (Secret::random().unwrap(), Secret::random().unwrap());
    for _ in 0..2 {
        app.accounts.ensure_token(&write(&dir, &format!("{}\n", old.reveal()))).await.unwrap();
    }
    let session = app.accounts.identify(&old).await.unwrap().unwrap();
    assert_eq!((session.name.as_str(), session.role), (CLUSTER_TOKEN, Role::Admin));
    assert_eq!(session.expires_at, None);
    // Logging out does not revoke it.
    assert!(matches!(app.accounts.log_out(&old).await, Err(AppError::Conflict(_))));

    app.accounts.ensure_token(&write(&dir, new.reveal())).await.unwrap();
    assert!(app.accounts.identify(&new).await.unwrap().is_some());
    assert!(app.catalog.store().credential(&old.sha256()).await.is_err());
}
