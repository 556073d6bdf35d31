//! The command lines of `ginflix user`, `token`, `link` and `audit`.

use clap::{Args as ClapArgs, Subcommand};
use ginflix_api::account::Role;
use jiff::SignedDuration;
use jiff::civil::Date;

use crate::format::{InvalidValue, parse_lifetime};

/// `ginflix user`.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Create an account
    Add {
        /// Name of the account
        name: String,
        /// Role of the account: viewers may watch, admins may change everything
        #[arg(long, default_value = "viewer", value_parser = parse_role, value_name = "viewer|admin")]
        role: Role,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// List accounts
    List,
    /// Change the password of an account, which logs it out everywhere
    Passwd {
        /// Name of the account
        name: String,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Change the role of an account, which logs it out everywhere
    Role {
        /// Name of the account
        name: String,
        /// New role: viewers may watch, admins may change everything
        #[arg(value_parser = parse_role, value_name = "viewer|admin")]
        role: Role,
    },
    /// Remove an account, which logs it out everywhere
    Remove {
        /// Name of the account
        name: String,
    },
}

/// `ginflix token`.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Create an API token, and print it this once
    Create {
        /// Name of the token
        name: String,
        /// Let the token expire after this time, such as 30d or 12h
        #[arg(long, default_value = "90d", value_parser = parse_expiry, value_name = "DAYS|never")]
        expires: Expiry,
        /// Role of the token: viewers may watch, admins may change everything. It never may do more
        /// than its account
        #[arg(long, default_value = "viewer", value_parser = parse_role, value_name = "viewer|admin")]
        role: Role,
        /// Account that the token belongs to; if the account is removed, the token is too [default:
        /// yours, or the only administrator]
        #[arg(long, value_name = "ACCOUNT")]
        user: Option<String>,
    },
    /// List API tokens, without their secrets
    List,
    /// Revoke an API token, which the server refuses from then on
    Revoke {
        /// Name of the token
        name: String,
    },
}

/// `ginflix link`.
#[derive(Debug, ClapArgs)]
pub struct LinkArgs {
    /// Name of a media file, or id, start of the id, or title of a movie
    #[arg(value_name = "MEDIA|MOVIE")]
    pub what: String,
    /// Let the link expire after this time, such as 7d or 12h; at most 366d
    #[arg(long, default_value = "7d", value_parser = parse_lifetime, value_name = "DAYS")]
    pub expires: SignedDuration,
    /// Name of the person that the link is for, readable in the link [default: your account]
    #[arg(long = "for", value_name = "NAME")]
    pub audience: Option<String>,
    /// Print the URL of the media file itself, for a program or another player, instead of that of a page that plays it
    #[arg(long)]
    pub file: bool,
}

/// `ginflix audit`.
#[derive(Debug, ClapArgs)]
pub struct AuditArgs {
    /// List changes from this day on (UTC), such as 2026-01-31
    #[arg(long, value_name = "DAY")]
    pub since: Option<Date>,
    /// List at most this many changes, newest first
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub limit: usize,
}

/// The lifetime of a token; `None` if it never expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry(pub Option<SignedDuration>);

fn parse_expiry(text: &str) -> Result<Expiry, InvalidValue> {
    match text {
        "never" => Ok(Expiry(None)),
        _ => parse_lifetime(text).map(|lifetime| Expiry(Some(lifetime))).map_err(|_| {
            InvalidValue("it must be never, or a time such as 30d or 12h, at most 3660d")
        }),
    }
}

fn parse_role(text: &str) -> Result<Role, InvalidValue> {
    match text {
        "viewer" => Ok(Role::Viewer),
        "admin" => Ok(Role::Admin),
        _ => Err(InvalidValue("it must be viewer or admin")),
    }
}
