//! `ginflix token`: API tokens, made, listed and ended.

use ginflix_api::account::{NewToken, Token};
use jiff::Timestamp;
use serde::Serialize;

use crate::args::TokenCommand;
use crate::connection;
use crate::error::{ExitStatus, Result};
use crate::format::{age, minute, role_name};
use crate::global::Global;
use crate::printer::Printer;
use crate::table::{Column, Table};

#[derive(Serialize)]
struct Revoked<'a> {
    revoked: &'a str,
}

pub async fn run(command: TokenCommand, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let client = connection::connect(global).await?;
    match command {
        TokenCommand::Create { name, expires, role } => {
            let expires_at = expires.map(|lasts| Timestamp::now() + lasts);
            let created = client.create_token(&NewToken { name, role, expires_at }).await?;
            printer.result(&created, || created.token.clone());
            printer.note("Keep it now: it is not shown again. Programs send it as GINFLIX_TOKEN.");
        }
        TokenCommand::List => list(&client.tokens().await?, printer),
        TokenCommand::Revoke { name } => {
            client.revoke_token(&name).await?;
            printer.result(&Revoked { revoked: &name }, || format!("Token {name} has ended."));
        }
    }
    Ok(ExitStatus::Done)
}

fn list(tokens: &[Token], printer: &Printer) {
    printer.result(&tokens, || {
        if tokens.is_empty() {
            return "There are no API tokens.".to_owned();
        }
        let mut table = Table::new(&[
            ("NAME", Column::Text),
            ("ROLE", Column::Fixed),
            ("MADE", Column::Fixed),
            ("ENDS (UTC)", Column::Fixed),
        ]);
        for token in tokens {
            table.row([
                token.name.clone(),
                role_name(token.role).to_owned(),
                age(token.created_at, Timestamp::now()),
                token.expires_at.map_or("never".to_owned(), minute),
            ]);
        }
        table.render(printer.width())
    });
}
