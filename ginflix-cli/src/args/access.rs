//! What may stand behind `ginflix user`, `token`, `link` and `audit`.

use clap::{Args as ClapArgs, Subcommand};
use ginflix_api::account::Role;
use jiff::SignedDuration;
use jiff::civil::Date;

use crate::format::{InvalidValue, parse_lifetime};

/// `ginflix user`.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Make an account
    Add {
        /// Its name
        name: String,
        /// What it may do
        #[arg(long, default_value = "viewer", value_parser = parse_role, value_name = "viewer|admin")]
        role: Role,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// List accounts
    List,
    /// Give an account another password; it is logged out everywhere
    Passwd {
        /// Its name
        name: String,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Give an account another role; it is logged out everywhere
    Role {
        /// Its name
        name: String,
        /// What it may do
        #[arg(value_parser = parse_role, value_name = "viewer|admin")]
        role: Role,
    },
    /// Remove an account
    Remove {
        /// Its name
        name: String,
    },
}

/// `ginflix token`.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make an API token and print it, this once
    Create {
        /// What to call it
        name: String,
        /// When it ends, such as 90d or 12h [default: never]
        #[arg(long, value_parser = parse_lifetime, value_name = "DAYS")]
        expires: Option<SignedDuration>,
        /// What it may do
        #[arg(long, default_value = "admin", value_parser = parse_role, value_name = "viewer|admin")]
        role: Role,
    },
    /// List API tokens, without their secrets
    List,
    /// End an API token at once
    Revoke {
        /// Its name
        name: String,
    },
}

/// `ginflix link`.
#[derive(Debug, ClapArgs)]
pub struct LinkArgs {
    /// Name of a file on the cluster, or id or title of a movie
    #[arg(value_name = "MEDIA|MOVIE")]
    pub what: String,
    /// When it ends, such as 7d or 12h; at most 366d
    #[arg(long, default_value = "7d", value_parser = parse_lifetime, value_name = "DAYS")]
    pub expires: SignedDuration,
    /// Whom it is for; stands in the link [default: who makes it]
    #[arg(long = "for", value_name = "NAME")]
    pub audience: Option<String>,
}

/// `ginflix audit`.
#[derive(Debug, ClapArgs)]
pub struct AuditArgs {
    /// From this day on (UTC), such as 2026-01-31
    #[arg(long, value_name = "DAY")]
    pub since: Option<Date>,
    /// At most so many, the latest first
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub limit: usize,
}

fn parse_role(text: &str) -> Result<Role, InvalidValue> {
    match text {
        "viewer" => Ok(Role::Viewer),
        "admin" => Ok(Role::Admin),
        _ => Err(InvalidValue("it may be viewer or admin")),
    }
}
