//! `ginflix logout`: ends the log-in to a server and forgets it.

use ginflix_api::client::Client;
use jiff::Timestamp;
use serde::Serialize;

use crate::connection::{self, Logins};
use crate::error::{ExitStatus, Result};
use crate::global::Global;
use crate::printer::Printer;

#[derive(Serialize)]
struct Report {
    server: String,
    was_logged_in: bool,
}

pub async fn run(global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let (server, _) = connection::address(global).await?;
    let mut logins = Logins::load(global)?;
    if let Some(token) = logins.token(&server, Timestamp::now()) {
        // A server that is away must not keep anyone logged in here.
        if let Err(error) = Client::new(server.clone(), Some(&token))?.log_out().await {
            printer.warn(&format!("the server was not told: {error}"));
        }
    }
    let was_logged_in = logins.forget(&server)?;
    printer.result(&Report { server: server.to_string(), was_logged_in }, || {
        if was_logged_in {
            format!("Logged out of {server}.")
        } else {
            format!("There was no log-in to {server}.")
        }
    });
    Ok(ExitStatus::Done)
}
