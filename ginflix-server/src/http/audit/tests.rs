use ginflix_api::account::{NewUser, Role};

use super::*;
use crate::accounts::secret::Secret;
use crate::app::App;
use crate::catalog::store::{Credential, CredentialKind};
use crate::http::routes::routes;
use crate::http::test_request::{CLIENT, request};
use crate::test_wait::until_async;

async fn admin(app: &App) -> String {
    let secret = Secret::random().unwrap();
    let credential = Credential {
        secret_sha256: secret.sha256(),
        kind: CredentialKind::Token,
        name: "ops".to_owned(),
        account: None,
        account_role: None,
        role: Role::Admin,
        created_at: crate::clock::now(),
        expires_at: None,
        browser: None,
        used_at: None,
    };
    app.catalog.store().put_credential(&credential).await.unwrap();
    format!("Bearer {}", secret.reveal())
}

/// Returns action, target and account of all entries, the latest first.
async fn log(app: &App) -> Vec<(String, String, String)> {
    let entries = app.audit.entries(&AuditQuery::default()).await.unwrap().items;
    assert!(entries.iter().all(|entry| entry.client == CLIENT));
    entries.into_iter().map(|entry| (entry.action, entry.target, entry.who)).collect()
}

fn line(action: &str, target: &str, who: &str) -> (String, String, String) {
    (action.to_owned(), target.to_owned(), who.to_owned())
}

#[tokio::test]
async fn changes_are_audited_and_nothing_else() {
    let (_dir, app) = App::in_temp_dir().await;
    let (site, token) = (routes(&app), admin(&app).await);
    let body = r#"{"name":"ann","role":"admin","password":"correct horse"}"#;
    let send = async |method: &str, path: &str, body: &str| {
        let request = request(method, path).header("authorization", &token);
        request.body(body).reply(&site).await.status().as_u16()
    };
    assert_eq!(send("POST", "/api/v1/users", body).await, 201);
    assert_eq!(send("POST", "/api/v1/users", body).await, 409); // changed nothing
    assert_eq!(send("GET", "/api/v1/users", "").await, 200);
    let token_body = r#"{"name":"backup","role":"viewer"}"#;
    assert_eq!(send("POST", "/api/v1/tokens", token_body).await, 201);
    assert_eq!(send("DELETE", "/api/v1/tokens/backup", "").await, 204);
    let stranger = request("DELETE", "/api/v1/users/ann").reply(&site).await;
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);
    let login = request("POST", "/api/v1/session");
    let login = login.body(r#"{"name":"ann","password":"correct horse"}"#).reply(&site).await;
    assert_eq!(login.status(), StatusCode::CREATED);
    // A log-out without a session changes nothing.
    request("DELETE", "/api/v1/session").reply(&site).await;
    let expected = [
        line("session.log_in", "/api/v1/session", "ann"),
        line("tokens.revoke", "/api/v1/tokens/backup", "ops"),
        line("tokens.create", "/api/v1/tokens/backup", "ops"),
        line("users.create", "/api/v1/users/ann", "ops"),
    ];
    assert_eq!(log(&app).await, expected);
}

#[tokio::test]
async fn a_change_whose_client_disconnects_is_audited_too() {
    let (_dir, app) = App::in_temp_dir().await;
    let new = NewUser { name: "ann".into(), role: Role::Admin, password: "correct horse".into() };
    app.accounts.create_user(new).await.unwrap();
    let (site, token) = (routes(&app), admin(&app).await);
    // After this request, the credential is cached, so that its look-up does not wait.
    let first = request("GET", "/api/v1/users").header("authorization", &token).reply(&site);
    assert_eq!(first.await.status(), StatusCode::OK);
    let patch = request("PATCH", "/api/v1/users/ann").header("authorization", token);
    let patch = patch.body(r#"{"password":"battery staple"}"#);
    let mut pending = Box::pin(patch.reply(&site));
    // The first wait is for the entry that is written before the change.
    assert!(futures_util::poll!(&mut pending).is_pending());
    drop(pending);
    let mut entry = None;
    until_async("the entry to be written", async || {
        entry = app.audit.entries(&AuditQuery::default()).await.unwrap().items.into_iter().next();
        entry.is_some()
    })
    .await;
    let entry = entry.unwrap();
    assert!(!entry.answered);
    assert_eq!((entry.action.as_str(), entry.who.as_str()), ("users.change", "ops"));
}

#[tokio::test]
async fn an_entry_is_written_before_its_change() {
    let (_dir, app) = App::in_temp_dir().await;
    let site = routes(&app);
    let mut guard = AuditGuard {
        audit: app.audit.clone(),
        pending: Some(entry("movies.add")),
        is_per_chunk: false,
        is_begun: false,
    };
    guard.begin().await;
    // A crash neither finishes nor drops the guard.
    std::mem::forget(guard);
    let entries = app.audit.entries(&AuditQuery::default()).await.unwrap().items;
    assert_eq!(entries.iter().map(|entry| entry.answered).collect::<Vec<_>>(), [false]);
    // The entry of a rejected change is deleted.
    let token = admin(&app).await;
    let rejected = request("DELETE", "/api/v1/users/nobody").header("authorization", token);
    assert_eq!(rejected.reply(&site).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(app.audit.entries(&AuditQuery::default()).await.unwrap().items, entries);
}

fn entry(action: &str) -> AuditEntry {
    let (id, at) = new_entry_id();
    AuditEntry {
        id,
        at,
        who: "ann".to_owned(),
        is_token: false,
        account: None,
        action: action.to_owned(),
        target: "/".to_owned(),
        client: CLIENT,
        request_id: String::new(),
        answered: false,
    }
}

#[tokio::test]
async fn pages_follow_their_cursors_and_since() {
    let (_dir, app) = App::in_temp_dir().await;
    let mut ids = Vec::new();
    for n in 0..5 {
        let entry = entry(&format!("movies.add{n}"));
        ids.insert(0, entry.id);
        app.audit.record(entry).await;
    }
    let mut query = AuditQuery { limit: Some(2), ..AuditQuery::default() };
    let mut seen = Vec::new();
    loop {
        let page = app.audit.entries(&query).await.unwrap();
        seen.extend(page.items.iter().map(|entry| entry.id));
        match page.next_cursor {
            Some(cursor) => query.cursor = Some(cursor),
            None => break,
        }
    }
    assert_eq!(seen, ids);
    let future = Some(crate::clock::now() + jiff::SignedDuration::from_hours(1));
    let since = AuditQuery { since: future, ..AuditQuery::default() };
    assert!(app.audit.entries(&since).await.unwrap().items.is_empty());
    let foreign = AuditQuery { cursor: Some("x".to_owned()), ..AuditQuery::default() };
    assert!(matches!(app.audit.entries(&foreign).await, Err(AppError::Invalid { .. })));
}
