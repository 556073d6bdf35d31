//! Creation of an empty database of each kind.

use std::sync::Arc;

use ginflix_server::catalog::store::CatalogStore;
use ginflix_server::catalog::{Catalog, open};
use ginflix_server::config::Database as Settings;
use ginflix_tests::postgres;
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// An open catalogue in a database of its own.
pub struct Database {
    pub catalog: Catalog,
    pub store: Arc<dyn CatalogStore>,
    pub settings: Settings,
    _directory: Option<TempDir>,
}

impl Database {
    async fn open(settings: Settings, directory: Option<TempDir>) -> Self {
        let catalog = open::open(&settings).await.unwrap();
        Self { store: catalog.store(), catalog, settings, _directory: directory }
    }
}

/// Creates a database of the same kind without tables, and returns its settings.
pub async fn empty_like(database: &Database) -> (Settings, Option<TempDir>) {
    match database.settings {
        Settings::Sqlite(_) => {
            let folder = tempfile::tempdir().unwrap();
            (Settings::Sqlite(folder.path().join("catalog.db")), Some(folder))
        }
        Settings::Postgres(_) => {
            (Settings::Postgres(postgres::shared().create_database(None).await), None)
        }
    }
}

pub async fn sqlite() -> Database {
    let folder = tempfile::tempdir().unwrap();
    Database::open(Settings::Sqlite(folder.path().join("catalog.db")), Some(folder)).await
}

pub async fn postgres() -> Database {
    const TEMPLATE: &str = "template_ginflix";
    static MIGRATED: OnceCell<()> = OnceCell::const_new();
    let cluster = postgres::shared();
    MIGRATED
        .get_or_init(|| async {
            cluster.create_database_named(TEMPLATE, None).await;
            // Closed at once, because PostgreSQL copies a template only if nobody is connected to it.
            let catalog = open::open(&Settings::Postgres(cluster.url(TEMPLATE))).await.unwrap();
            catalog.connect().await.unwrap();
        })
        .await;
    Database::open(Settings::Postgres(cluster.create_database(Some(TEMPLATE)).await), None).await
}
