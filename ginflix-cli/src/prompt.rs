//! Questions to the user: the only place that knows dialoguer.
//!
//! Asked on a terminal only; elsewhere the flag that answers is named.

use std::io::IsTerminal;

use dialoguer::theme::ColorfulTheme;
use dialoguer::{Confirm, Input, Password};

use crate::error::{ExitStatus, Failure, Result};

/// Asks yes or no; no is the default.
///
/// # Errors
/// Without a terminal, usage: `flag` answers.
pub fn confirm(question: &str, flag: &str) -> Result<bool> {
    on_terminal(question, flag)?;
    Confirm::with_theme(&ColorfulTheme::default())
        .with_prompt(question)
        .default(false)
        .interact()
        .map_err(broken_off)
}

/// Asks for a text.
///
/// # Errors
/// Without a terminal, usage: `flag` answers.
pub fn text(question: &str, default: &str, flag: &str) -> Result<String> {
    on_terminal(question, flag)?;
    Input::with_theme(&ColorfulTheme::default())
        .with_prompt(question)
        .default(default.to_owned())
        .interact_text()
        .map_err(broken_off)
}

/// Asks for a password, which is not shown.
///
/// # Errors
/// Without a terminal, usage: `flag` answers.
pub fn password(question: &str, flag: &str) -> Result<String> {
    on_terminal(question, flag)?;
    Password::with_theme(&ColorfulTheme::default())
        .with_prompt(question)
        .interact()
        .map_err(broken_off)
}

/// Asks for a new password, twice; it is not shown.
///
/// # Errors
/// Without a terminal, usage: `flag` answers.
pub fn new_password(question: &str, flag: &str) -> Result<String> {
    on_terminal(question, flag)?;
    Password::with_theme(&ColorfulTheme::default())
        .with_prompt(question)
        .with_confirmation("The same again", "These are not the same.")
        .interact()
        .map_err(broken_off)
}

fn on_terminal(question: &str, flag: &str) -> Result<()> {
    if std::io::stdin().is_terminal() && std::io::stderr().is_terminal() {
        return Ok(());
    }
    Err(Failure::new(ExitStatus::Usage, format!("there is no terminal to ask: {question}"))
        .hint(format!("answer with {flag}")))
}

fn broken_off(error: dialoguer::Error) -> Failure {
    Failure::failed(format!("no answer: {error}"))
}
