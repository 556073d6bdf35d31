//! `ginflix token`: creates, lists and revokes API tokens.

use ginflix_api::account::{NewToken, Token};
use jiff::Timestamp;
use serde::Serialize;

use crate::args::TokenCommand;
use crate::connection;
use crate::error::{ExitStatus, Result};
use crate::format::{age, role_name, utc_minute};
use crate::global::Global;
use crate::printer::Printer;
use crate::table::{Column, Table};

/// The output of `-o json`.
#[derive(Serialize)]
struct RevokedToken<'a> {
    revoked: &'a str,
}

pub async fn run(command: TokenCommand, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let client = connection::connect(global).await?;
    match command {
        TokenCommand::Create { name, expires, role } => {
            let expires_at = expires.map(|lifetime| Timestamp::now() + lifetime);
            let created = client.create_token(&NewToken { name, role, expires_at }).await?;
            printer.result(&created, || created.token.clone());
            printer.note(
                "The token is not shown again: write it down. \
                 `ginflix` reads it from the environment variable GINFLIX_TOKEN.",
            );
        }
        TokenCommand::List => list(&client.tokens().await?, printer),
        TokenCommand::Revoke { name } => {
            client.revoke_token(&name).await?;
            printer
                .result(&RevokedToken { revoked: &name }, || format!("Token {name} was revoked."));
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
            ("CREATED", Column::Fixed),
            ("EXPIRES (UTC)", Column::Fixed),
        ]);
        for token in tokens {
            table.row([
                token.name.clone(),
                role_name(token.role).to_owned(),
                age(token.created_at, Timestamp::now()),
                token.expires_at.map_or("never".to_owned(), utc_minute),
            ]);
        }
        table.render(printer.width())
    });
}
