//! Questions to the user. Only this module uses dialoguer.
//!
//! A question needs a terminal. Without one, the function fails, and the hint names the
//! flag that answers the question.

use std::io::IsTerminal;

use dialoguer::theme::ColorfulTheme;
use dialoguer::{Confirm, Input, Password};

use crate::error::{ExitStatus, Failure, Result};

/// Asks a yes/no question, whose default is no.
///
/// # Errors
/// Fails with [`ExitStatus::Usage`] if there is no terminal, and with
/// [`ExitStatus::Failed`] if the terminal cannot be read.
pub fn confirm(question: &str, flag: &str) -> Result<bool> {
    require_terminal(question, flag)?;
    Confirm::with_theme(&ColorfulTheme::default())
        .with_prompt(question)
        .default(false)
        .interact()
        .map_err(not_answered)
}

/// Asks for a line of text.
///
/// # Errors
/// Fails with [`ExitStatus::Usage`] if there is no terminal, and with
/// [`ExitStatus::Failed`] if the terminal cannot be read.
pub fn input(question: &str, default: &str, flag: &str) -> Result<String> {
    require_terminal(question, flag)?;
    Input::with_theme(&ColorfulTheme::default())
        .with_prompt(question)
        .default(default.to_owned())
        .interact_text()
        .map_err(not_answered)
}

/// Asks for a password without showing it.
///
/// # Errors
/// Fails with [`ExitStatus::Usage`] if there is no terminal, and with
/// [`ExitStatus::Failed`] if the terminal cannot be read.
pub fn password(question: &str, flag: &str) -> Result<String> {
    require_terminal(question, flag)?;
    Password::with_theme(&ColorfulTheme::default())
        .with_prompt(question)
        .interact()
        .map_err(not_answered)
}

/// Asks for a new password twice, without showing it.
///
/// # Errors
/// Fails with [`ExitStatus::Usage`] if there is no terminal, and with
/// [`ExitStatus::Failed`] if the terminal cannot be read.
pub fn new_password(question: &str, flag: &str) -> Result<String> {
    require_terminal(question, flag)?;
    Password::with_theme(&ColorfulTheme::default())
        .with_prompt(question)
        .with_confirmation("Repeat the password", "The passwords are not the same.")
        .interact()
        .map_err(not_answered)
}

fn require_terminal(question: &str, flag: &str) -> Result<()> {
    if std::io::stdin().is_terminal() && std::io::stderr().is_terminal() {
        return Ok(());
    }
    let message = format!("there is no terminal to ask on: {question}");
    Err(Failure::new(ExitStatus::Usage, message).hint(format!("answer with {flag}")))
}

fn not_answered(error: dialoguer::Error) -> Failure {
    Failure::failed(format!("the question was not answered: {error}"))
}
