//! Accounts, tokens, links and the audit log, managed with the command and over HTTP.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use ginflix_api::error::ErrorCode;
use ginflix_api::paths;
use ginflix_tests::cli::{Cli, Outcome};
use ginflix_tests::http::{client, expect_error};
use ginflix_tests::server::{Server, TOKEN};
use reqwest::Method;
use serde_json::{Value, json};

/// An administrator who manages a server with the command.
struct Manager {
    cli: Cli,
    url: String,
}

impl Manager {
    fn of(server: &Server) -> Self {
        Self { cli: Cli::new(), url: server.url("") }
    }

    fn run(&self, args: &[&str]) -> Outcome {
        self.cli.run_with(args, &[("GINFLIX_SERVER", &self.url), ("GINFLIX_TOKEN", TOKEN)])
    }

    fn json(&self, args: &[&str]) -> Value {
        let outcome = self.run(&[args, &["-o", "json"]].concat()).expect_success();
        serde_json::from_str(&outcome.stdout).unwrap()
    }

    /// Runs a command that reads a password from standard input, and returns its exit code.
    fn run_with_password(&self, args: &[&str], password: &str) -> i32 {
        let mut command = self.cli.command(args);
        command.env("GINFLIX_SERVER", &self.url).env("GINFLIX_TOKEN", TOKEN);
        let output = command.arg("--password-stdin").write_stdin(format!("{password}\n")).output();
        output.unwrap().status.code().unwrap()
    }
}

/// Logs in and returns the token of the session, or `None` if the password is wrong.
async fn log_in(server: &Server, name: &str, password: &str) -> Option<String> {
    let login = json!({ "name": name, "password": password });
    let request = server.anonymous(Method::POST, paths::SESSION).json(&login);
    let response = request.send().await.unwrap();
    if response.status() == 401 {
        return None;
    }
    Some(response.json::<Value>().await.unwrap()["token"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn an_account_is_added_changed_and_removed() {
    let server = Server::start();
    let manager = Manager::of(&server);
    assert_eq!(manager.run_with_password(&["user", "add", "ann@films.example"], "ninechars"), 1);
    assert_eq!(manager.run_with_password(&["user", "add", "ann@films.example"], "iloveyou2023"), 1);
    assert_eq!(
        manager.run_with_password(&["user", "add", "ann@films.example"], "correct horse"),
        0
    );
    assert_eq!(
        manager.run_with_password(&["user", "add", "ann@films.example"], "correct horse"),
        5
    );
    let session = log_in(&server, "ann@films.example", "correct horse").await.unwrap();
    let as_ann = |method, path: &str| server.anonymous(method, path).bearer_auth(&session);
    expect_error(as_ann(Method::GET, paths::USERS), 403, ErrorCode::Forbidden).await;
    let users = manager.json(&["user", "list"]);
    let names: Vec<&str> =
        users.as_array().unwrap().iter().map(|user| user["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["admin", "ann@films.example"]);

    assert_eq!(
        manager.run_with_password(&["user", "passwd", "ann@films.example"], "annfilmsexample"),
        1
    );
    assert_eq!(
        manager.run_with_password(&["user", "passwd", "ann@films.example"], "battery staple"),
        0
    );
    expect_error(as_ann(Method::GET, paths::SESSION), 401, ErrorCode::Unauthenticated).await;
    assert_eq!(log_in(&server, "ann@films.example", "correct horse").await, None);
    manager.run(&["user", "role", "ann@films.example", "admin"]).expect_success();
    let session = log_in(&server, "ann@films.example", "battery staple").await.unwrap();
    let users = server.anonymous(Method::GET, paths::USERS).bearer_auth(&session);
    assert_eq!(users.send().await.unwrap().status(), 200);

    manager.run(&["user", "remove", "admin"]).expect_failure(2).expect_stderr("--yes");
    manager.run(&["user", "remove", "admin", "--yes"]).expect_success();
    manager
        .run(&["user", "remove", "ann@films.example", "--yes"])
        .expect_failure(5)
        .expect_stderr("last");
    manager.run(&["user", "remove", "nobody", "--yes"]).expect_failure(3);
    for secret in ["correct horse", "battery staple", &session] {
        assert!(!server.log().contains(secret));
    }
}

#[tokio::test]
async fn names_of_accounts_compare_without_case() {
    let server = Server::start();
    let manager = Manager::of(&server);
    assert_eq!(manager.run_with_password(&["user", "add", "anna"], "correct horse"), 0);
    assert!(log_in(&server, "ANNA", "correct horse").await.is_some());
    assert_eq!(manager.run_with_password(&["user", "add", "Anna"], "correct horse"), 5);
    manager.run(&["user", "role", "aNNa", "admin"]).expect_success();
    // Five wrong passwords are too many, whatever the case of the name.
    for name in ["anna", "Anna", "ANNA", "aNNa", "annA"] {
        assert_eq!(log_in(&server, name, "wrong password").await, None);
    }
    let login = json!({ "name": "AnnA", "password": "correct horse" });
    let login = server.anonymous(Method::POST, paths::SESSION).json(&login);
    expect_error(login, 429, ErrorCode::TooManyRequests).await;
}

#[tokio::test]
async fn earlier_accounts_that_differ_only_in_case_stay_and_are_named() {
    let mut server = Server::start();
    let manager = Manager::of(&server);
    assert_eq!(manager.run_with_password(&["user", "add", "anna"], "correct horse"), 0);
    assert_eq!(manager.run_with_password(&["user", "add", "zoe"], "battery staple"), 0);
    server.stop();
    // An earlier version could have created it.
    let catalogue = rusqlite::Connection::open(server.volume().join("catalog.db")).unwrap();
    let rename = "UPDATE accounts SET name = 'Anna', name_key = NULL WHERE name = 'zoe'";
    catalogue.execute(rename, []).unwrap();
    drop(catalogue);
    server.start_again();
    server.log_with("Anna, anna");
    assert!(log_in(&server, "anna", "correct horse").await.is_some());
    assert!(log_in(&server, "Anna", "battery staple").await.is_some());
    assert!(log_in(&server, "ANNA", "correct horse").await.is_some());
    let manager = Manager::of(&server);
    manager.run(&["user", "remove", "anna", "--yes"]).expect_success();
    assert!(log_in(&server, "ANNA", "battery staple").await.is_some());
}

#[tokio::test]
async fn a_token_is_created_listed_and_revoked() {
    let server = Server::start();
    let manager = Manager::of(&server);
    let token =
        manager.json(&["token", "create", "backup", "--role", "viewer", "--expires", "90d"]);
    let secret = token["token"].as_str().unwrap();
    assert_eq!(token["role"], "viewer");
    let with_token = |path: &str| server.anonymous(Method::GET, path).bearer_auth(secret);
    assert_eq!(with_token(paths::SESSION).send().await.unwrap().status(), 200);
    expect_error(with_token(paths::TOKENS), 403, ErrorCode::Forbidden).await;
    manager.run(&["token", "create", "backup"]).expect_failure(5);
    let listed = manager.run(&["token", "list"]).expect_success();
    assert!(listed.stdout.contains("backup"));
    assert!(!listed.stdout.contains(secret));
    let printed = manager.run(&["token", "create", "ci"]).expect_success();
    let ci = printed.stdout.trim_end();
    let status = server.anonymous(Method::GET, paths::SESSION).bearer_auth(ci);
    assert_eq!(
        status.send().await.unwrap().status(),
        200,
        "standard output is not the token alone: {ci}"
    );
    manager.run(&["token", "revoke", "backup"]).expect_success();
    expect_error(with_token(paths::SESSION), 401, ErrorCode::Unauthenticated).await;
    manager.run(&["token", "revoke", "backup"]).expect_failure(3);
    assert!(!server.log().contains(secret));
}

#[tokio::test]
async fn a_link_plays_its_media_file_on_a_private_cluster() {
    let server = Server::start_with(&["--access", "private"]);
    let manager = Manager::of(&server);
    server.put_media("film.mp4", b"bytes".to_vec()).await;
    server.add_movie("A film", "film.mp4").await;
    for name_or_title in ["film.mp4", "A film"] {
        let link = manager.json(&["link", name_or_title, "--expires", "12h", "--for", "Zoë"]);
        assert_eq!(link["for"], "Zoë");
        let played = client().get(link["url"].as_str().unwrap()).send().await.unwrap();
        assert_eq!(played.bytes().await.unwrap(), "bytes");
        let page = client().get(link["page_url"].as_str().unwrap()).send().await.unwrap();
        assert_eq!(page.status(), 200);
    }
    let printed = |args: &[&str]| manager.run(args).expect_success().stdout.clone();
    assert!(printed(&["link", "film.mp4"]).contains("/watch/film.mp4?"));
    assert!(printed(&["link", "film.mp4", "--file"]).contains("/stream/film.mp4?"));
    manager.run(&["link", "nothing.mp4"]).expect_failure(3);
    manager.run(&["link", "film.mp4", "--expires", "367d"]).expect_failure(1);
}

#[tokio::test]
async fn the_audit_log_has_user_action_and_target() {
    let server = Server::start();
    let manager = Manager::of(&server);
    server.put_media("film.mp4", b"bytes".to_vec()).await;
    let movie = server.add_movie("A film", "film.mp4").await;
    manager.run(&["token", "create", "ci"]).expect_success();
    manager.run(&["link", "film.mp4"]).expect_success();
    let log = manager.json(&["audit"]);
    let lines: Vec<(&str, &str)> = log
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["action"].as_str().unwrap(), entry["target"].as_str().unwrap()))
        .collect();
    let movie = paths::movie(movie.id);
    let expected = [
        ("links.create", "/stream/film.mp4"),
        ("tokens.create", "/api/v1/tokens/ci"),
        ("movies.add", movie.as_str()),
        ("uploads.finish", "/api/v1/media/film.mp4"),
    ];
    assert_eq!(lines[..4], expected);
    assert_eq!((lines[4].0, lines.len()), ("uploads.create", 5));
    for entry in log.as_array().unwrap() {
        assert_eq!((&entry["who"], &entry["is_token"]), (&json!("cluster"), &json!(true)));
        assert_eq!(entry["client"], "127.0.0.1");
    }
    assert_eq!(manager.json(&["audit", "--limit", "2"]).as_array().unwrap().len(), 2);
    assert_eq!(manager.json(&["audit", "--since", "9999-01-01"]), json!([]));
    let outcome = manager.cli.run_with(
        &["audit"],
        &[("GINFLIX_SERVER", &manager.url), ("GINFLIX_TOKEN", TOKEN), ("COLUMNS", "80")],
    );
    let widest = outcome.expect_success().stdout.lines().map(|line| line.chars().count()).max();
    assert!(widest.unwrap() <= 80, "{widest:?}");
}

#[tokio::test]
async fn a_cluster_that_was_started_private_stays_private() {
    let cli = Cli::new();
    let status = async || {
        let url = cli.json(&["cluster", "status"])["url"].as_str().unwrap().to_owned();
        client().get(format!("{url}api/v1/movies")).send().await.unwrap().status().as_u16()
    };
    let up = ["cluster", "up", "--provider", "local", "--port", "0"];
    cli.run(&[&up[..], &["--access", "private"]].concat()).expect_success();
    assert_eq!(status().await, 401);
    cli.run(&["cluster", "up", "--access", "public"])
        .expect_success()
        .expect_stderr("other settings");
    cli.run(&["cluster", "down"]).expect_success();
    cli.run(&up).expect_success();
    assert_eq!(status().await, 401);
    // The command uses the token of the cluster.
    cli.run(&["movie", "list"]).expect_success();
    cli.run(&["cluster", "down"]).expect_success();
    cli.run(&[&up[..], &["--access", "public"]].concat()).expect_success();
    assert_eq!(status().await, 200);
}
