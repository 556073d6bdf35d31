//! Migrations of the schema.

use std::error::Error;

use tokio_postgres::Client;

use super::connections::PooledConnection;
use crate::catalog::migration_error::migration_error;
use crate::catalog::store::{Result, StoreError};

/// The key of the advisory lock that lets one server at a time migrate: the bytes of "ginflix".
const MIGRATION_LOCK: i64 = 0x67_69_6e_66_6c_69_78;

mod migrations {
    refinery::embed_migrations!("src/catalog/postgres/migrations");
}

/// Migrates the schema. If several servers start at once, one migrates and the others wait for it.
pub async fn migrate(connection: PooledConnection) -> Result<()> {
    // Taken out of the pool, so that the connection is closed at the end in any case, which
    // releases the lock.
    let (mut connection, _permit) = connection.take();
    let client: &mut Client = &mut connection;
    client.batch_execute("SET statement_timeout = 0").await?;
    client.execute("SELECT pg_advisory_lock($1)", &[&MIGRATION_LOCK]).await?;
    let runner = migrations::migrations::runner();
    let migrated = runner.run_async(client).await;
    migrated.map(drop).map_err(|error| match database_error(&error).map(StoreError::from) {
        Some(StoreError::Other(why)) => {
            StoreError::Other(format!("cannot migrate the schema of the catalogue: {why}"))
        }
        Some(other) => other,
        None => migration_error(&runner, &error),
    })
}

/// Returns the error of the driver among the causes of an error.
fn database_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a tokio_postgres::Error> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}
