//! Passwords: asked for or read from standard input, never on the command line.

use std::io::BufRead;

use crate::error::{ExitStatus, Failure, Result};
use crate::prompt;

/// The flag that reads one from standard input.
pub const FLAG: &str = "--password-stdin";

/// A password for an account, asked for twice.
///
/// # Errors
/// Without a terminal, and where nothing comes from standard input.
pub fn of_account(name: &str, from_stdin: bool) -> Result<String> {
    match from_stdin {
        true => from_standard_input(),
        false => prompt::new_password(&format!("New password of {name}"), FLAG),
    }
}

/// The first line of standard input.
///
/// # Errors
/// Where there is none.
pub fn from_standard_input() -> Result<String> {
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|e| Failure::failed(format!("cannot read the password: {e}")))?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(Failure::new(ExitStatus::Usage, "no password came from standard input"));
    }
    Ok(password.to_owned())
}
