//! `ginflix login`: logs in to a server and stores the session.

use ginflix_api::account::Login;
use ginflix_api::client::Client;

use super::password;
use crate::args::LoginArgs;
use crate::connection::{self, LoginStore};
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;
use crate::printer::Printer;
use crate::prompt;

const DEFAULT_ACCOUNT: &str = "admin";

pub async fn run(args: LoginArgs, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let (server, _) = connection::server_address(global).await?;
    let name = match args.name {
        Some(name) => name,
        None if args.password_stdin => DEFAULT_ACCOUNT.to_owned(),
        None => prompt::input("Account", DEFAULT_ACCOUNT, "--name NAME")?,
    };
    let password = if args.password_stdin {
        password::read_from_stdin()?
    } else {
        prompt::password(&format!("Password of {name}"), password::FLAG)?
    };
    let login = Client::new(server.clone(), None)?.log_in(&Login { name, password }).await;
    let login = login.map_err(|error| {
        let mut failure = Failure::from(error);
        if failure.status == ExitStatus::NotAllowed {
            failure.hint = Some("check the account and the password".to_owned());
        }
        failure
    })?;
    LoginStore::load(global)?.insert(&server, &login)?;
    printer.result(&login.session, || format!("Logged in to {server} as {}.", login.session.name));
    Ok(ExitStatus::Done)
}
