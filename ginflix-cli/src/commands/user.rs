//! `ginflix user`: creates, lists, changes and removes accounts.

use ginflix_api::account::{NewUser, Role, User, UserPatch};
use jiff::Timestamp;
use serde::Serialize;

use super::password;
use crate::args::UserCommand;
use crate::error::{ExitStatus, Failure, Result};
use crate::format::{age, role_name};
use crate::global::Global;
use crate::printer::Printer;
use crate::table::{Column, Table};
use crate::{connection, prompt};

/// The output of `-o json`.
#[derive(Serialize)]
struct RemovedUser<'a> {
    removed: &'a str,
}

pub async fn run(command: UserCommand, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let client = connection::connect(global).await?;
    match command {
        UserCommand::Add { name, role, password_stdin } => {
            let password = password::new_password(&name, password_stdin)?;
            let user = client.create_user(&NewUser { name, role, password }).await?;
            printer.result(&user, || {
                format!("Account {} was created; it may {}.", user.name, permission(user.role))
            });
        }
        UserCommand::List => list(&client.users().await?, printer),
        UserCommand::Passwd { name, password_stdin } => {
            let password = Some(password::new_password(&name, password_stdin)?);
            let user = client.edit_user(&name, &UserPatch { role: None, password }).await?;
            printer.result(&user, || {
                format!("Account {} has a new password and was logged out everywhere.", user.name)
            });
        }
        UserCommand::Role { name, role } => {
            let patch = UserPatch { role: Some(role), password: None };
            let user = client.edit_user(&name, &patch).await?;
            printer.result(&user, || {
                format!("Account {} may now {}.", user.name, permission(user.role))
            });
        }
        UserCommand::Remove { name } => {
            if !global.yes && !prompt::confirm(&format!("Remove account {name}?"), "--yes")? {
                return Err(Failure::failed("nothing was removed"));
            }
            client.remove_user(&name).await?;
            printer
                .result(&RemovedUser { removed: &name }, || format!("Account {name} was removed."));
        }
    }
    Ok(ExitStatus::Done)
}

fn list(users: &[User], printer: &Printer) {
    printer.result(&users, || {
        let mut table = Table::new(&[
            ("NAME", Column::Text),
            ("ROLE", Column::Fixed),
            ("CREATED", Column::Fixed),
        ]);
        for user in users {
            let created = age(user.created_at, Timestamp::now());
            table.row([user.name.clone(), role_name(user.role).to_owned(), created]);
        }
        table.render(printer.width())
    });
}

fn permission(role: Role) -> &'static str {
    match role {
        Role::Viewer => "watch movies",
        Role::Admin => "change everything",
    }
}
