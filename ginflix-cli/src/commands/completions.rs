//! `ginflix completions`: prints the completion script of a shell.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::args::Args;
use crate::error::{ExitStatus, Result};
use crate::printer::Printer;

pub fn run(shell: Shell, printer: &Printer) -> Result<ExitStatus> {
    let mut script = Vec::new();
    generate(shell, &mut Args::command(), "ginflix", &mut script);
    printer.data(String::from_utf8_lossy(&script).trim_end());
    Ok(ExitStatus::Done)
}
