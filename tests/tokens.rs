//! API tokens: the account that each belongs to, the least right by default, and their end.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use std::time::Duration;

use ginflix_api::error::ErrorCode;
use ginflix_api::paths;
use ginflix_tests::cli::Cli;
use ginflix_tests::http::expect_error;
use ginflix_tests::server::{Server, TOKEN};
use ginflix_tests::{postgres, wait};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};

const PASSWORD: &str = "seven-violet-lanterns";

/// How long a change of an account may take until other servers know it, on a busy machine.
const SPREAD_TIMEOUT: Duration = Duration::from_secs(20);

/// Sends JSON as an administrator with this credential; the response must have the status.
async fn send(
    server: &Server,
    credential: &str,
    (method, path): (Method, &str),
    body: Value,
    status: u16,
) -> Value {
    let request = server.anonymous(method, path).bearer_auth(credential).json(&body);
    let response = request.send().await.unwrap();
    let (actual, text) = (response.status(), response.text().await.unwrap());
    assert_eq!(actual, status, "{path}: {text}");
    serde_json::from_str(&text).unwrap_or_default()
}

/// Creates an account with [`PASSWORD`].
async fn add_account(server: &Server, name: &str, role: &str) {
    let body = json!({ "name": name, "role": role, "password": PASSWORD });
    send(server, TOKEN, (Method::POST, paths::USERS), body, 201).await;
}

/// Changes the role of an account.
async fn set_role(server: &Server, name: &str, role: &str) {
    send(server, TOKEN, (Method::PATCH, &paths::user(name)), json!({ "role": role }), 200).await;
}

/// Logs in with [`PASSWORD`], and returns the session.
async fn log_in(server: &Server, name: &str) -> String {
    let body = json!({ "name": name, "password": PASSWORD });
    let login = server.anonymous(Method::POST, paths::SESSION).json(&body);
    let session: Value = login.send().await.unwrap().json().await.unwrap();
    session["token"].as_str().unwrap().to_owned()
}

/// Creates a token with this credential, and returns it with its secret.
async fn create_token(server: &Server, credential: &str, body: Value) -> (String, Value) {
    let created = send(server, credential, (Method::POST, paths::TOKENS), body, 201).await;
    (created["token"].as_str().unwrap().to_owned(), created)
}

/// Lists the accounts, which only administrators may do, and returns the status.
async fn list_accounts(server: &Server, credential: &str) -> u16 {
    let request = server.anonymous(Method::GET, paths::USERS).bearer_auth(credential);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_token_loses_what_its_account_loses_on_every_server_at_once() {
    let url = postgres::shared().create_database(None).await;
    let first = Server::start_with(&["--database-url", &url]);
    let second = Server::start_with(&["--database-url", &url]);
    add_account(&first, "ann", "admin").await;
    let session = log_in(&first, "ann").await;
    let new = json!({ "name": "robot", "role": "admin" });
    let (robot, created) = create_token(&first, &session, new).await;
    // The second server has it in its cache.
    assert_eq!(
        (list_accounts(&first, &robot).await, list_accounts(&second, &robot).await),
        (200, 200)
    );
    set_role(&first, "ann", "viewer").await;
    assert_eq!(list_accounts(&first, &robot).await, 403);
    let becomes = async |status: u16| {
        wait::until_async(SPREAD_TIMEOUT, "the second server to know the change", async || {
            (list_accounts(&second, &robot).await == status).then_some(())
        })
        .await;
    };
    becomes(403).await;
    set_role(&first, "ann", "admin").await;
    assert_eq!(list_accounts(&first, &robot).await, 200);
    assert_eq!(created["account"], "ann");
    let path = paths::user("ann");
    send(&first, TOKEN, (Method::DELETE, &path), Value::Null, 204).await;
    assert_eq!(list_accounts(&first, &robot).await, 401);
    becomes(401).await;
    let tokens = first.json(paths::TOKENS).await;
    let names: Vec<_> = tokens["items"].as_array().unwrap().iter().map(|t| &t["name"]).collect();
    assert_eq!(names, ["cluster"]);
}

#[tokio::test]
async fn a_new_token_may_watch_and_expires_after_90_days() {
    let server = Server::start();
    let (_, token) = create_token(&server, TOKEN, json!({ "name": "default" })).await;
    assert_eq!(token["role"], "viewer");
    assert_eq!(token["account"], "admin");
    let end: Timestamp = token["expires_at"].as_str().unwrap().parse().unwrap();
    let days = end.duration_since(Timestamp::now() + SignedDuration::from_mins(1));
    assert_eq!(days.as_hours() / 24, 89);
    let forever = json!({ "name": "forever", "expires_at": null });
    assert_eq!(create_token(&server, TOKEN, forever).await.1["expires_at"], Value::Null);
}

#[tokio::test]
async fn a_token_belongs_to_the_account_that_creates_it_or_that_is_named() {
    let server = Server::start();
    add_account(&server, "ann", "admin").await;
    add_account(&server, "eve", "viewer").await;
    let session = log_in(&server, "ann").await;
    let owner = async |credential: &str, body: Value| {
        create_token(&server, credential, body).await.1["account"].clone()
    };
    assert_eq!(owner(&session, json!({ "name": "a" })).await, "ann");
    assert_eq!(owner(&session, json!({ "name": "b", "account": "eve" })).await, "eve");
    assert_eq!(owner(TOKEN, json!({ "name": "c", "account": "ann" })).await, "ann");
    // A token of an account creates tokens of that account.
    let new = json!({ "name": "d", "role": "admin" });
    let (secret, _) = create_token(&server, &session, new).await;
    assert_eq!(owner(&secret, json!({ "name": "e" })).await, "ann");
    for (body, why) in [
        (json!({ "name": "f" }), "--user"),
        (json!({ "name": "f", "account": "bob" }), "bob"),
        (json!({ "name": "f", "account": "eve", "role": "admin" }), "eve"),
    ] {
        let request = server.admin(Method::POST, paths::TOKENS).json(&body);
        let message = expect_error(request, 422, ErrorCode::Invalid).await;
        assert!(message.contains(why), "{body}: {message}");
    }
    let reserved = json!({ "name": "cluster", "account": "ann" });
    let reserved = server.admin(Method::POST, paths::TOKENS).json(&reserved);
    expect_error(reserved, 400, ErrorCode::Invalid).await;
}

#[tokio::test]
async fn lists_and_the_audit_log_name_the_account_of_a_token() {
    let server = Server::start();
    add_account(&server, "ann", "admin").await;
    let session = log_in(&server, "ann").await;
    let new = json!({ "name": "robot", "role": "admin" });
    let (robot, _) = create_token(&server, &session, new).await;
    let user = json!({ "name": "eve", "role": "viewer", "password": PASSWORD });
    send(&server, &robot, (Method::POST, paths::USERS), user, 201).await;
    let entry = server.json(paths::AUDIT).await["items"][0].clone();
    assert_eq!((&entry["who"], &entry["is_token"]), (&json!("robot"), &json!(true)));
    assert_eq!(entry["account"], "ann");
    let (cli, url) = (Cli::new(), server.url(""));
    let run = |args: &[&str]| {
        let env = [("GINFLIX_SERVER", url.as_str()), ("GINFLIX_TOKEN", TOKEN)];
        cli.run_with(args, &env).expect_success()
    };
    let line = |text: &str, with: &str| {
        let found = text.lines().find(|line| line.contains(with));
        found.map(str::to_owned).unwrap_or_default()
    };
    let audit = run(&["audit"]).stdout;
    let line_of_eve = line(&audit, "/users/eve");
    assert!(line_of_eve.contains("token robot of ann"), "{audit}");
    run(&["token", "create", "tv", "--user", "eve", "--expires", "never"]);
    let tokens = run(&["token", "list"]).stdout;
    assert!(line(&tokens, "robot").contains("ann"), "{tokens}");
    assert!(line(&tokens, "tv").contains("never"), "{tokens}");
    assert!(line(&tokens, "cluster").contains("the cluster"), "{tokens}");
}
