//! Connections to PostgreSQL: a server that starts late, missing rights, and TLS.

use std::net::TcpListener;
use std::time::Duration;

use ginflix_api::movie::MovieQuery;
use ginflix_server::catalog::open;
use ginflix_server::catalog::postgres::PostgresStore;
use ginflix_server::catalog::store::{CatalogStore, MovieStore, StoreError};
use ginflix_server::config::Database;
use ginflix_tests::postgres::{self, Postgres};

use crate::samples::{movie, write};

/// The longest wait for a connection on a busy machine.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_database_that_starts_late_is_waited_for() {
    let cluster = postgres::shared();
    cluster.create_database_named("late", None).await;
    let directory = tempfile::tempdir().unwrap();
    let late = directory.path().join("late");
    let url = postgres::url(&late, postgres::DEFAULT_PORT, "late");
    let store = PostgresStore::open(&url).unwrap();
    // The first attempts fail, because the link to the socket does not exist yet.
    let without_wait = store.ping().await;
    assert!(matches!(without_wait, Err(StoreError::Unavailable(_))), "{without_wait:?}");
    let connected = async { tokio::time::timeout(CONNECT_TIMEOUT, store.connect()).await };
    let (connected, ()) = tokio::join!(connected, async {
        std::os::unix::fs::symlink(cluster.socket_folder(), &late).unwrap();
    });
    connected.unwrap().unwrap();
    store.ping().await.unwrap();
}

#[tokio::test]
async fn a_wrong_name_is_not_waited_for() {
    let url = postgres::shared().url("no_such_database");
    let refused = connect(&url).await.err().unwrap();
    assert!(refused.to_string().contains("no_such_database"), "{refused}");
}

/// Connects to the database of a URL, and waits for it.
async fn connect(url: &str) -> Result<PostgresStore, StoreError> {
    let store = PostgresStore::open(url)?;
    tokio::time::timeout(CONNECT_TIMEOUT, store.connect()).await.unwrap()?;
    Ok(store)
}

/// Returns the statement at the end of the message about a missing privilege, which has to name
/// the role, the database and this object.
fn remedy(error: &StoreError, role: &str, object: &str) -> String {
    let text = error.to_string();
    assert!(matches!(error, StoreError::Denied(_)), "{text}");
    for part in [format!("as the role {role}"), format!("database {role}"), object.to_owned()] {
        assert!(text.contains(&part), "{part}: {text}");
    }
    text.split_once("execute in it: ").unwrap().1.to_owned()
}

/// Each statement that a message names grants what was missing.
#[tokio::test]
async fn a_missing_privilege_is_named_with_what_grants_it() {
    let cluster = postgres::shared();
    cluster.create_database_named("denied", None).await;
    let owner = cluster.url("denied");
    let (client, connection) =
        tokio_postgres::connect(&owner, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let execute = async |sql: &str| client.batch_execute(sql).await.unwrap();
    execute("CREATE ROLE denied LOGIN; REVOKE CONNECT ON DATABASE denied FROM PUBLIC").await;
    let url = owner.replace("ginflix@", "denied@");

    let no_connect = connect(&url).await.err().unwrap();
    execute(&remedy(&no_connect, "denied", "permission denied for database")).await;
    let no_create = connect(&url).await.err().unwrap();
    execute(&remedy(&no_create, "denied", "permission denied for schema public")).await;
    let store = connect(&url).await.unwrap();
    assert_eq!(store.count_movies().await.unwrap(), 0);

    execute("ALTER TABLE movies OWNER TO ginflix").await;
    let no_select = store.count_movies().await.unwrap_err();
    execute(&remedy(&no_select, "denied", "permission denied for table movies")).await;
    assert_eq!(store.count_movies().await.unwrap(), 0);
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
        let refused = match PostgresStore::open(url) {
            Ok(store) => store.ping().await.unwrap_err(),
            Err(invalid) => invalid,
        };
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
        let store = PostgresStore::open(&url).unwrap();
        store.ping().await.map(|()| store)
    };
    let _store =
        open("localhost", &format!("sslmode=verify-full&sslrootcert={cert}")).await.unwrap();
    assert_eq!(encrypted(&cluster).await, (true, false));
    // A name that is not in the certificate, and an issuer that is not trusted.
    for (host, query) in
        [("127.0.0.1", format!("sslrootcert={cert}")), ("localhost", "sslmode=require".to_owned())]
    {
        let refused = open(host, &query).await;
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{host} {query}");
    }
    let _plain = open("localhost", "sslmode=disable").await.unwrap();
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
