//! Passwords, which are asked for or read from standard input. They are never
//! flags, because other users can see the command line of a process.

use std::io::BufRead;

use crate::error::{ExitStatus, Failure, Result};
use crate::prompt;

/// The flag for reading the password from standard input.
pub const FLAG: &str = "--password-stdin";

/// Returns a new password for an account, which is asked for twice or read from
/// standard input.
///
/// # Errors
/// Fails if there is no terminal, or standard input is empty.
pub fn new_password(name: &str, from_stdin: bool) -> Result<String> {
    match from_stdin {
        true => read_from_stdin(),
        false => prompt::new_password(&format!("New password of {name}"), FLAG),
    }
}

/// Reads the first line of standard input.
///
/// # Errors
/// Fails if standard input cannot be read, or the line is empty.
pub fn read_from_stdin() -> Result<String> {
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|e| Failure::failed(format!("cannot read the password: {e}")))?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(Failure::new(ExitStatus::Usage, "standard input contains no password"));
    }
    Ok(password.to_owned())
}
