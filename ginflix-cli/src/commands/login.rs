//! `ginflix login`: logs in and remembers it.

use ginflix_api::account::Login;
use ginflix_api::client::Client;

use super::password;
use crate::args::LoginArgs;
use crate::connection::{self, Logins};
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;
use crate::printer::Printer;
use crate::prompt;

const DEFAULT_NAME: &str = "admin";

pub async fn run(args: LoginArgs, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let (server, _) = connection::address(global).await?;
    let name = match args.name {
        Some(name) => name,
        None if args.password_stdin => DEFAULT_NAME.to_owned(),
        None => prompt::text("Account", DEFAULT_NAME, "--name NAME")?,
    };
    let password = if args.password_stdin {
        password::from_standard_input()?
    } else {
        prompt::password(&format!("Password of {name}"), password::FLAG)?
    };
    let login = Client::new(server.clone(), None)?.log_in(&Login { name, password }).await;
    let login = login.map_err(|error| {
        let mut failure = Failure::from(error);
        if failure.status == ExitStatus::NotAllowed {
            failure.hint = Some("check account and password, and repeat the command".to_owned());
        }
        failure
    })?;
    Logins::load(global)?.remember(&server, &login)?;
    printer.result(&login.session, || format!("Logged in to {server} as {}.", login.session.name));
    Ok(ExitStatus::Done)
}
