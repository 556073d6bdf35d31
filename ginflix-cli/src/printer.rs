//! The only place that prints: results to standard output, talk to standard error.

use std::io::Write;

use console::{Term, style};
use serde::Serialize;

use crate::error::Failure;
use crate::format::sanitize_terminal;
use crate::global::{Global, Output};
use crate::progress::Screen;

/// Decides what goes where, in which form. Cheap to clone.
#[derive(Clone)]
pub struct Printer {
    output: Output,
    quiet: bool,
    verbose: bool,
    screen: Screen,
}

impl Printer {
    /// A printer by the user's wishes and the terminal's abilities.
    pub fn new(global: &Global) -> Self {
        if std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) {
            console::set_colors_enabled(false);
            console::set_colors_enabled_stderr(false);
        }
        let live = !global.quiet && !global.no_progress && Term::stderr().features().is_attended();
        Self {
            output: global.output,
            quiet: global.quiet,
            verbose: global.verbose,
            screen: Screen::new(live),
        }
    }

    /// Where bars and spinners are.
    pub fn screen(&self) -> &Screen {
        &self.screen
    }

    /// Columns that a table may take; `None` where nothing limits it.
    pub fn width(&self) -> Option<u16> {
        let wished = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let terminal = Term::stdout().size_checked().map(|(_, columns)| columns);
        wished.or(terminal).filter(|columns| *columns >= 20)
    }

    /// Prints the result of a command: as JSON or YAML all of it, as a table
    /// what `table` makes of it.
    pub fn result<T: Serialize>(&self, value: &T, table: impl FnOnce() -> String) {
        let text = match self.output {
            Output::Table => Ok(table()),
            Output::Json => serde_json::to_string_pretty(value).map_err(|e| e.to_string()),
            Output::Yaml => serde_saphyr::to_string(value).map_err(|e| e.to_string()),
        };
        match text {
            Ok(text) => self.data(text.trim_end_matches('\n')),
            Err(error) => self.failure(&Failure::failed(format!("cannot print: {error}"))),
        }
    }

    /// Prints raw data.
    pub fn data(&self, text: &str) {
        // Whoever closed the pipe wants no more: that is no failure.
        self.screen.suspend(|| {
            let _ = writeln!(std::io::stdout().lock(), "{text}");
        });
    }

    /// Whether results are for people.
    pub fn is_table(&self) -> bool {
        self.output == Output::Table
    }

    /// Says something, unless silence is asked for.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.talk(text);
        }
    }

    /// Says something to whoever asked for more.
    pub fn detail(&self, text: &str) {
        if self.verbose {
            self.talk(&style(text).for_stderr().dim().to_string());
        }
    }

    /// Says that something is done.
    pub fn done(&self, text: &str) {
        self.note(&format!("{} {text}", style("✓").for_stderr().green()));
    }

    /// Says that something may be wrong.
    pub fn warn(&self, text: &str) {
        self.note(&format!("{} {text}", style("warning:").for_stderr().yellow().bold()));
    }

    /// Names commands that come next, each with what it does.
    pub fn next(&self, commands: &[(&str, &str)]) {
        let width = commands.iter().map(|(command, _)| command.chars().count()).max().unwrap_or(0);
        self.note("\nNext:");
        for (command, purpose) in commands {
            let gap = " ".repeat(width - command.chars().count());
            let command = style(command).for_stderr().cyan();
            self.note(format!("  {command}{gap}   {purpose}").trim_end());
        }
    }

    /// Says what failed, why, and what to do.
    pub fn failure(&self, failure: &Failure) {
        let label = style("error:").for_stderr().red().bold();
        self.talk(&format!("{label} {}", sanitize_terminal(&failure.message)));
        if let Some(hint) = &failure.hint {
            let hint = sanitize_terminal(hint);
            self.talk(&format!("{} {hint}", style("hint:").for_stderr().cyan().bold()));
        }
    }

    fn talk(&self, text: &str) {
        self.screen.suspend(|| {
            let _ = writeln!(std::io::stderr().lock(), "{text}");
        });
    }
}
