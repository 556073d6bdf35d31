//! `ginflix logout`: ends the session on a server and deletes the stored log-in.

use ginflix_api::client::Client;
use jiff::Timestamp;
use serde::Serialize;

use crate::connection::{self, LoginStore};
use crate::error::{ExitStatus, Result};
use crate::global::Global;
use crate::printer::Printer;

/// The output of `-o json`.
#[derive(Serialize)]
struct LogoutReport {
    server: String,
    was_logged_in: bool,
}

pub async fn run(global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let (server, _) = connection::server_address(global).await?;
    let mut logins = LoginStore::load(global)?;
    if let Some(token) = logins.token(&server, Timestamp::now()) {
        // The stored log-in is deleted even if the server cannot be reached.
        if let Err(error) = Client::new(server.clone(), Some(&token))?.log_out().await {
            printer.warn(&format!("the session on the server was not ended: {error}"));
        }
    }
    let was_logged_in = logins.remove(&server)?;
    printer.result(&LogoutReport { server: server.to_string(), was_logged_in }, || {
        if was_logged_in {
            format!("Logged out of {server}.")
        } else {
            format!("Not logged in to {server}.")
        }
    });
    Ok(ExitStatus::Done)
}
