//! A server whose database accepts fewer connections than the server wants.

use std::time::Duration;

use futures_util::future::join_all;
use ginflix_api::paths;
use ginflix_tests::postgres::Postgres;
use ginflix_tests::server::Server;
use ginflix_tests::wait;
use reqwest::{Method, StatusCode};
use serde_json::json;

const STATE_TIMEOUT: Duration = Duration::from_secs(60);
/// Requests at the same time: more than the server has connections.
const CLIENTS: usize = 40;

/// Executes statements as the owner of a database.
async fn execute(url: &str, statements: &str) {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    client.batch_execute(statements).await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
}

/// Reads and writes all at once, and returns the status codes of those that failed.
async fn failures(server: &Server, round: u32) -> Vec<u16> {
    let requests = (0..CLIENTS).map(|n| async move {
        // Each list is another one, so that none comes from the cache.
        let list = format!("{}?q=word{round}x{n}", paths::MOVIES);
        let listed = server.anonymous(Method::GET, &list).send().await.unwrap().status();
        let movie = json!({ "title": format!("Film {round} {n}"), "media": "film.mp4" });
        let added = server.admin(Method::POST, paths::MOVIES).json(&movie).send().await;
        [listed, added.unwrap().status()]
    });
    let statuses = join_all(requests).await.into_iter().flatten();
    statuses.filter(|status| !status.is_success()).map(|status| status.as_u16()).collect()
}

async fn serves_with_few_connections(limit: impl Fn(&str) -> String) {
    let cluster = Postgres::start_durable();
    cluster.create_database_named("few", None).await;
    let owner = cluster.url("few");
    execute(&owner, "CREATE ROLE limited LOGIN; GRANT CREATE ON SCHEMA public TO limited").await;
    execute(&owner, &limit("3")).await;
    let url = owner.replace("ginflix@", "limited@");
    let server = Server::start_with(&["--database-url", &url]);
    server.put_media("film.mp4", b"film".to_vec()).await;
    let available = async || {
        let ready = server.anonymous(Method::GET, "/readyz?strict").send().await.unwrap();
        ready.status() == StatusCode::OK
    };
    for round in 0..3 {
        assert_eq!(failures(&server, round).await, [0_u16; 0], "round {round}");
        assert!(available().await);
    }
    let log = server.log();
    assert_eq!(log.matches("PostgreSQL accepts no more connections").count(), 1, "{log}");
    assert!(!log.contains("the database is unavailable"), "{log}");

    // Without any connection the database is unavailable, until there is one again.
    execute(&owner, &limit("0")).await;
    execute(
        &owner,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'limited'",
    )
    .await;
    wait::until_async(STATE_TIMEOUT, "the refusals to be noticed", async || {
        (!available().await).then_some(())
    })
    .await;
    execute(&owner, &limit("3")).await;
    wait::until_async(STATE_TIMEOUT, "the connections to be noticed", async || {
        available().await.then_some(())
    })
    .await;
    assert_eq!(failures(&server, 3).await, [0_u16; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_of_the_role_leaves_reads_and_writes() {
    serves_with_few_connections(|limit| format!("ALTER ROLE limited CONNECTION LIMIT {limit}"))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_of_the_database_leaves_reads_and_writes() {
    serves_with_few_connections(|limit| format!("ALTER DATABASE few CONNECTION LIMIT {limit}"))
        .await;
}

/// Other programs use up `max_connections`, except for what superusers may use.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_of_others_leave_reads_and_writes() {
    let cluster = Postgres::start_with_connections(8);
    cluster.create_database_named("few", None).await;
    let owner = cluster.url("few");
    execute(&owner, "CREATE ROLE limited LOGIN; GRANT CREATE ON SCHEMA public TO limited").await;
    let url = owner.replace("ginflix@", "limited@");
    let server = Server::start_with(&["--database-url", &url]);
    server.put_media("film.mp4", b"film".to_vec()).await;
    let mut others = Vec::new();
    while let Ok((client, connection)) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await
    {
        others.push((client, tokio::spawn(connection)));
    }
    assert!(!others.is_empty());
    assert_eq!(failures(&server, 3).await, [0_u16; 0]);
    let log = server.log();
    assert!(!log.contains("the database is unavailable"), "{log}");
}
