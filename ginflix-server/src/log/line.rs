//! Formats the fields of an event as one line of the log: as text, or as JSON.

use std::fmt::{self, Display, Write};

use tracing::field::{Field, Visit};
use tracing::{Level, Metadata};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};

use super::text::{DIAGNOSTIC_LIMIT, TextSyntax, TruncatedText, VALUE_LIMIT, write_limited};
use crate::config::LogFormat;

/// The name of the message's field in events of `tracing`.
const MESSAGE: &str = "message";
/// The prefix of fields that only events of the crate `log` have.
const LOG_FIELD_PREFIX: &str = "log.";
/// The field with the target of such an event.
const LOG_TARGET: &str = "log.target";

/// Buffers that are reused for each line.
#[derive(Debug, Default)]
pub struct LineBuffer {
    line: String,
    value: String,
}

/// Builds one line. Values of any content get a limited length, and cannot end the line.
#[derive(Debug)]
pub struct LineBuilder<'a> {
    out: &'a mut String,
    value: &'a mut String,
    format: LogFormat,
    /// The target of an event of the crate `log`.
    target: Option<String>,
}

impl<'a> LineBuilder<'a> {
    /// Begins a line with the current time and the level.
    pub fn begin(buffer: &'a mut LineBuffer, format: LogFormat, level: &Level) -> Self {
        let LineBuffer { line: out, value } = buffer;
        out.clear();
        if format == LogFormat::Json {
            out.push_str("{\"timestamp\":\"");
        }
        // If the clock cannot be read the line has no time, as with `tracing` itself.
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

    /// Adds a number or a boolean.
    pub fn number(&mut self, name: &str, value: impl Display) {
        self.name(name);
        let _ = write!(self.out, "{value}");
    }

    /// Ends the line. `target` is the module that it is from.
    pub fn end(self, target: &str) -> &'a str {
        if self.format == LogFormat::Json {
            let target = self.target.as_deref().unwrap_or(target);
            self.out.push_str(",\"target\":");
            write_limited(self.out, target, target.len(), VALUE_LIMIT, TextSyntax::Json);
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
            LogFormat::Human if name == MESSAGE => TextSyntax::Plain,
            LogFormat::Human => TextSyntax::Quoted,
            LogFormat::Json => TextSyntax::Json,
        };
        write_limited(self.out, text, text.len(), value_limit(name), syntax);
    }

    fn formatted(&mut self, name: &str, value: fmt::Arguments<'_>) {
        self.name(name);
        let syntax = match self.format {
            LogFormat::Human => TextSyntax::Plain,
            LogFormat::Json => TextSyntax::Json,
        };
        let mut truncated = TruncatedText::new(self.value, value_limit(name));
        // A value whose formatting fails is cut there.
        let _ = truncated.write_fmt(value);
        let total = truncated.total();
        write_limited(self.out, self.value, total, value_limit(name), syntax);
    }
}

/// Returns the maximum length of a field's value in bytes.
fn value_limit(name: &str) -> usize {
    match name {
        MESSAGE | "error" | "cause" | "why" | "entry" | "event" => DIAGNOSTIC_LIMIT,
        _ => VALUE_LIMIT,
    }
}

impl Visit for LineBuilder<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if !field.name().starts_with(LOG_FIELD_PREFIX) {
            self.formatted(field.name(), format_args!("{value:?}"));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            LOG_TARGET => self.target = Some(value.to_owned()),
            name if name.starts_with(LOG_FIELD_PREFIX) => {}
            name => self.text(name, value),
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if !field.name().starts_with(LOG_FIELD_PREFIX) {
            self.number(field.name(), value);
        }
    }

    // Events of the crate `log` have no numbers but `log.line`, which is a `u64`.
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
        // JSON has neither infinities nor NaN.
        match value.is_finite() {
            true => self.number(field.name(), value),
            false => self.formatted(field.name(), format_args!("{value}")),
        }
    }
}

/// Formats an event as a line.
pub fn format_event<'a>(
    buffer: &'a mut LineBuffer,
    format: LogFormat,
    metadata: &Metadata<'_>,
    record: impl FnOnce(&mut dyn Visit),
) -> &'a str {
    let mut line = LineBuilder::begin(buffer, format, metadata.level());
    record(&mut line);
    line.end(metadata.target())
}

#[cfg(test)]
mod tests;
