//! Prints results to standard output and messages to standard error. No other
//! module prints.

use std::io::Write;

use console::{Term, style};
use serde::Serialize;

use crate::error::Failure;
use crate::format::sanitize_terminal;
use crate::global::{Global, Output};
use crate::hint::TargetFlags;
use crate::progress::ProgressArea;

/// Prints results and messages as the global flags say. Cheap to clone.
#[derive(Clone)]
pub struct Printer {
    output: Output,
    quiet: bool,
    verbose: bool,
    progress_area: ProgressArea,
    target: TargetFlags,
}

impl Printer {
    /// Creates a printer for these flags and the current terminal.
    pub fn new(global: &Global) -> Self {
        if std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) {
            console::set_colors_enabled(false);
            console::set_colors_enabled_stderr(false);
        }
        let is_visible =
            !global.quiet && !global.no_progress && Term::stderr().features().is_attended();
        Self {
            output: global.output,
            quiet: global.quiet,
            verbose: global.verbose,
            progress_area: ProgressArea::new(is_visible),
            target: TargetFlags::new(global),
        }
    }

    /// Returns the part of the terminal with progress bars and spinners.
    pub fn progress_area(&self) -> &ProgressArea {
        &self.progress_area
    }

    /// Returns the width of the terminal in columns; `None` if there is no terminal.
    /// The environment variable `COLUMNS` overrides it.
    pub fn width(&self) -> Option<u16> {
        let configured = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let terminal = Term::stdout().size_checked().map(|(_, columns)| columns);
        configured.or(terminal).filter(|columns| *columns >= 20)
    }

    /// Prints the result of a command: the whole value as JSON or YAML, or only the text
    /// that `table` returns.
    pub fn result<T: Serialize>(&self, value: &T, table: impl FnOnce() -> String) {
        let text = match self.output {
            Output::Table => Ok(table()),
            Output::Json => serde_json::to_string_pretty(value).map_err(|e| e.to_string()),
            Output::Yaml => serde_saphyr::to_string(value).map_err(|e| e.to_string()),
        };
        match text {
            Ok(text) => self.data(text.trim_end_matches('\n')),
            Err(error) => {
                self.failure(&Failure::failed(format!("the result cannot be printed: {error}")))
            }
        }
    }

    /// Prints text to standard output.
    pub fn data(&self, text: &str) {
        // The reader of a pipe, such as `head`, may close it early. That is no failure.
        self.progress_area.suspend(|| {
            let _ = writeln!(std::io::stdout().lock(), "{text}");
        });
    }

    /// Tells whether results are printed as tables for people.
    pub fn is_table(&self) -> bool {
        self.output == Output::Table
    }

    /// Prints a message, unless `--quiet` is given.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.print_message(text);
        }
    }

    /// Prints a message if `--verbose` is given.
    pub fn detail(&self, text: &str) {
        if self.verbose {
            self.print_message(&style(text).for_stderr().dim().to_string());
        }
    }

    /// Prints that something succeeded, unless `--quiet` is given.
    pub fn done(&self, text: &str) {
        self.note(&format!("{} {text}", style("✓").for_stderr().green()));
    }

    /// Prints a warning, unless `--quiet` is given.
    pub fn warn(&self, text: &str) {
        self.note(&format!("{} {text}", style("warning:").for_stderr().yellow().bold()));
    }

    /// Prints suggested commands, each with its purpose, unless `--quiet` is given.
    pub fn next_steps(&self, commands: &[(&str, &str)]) {
        let width = commands.iter().map(|(command, _)| command.chars().count()).max().unwrap_or(0);
        self.note("\nNext:");
        for (command, purpose) in commands {
            let gap = " ".repeat(width - command.chars().count());
            let command = style(command).for_stderr().cyan();
            self.note(format!("  {command}{gap}   {purpose}").trim_end());
        }
    }

    /// Prints a failure and its hint, even with `--quiet`.
    pub fn failure(&self, failure: &Failure) {
        let label = style("error:").for_stderr().red().bold();
        self.print_message(&format!("{label} {}", sanitize_terminal(&failure.message)));
        if let Some(hint) = &failure.hint {
            let hint = sanitize_terminal(hint);
            self.print_message(&format!("{} {hint}", style("hint:").for_stderr().cyan().bold()));
        }
    }

    /// Prints a message whose suggested commands have the target of the current one.
    fn print_message(&self, text: &str) {
        let text = self.target.complete(text);
        self.progress_area.suspend(|| {
            let _ = writeln!(std::io::stderr().lock(), "{text}");
        });
    }
}
