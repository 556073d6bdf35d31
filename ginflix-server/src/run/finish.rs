//! The part of the start that may have to wait for the database or the name server.

use std::time::Duration;

use tokio::task::JoinSet;

use super::{StartError, catalog_error};
use crate::accounts::bootstrap::BootstrapError;
use crate::app::App;
use crate::catalog::store::StoreError;
use crate::config::{Database, Role};

/// The delay before the first account is created again after the database went away.
const RETRY_DELAY: Duration = Duration::from_millis(500);

/// Waits for the database, creates the first account and token, and resolves the peers; then the
/// server is ready. A streamer does not wait: it can serve its volume before the database is
/// available.
///
/// # Errors
/// Waiting longer would not help.
pub(super) async fn finish_start(app: &App, tasks: &mut JoinSet<()>) -> Result<(), StartError> {
    if app.config.role != Role::Streamer {
        open_catalog(app).await?;
        let (accounts, audit) = (app.accounts.clone(), app.audit.clone());
        tasks.spawn(async move { accounts.maintain(&audit).await });
        tasks.spawn(app.views.judge().run());
    }
    if let Some(peers) = app.peers.clone() {
        peers.resolve().await;
        tasks.spawn(peers.keep_resolving());
    }
    app.set_ready();
    tracing::info!("ready");
    Ok(())
}

async fn open_catalog(app: &App) -> Result<(), StartError> {
    let database = &app.config.database;
    loop {
        app.catalog.connect().await.map_err(|e| catalog_error(database, &e))?;
        match (bootstrap(app).await, database) {
            // It went away again.
            (Err(BootstrapError::Store(StoreError::Unavailable(_))), Database::Postgres(_)) => {
                tokio::time::sleep(RETRY_DELAY).await;
            }
            (done, _) => return done.map_err(|e| StartError(e.to_string())),
        }
    }
}

/// Creates the first account and the token of the cluster, if their files are configured.
async fn bootstrap(app: &App) -> Result<(), BootstrapError> {
    if let Some(file) = &app.config.admin_password_file {
        app.accounts.ensure_admin(file).await?;
    }
    if let Some(file) = &app.config.admin_token_file {
        app.accounts.ensure_token(file).await?;
    }
    app.accounts.warn_of_similar_names().await?;
    app.views.read_client_key().await?;
    Ok(())
}
