//! What only PostgreSQL can do: not be there.

use std::time::{Duration, Instant};

use ginflix_server::catalog::postgres::PostgresStore;
use ginflix_server::catalog::store::{CatalogStore, StoreError};
use ginflix_tests::postgres;

#[tokio::test]
async fn a_database_that_starts_late_is_waited_for() {
    let cluster = postgres::cluster();
    cluster.create_named("late", None).await;
    let folder = tempfile::tempdir().unwrap();
    let late = folder.path().join("late");
    let url = postgres::url(&late, "late");
    let impatient = PostgresStore::open(&url, Duration::ZERO).await;
    assert!(matches!(impatient, Err(StoreError::Unavailable(_))));
    // The first attempt comes before the link to the socket is made.
    let (opened, ()) = tokio::join!(PostgresStore::open(&url, Duration::from_secs(60)), async {
        std::os::unix::fs::symlink(cluster.socket_folder(), &late).unwrap();
    });
    opened.unwrap().ping().await.unwrap();
}

#[tokio::test]
async fn a_wrong_name_is_not_waited_for() {
    let url = postgres::cluster().url("no_such_database");
    let start = Instant::now();
    let refused = PostgresStore::open(&url, Duration::from_secs(60)).await.err().unwrap();
    assert!(refused.to_string().contains("no_such_database"), "{refused}");
    assert!(start.elapsed() < Duration::from_secs(30));
}

#[tokio::test]
async fn an_error_repeats_no_password() {
    for url in ["postgres://u:hunter2@[", "postgres://u:hunter2@127.0.0.1:1/x"] {
        let refused = PostgresStore::open(url, Duration::ZERO).await.err().unwrap();
        assert!(!refused.to_string().contains("hunter2"), "{refused}");
    }
}
