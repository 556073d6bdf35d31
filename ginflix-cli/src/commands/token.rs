//! `ginflix token`: creates, lists and revokes API tokens.

use ginflix_api::account::{CLUSTER_TOKEN, CreatedToken, NewToken, Token};
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
        TokenCommand::Create { name, expires, role, user } => {
            let expires_at = Some(expires.0.map(|lifetime| Timestamp::now() + lifetime));
            let new = NewToken { name, role, account: user, expires_at };
            let created = client.create_token(&new).await?;
            printer.result(&created, || created.token.clone());
            printer.note(&summary(&created));
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

/// Describes a new token.
fn summary(created: &CreatedToken) -> String {
    let token = &created.info;
    let account = token.account.as_deref().unwrap_or("nobody");
    let end = token.expires_at.map_or("never".to_owned(), |end| format!("{} UTC", utc_minute(end)));
    format!(
        "It belongs to the account {account}, has the role {}, and expires: {end}. It is not shown again: write it \
         down. `ginflix` reads it from the environment variable GINFLIX_TOKEN.",
        role_name(token.role)
    )
}

/// Returns the account of a token, or what a token without one is.
fn owner(token: &Token) -> &str {
    match &token.account {
        Some(account) => account,
        None if token.name == CLUSTER_TOKEN => "the cluster",
        None => "no account",
    }
}

fn list(tokens: &[Token], printer: &Printer) {
    printer.result(&tokens, || {
        if tokens.is_empty() {
            return "There are no API tokens.".to_owned();
        }
        let mut table = Table::new(&[
            ("NAME", Column::Text),
            ("ACCOUNT", Column::Text),
            ("ROLE", Column::Fixed),
            ("CREATED", Column::Fixed),
            ("EXPIRES (UTC)", Column::Fixed),
        ]);
        for token in tokens {
            table.row([
                token.name.clone(),
                owner(token).to_owned(),
                role_name(token.effective_role).to_owned(),
                age(token.created_at, Timestamp::now()),
                token.expires_at.map_or("never".to_owned(), utc_minute),
            ]);
        }
        table.render(printer.width())
    });
    if tokens.iter().any(|token| token.account.is_none() && token.name != CLUSTER_TOKEN) {
        printer.note(
            "A token with no account is from an earlier version and keeps its role whatever happens to \
             accounts. Replace it: ginflix token create NEW-NAME --user ACCOUNT, then ginflix token revoke NAME.",
        );
    }
}
