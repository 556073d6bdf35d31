//! One line of the log, for people or as JSON, from the fields of an event.

use std::fmt::{self, Display, Write};

use tracing::field::{Field, Visit};
use tracing::{Level, Metadata};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};

use super::text::{Clip, DIAGNOSTIC_LIMIT, Syntax, VALUE_LIMIT, write_limited};
use crate::config::LogFormat;

/// Field of the message in events of `tracing`.
const MESSAGE: &str = "message";
/// Begins the names of fields in which events of the crate `log` say where they are from.
const FROM_LOG: &str = "log.";
/// Its field that names the target.
const LOG_TARGET: &str = "log.target";

/// Memory that is used again for each line.
#[derive(Debug, Default)]
pub struct Space {
    line: String,
    value: String,
}

/// A line that is being written. Whatever a field holds, its value takes a limited length and
/// stays within the line.
#[derive(Debug)]
pub struct Line<'a> {
    out: &'a mut String,
    value: &'a mut String,
    format: LogFormat,
    /// Target that an event of the crate `log` names.
    target: Option<String>,
}

impl<'a> Line<'a> {
    /// Begins a line with the time, which is now, and the level.
    pub fn begin(space: &'a mut Space, format: LogFormat, level: &Level) -> Self {
        let Space { line: out, value } = space;
        out.clear();
        if format == LogFormat::Json {
            out.push_str("{\"timestamp\":\"");
        }
        // Where the clock cannot be told the line has no time, as with `tracing` itself.
        let _ = SystemTime.format_time(&mut Writer::new(out));
        let _ = match format {
            LogFormat::Human => write!(out, " {:>5}", level.as_str()),
            LogFormat::Json => write!(out, "\",\"level\":\"{level}\""),
        };
        Self { out, value, format, target: None }
    }

    /// Adds the message.
    pub fn message(&mut self, message: impl Display) {
        self.formatted(MESSAGE, format_args!("{message}"));
    }

    /// Adds a number or a truth value.
    pub fn number(&mut self, name: &str, value: impl Display) {
        self.name(name);
        let _ = write!(self.out, "{value}");
    }

    /// Ends the line; `target` says which part of the program it is from.
    pub fn end(self, target: &str) -> &'a str {
        if self.format == LogFormat::Json {
            let target = self.target.as_deref().unwrap_or(target);
            self.out.push_str(",\"target\":");
            write_limited(self.out, target, target.len(), VALUE_LIMIT, Syntax::Json);
            self.out.push('}');
        }
        self.out.push('\n');
        self.out
    }

    fn name(&mut self, name: &str) {
        let _ = match self.format {
            LogFormat::Human if name == MESSAGE => write!(self.out, " "),
            LogFormat::Human => write!(self.out, " {name}="),
            LogFormat::Json => write!(self.out, ",\"{name}\":"),
        };
    }

    fn text(&mut self, name: &str, text: &str) {
        self.name(name);
        let syntax = match self.format {
            LogFormat::Human if name == MESSAGE => Syntax::Plain,
            LogFormat::Human => Syntax::Quoted,
            LogFormat::Json => Syntax::Json,
        };
        write_limited(self.out, text, text.len(), limit(name), syntax);
    }

    fn formatted(&mut self, name: &str, value: fmt::Arguments<'_>) {
        self.name(name);
        let syntax = match self.format {
            LogFormat::Human => Syntax::Plain,
            LogFormat::Json => Syntax::Json,
        };
        let mut clip = Clip::new(self.value, limit(name));
        // A value that cannot be formatted is cut where it failed.
        let _ = clip.write_fmt(value);
        let total = clip.total();
        write_limited(self.out, self.value, total, limit(name), syntax);
    }
}

/// Most bytes that the value of a field takes.
fn limit(name: &str) -> usize {
    match name {
        MESSAGE | "error" | "cause" | "why" | "entry" | "event" => DIAGNOSTIC_LIMIT,
        _ => VALUE_LIMIT,
    }
}

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if !field.name().starts_with(FROM_LOG) {
            self.formatted(field.name(), format_args!("{value:?}"));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            LOG_TARGET => self.target = Some(value.to_owned()),
            name if name.starts_with(FROM_LOG) => {}
            name => self.text(name, value),
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if !field.name().starts_with(FROM_LOG) {
            self.number(field.name(), value);
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.number(field.name(), value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.number(field.name(), value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.number(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.number(field.name(), value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has neither infinities nor what is no number.
        match value.is_finite() {
            true => self.number(field.name(), value),
            false => self.formatted(field.name(), format_args!("{value}")),
        }
    }
}

/// The line of an event.
pub fn of_event<'a>(
    space: &'a mut Space,
    format: LogFormat,
    metadata: &Metadata<'_>,
    record: impl FnOnce(&mut dyn Visit),
) -> &'a str {
    let mut line = Line::begin(space, format, metadata.level());
    record(&mut line);
    line.end(metadata.target())
}

#[cfg(test)]
mod tests;
