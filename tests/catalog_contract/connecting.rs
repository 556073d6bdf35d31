//! Connections to PostgreSQL: a server that starts late, missing rights, and TLS.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use ginflix_api::movie::MovieQuery;
use ginflix_server::catalog::open;
use ginflix_server::catalog::postgres::PostgresStore;
use ginflix_server::catalog::store::{CatalogStore, StoreError};
use ginflix_server::config::Database;
use ginflix_tests::postgres::{self, Postgres};

use crate::samples::{movie, write};

#[tokio::test]
async fn a_database_that_starts_late_is_waited_for() {
    let cluster = postgres::shared();
    cluster.create_database_named("late", None).await;
    let directory = tempfile::tempdir().unwrap();
    let late = directory.path().join("late");
    let url = postgres::url(&late, postgres::DEFAULT_PORT, "late");
    let without_wait = PostgresStore::open(&url, Duration::ZERO).await;
    assert!(matches!(without_wait, Err(StoreError::Unavailable(_))));
    // The first attempt fails, because the link to the socket does not exist yet.
    let (opened, ()) = tokio::join!(PostgresStore::open(&url, Duration::from_secs(60)), async {
        std::os::unix::fs::symlink(cluster.socket_folder(), &late).unwrap();
    });
    opened.unwrap().ping().await.unwrap();
}

#[tokio::test]
async fn a_wrong_name_is_not_waited_for() {
    let url = postgres::shared().url("no_such_database");
    let start = Instant::now();
    let refused = PostgresStore::open(&url, Duration::from_secs(60)).await.err().unwrap();
    assert!(refused.to_string().contains("no_such_database"), "{refused}");
    assert!(start.elapsed() < Duration::from_secs(30));
}

/// The role may not create extensions, so there is no `pg_trgm`.
#[tokio::test]
async fn words_are_corrected_without_the_extension_too() {
    let cluster = postgres::shared();
    cluster.create_database_named("poor", None).await;
    let url = cluster.url("poor");
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let role = "CREATE ROLE poor LOGIN; GRANT CREATE ON SCHEMA public TO poor";
    client.batch_execute(role).await.unwrap();
    let settings = Database::Postgres(url.replace("ginflix@", "poor@"));
    let catalog = open::open(&settings).await.unwrap();
    write(catalog.store().as_ref(), &[movie("The Matrix"), movie("Zeppelin")]).await;
    let query = MovieQuery { q: Some("matirx".to_owned()), ..MovieQuery::default() };
    assert_eq!(catalog.movies(&query).await.unwrap().items[0].title, "The Matrix");
    let has_extension = "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm')";
    assert!(!client.query_one(has_extension, &[]).await.unwrap().get::<_, bool>(0));
}

#[tokio::test]
async fn an_error_does_not_contain_the_password() {
    for url in ["postgres://u:hunter2@[", "postgres://u:hunter2@127.0.0.1:1/x"] {
        let refused = PostgresStore::open(url, Duration::ZERO).await.err().unwrap();
        assert!(!refused.to_string().contains("hunter2"), "{refused}");
    }
}

#[tokio::test]
async fn tls_verifies_the_server() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let cluster = Postgres::start(Some(port));
    let cert = cluster.socket_folder().join("cert.pem");
    let cert = cert.to_str().unwrap();
    let open = async |host: &str, query: &str| {
        let url = format!("postgres://ginflix@{host}:{port}/postgres?{query}");
        PostgresStore::open(&url, Duration::ZERO).await
    };
    let store =
        open("localhost", &format!("sslmode=verify-full&sslrootcert={cert}")).await.unwrap();
    store.ping().await.unwrap();
    assert_eq!(encrypted(&cluster).await, (true, false));
    // A name that is not in the certificate, and an issuer that is not trusted.
    for (host, query) in
        [("127.0.0.1", format!("sslrootcert={cert}")), ("localhost", "sslmode=require".to_owned())]
    {
        let refused = open(host, &query).await;
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{host} {query}");
    }
    let plain = open("localhost", "sslmode=disable").await.unwrap();
    plain.ping().await.unwrap();
    assert_eq!(encrypted(&cluster).await, (true, true));
}

/// Returns whether there are connections of stores with TLS, and without. Their number is not
/// fixed.
async fn encrypted(cluster: &Postgres) -> (bool, bool) {
    let url = cluster.url("postgres");
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let sql = "SELECT bool_or(s.ssl), bool_or(NOT s.ssl) \
        FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) \
        WHERE a.application_name = 'ginflix'";
    let row = client.query_one(sql, &[]).await.unwrap();
    (row.get(0), row.get(1))
}
