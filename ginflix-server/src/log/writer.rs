//! The log's thread: writes what waits in the queue, and says how many lines were lost once
//! lines can be written again.

use prometheus_client::metrics::counter::Counter;
use tracing::Level;

use super::appender::{Incomplete, Sink};
use super::line::{Line, Space};
use super::queue::Queue;
use crate::config::LogFormat;

/// Target of the lines that say what was lost.
const TARGET: &str = module_path!();
/// Why a line is lost that found the queue full.
const TOO_SLOW: &str = "there were more than could be written in time";

/// Writes lines in order, with an account of those that are missing where they are missing.
pub struct LineWriter<S> {
    sink: S,
    format: LogFormat,
    /// Counts every line that is lost.
    lost: Counter,
    /// Lines that were lost and not told of yet.
    untold: u64,
    /// Why the last of them was.
    why: String,
    space: Space,
}

impl<S: Sink> LineWriter<S> {
    /// Counts in `lost` what cannot be written.
    pub fn new(sink: S, format: LogFormat, lost: Counter) -> Self {
        Self { sink, format, lost, untold: 0, why: String::new(), space: Space::default() }
    }

    /// Writes what comes by the queue until that is closed.
    pub fn run(mut self, queue: &Queue) {
        let mut batch = Vec::new();
        while let Some(dropped) = queue.take(&mut batch) {
            self.write(&batch, dropped);
        }
    }

    /// Writes lines; after them, `dropped` ones found no room and are counted already.
    fn write(&mut self, lines: &[u8], dropped: u64) {
        let written = match self.tell() {
            Ok(()) => self.sink.write_lines(lines),
            Err(incomplete) => Err(Incomplete::nothing(incomplete.error)),
        };
        if let Err(Incomplete { written, error }) = written {
            let count = lines[written..].iter().filter(|byte| **byte == b'\n').count() as u64;
            self.lost.inc_by(count);
            self.untold += count;
            self.why = error.to_string();
        }
        if dropped > 0 {
            self.untold += dropped;
            if self.why.is_empty() {
                TOO_SLOW.clone_into(&mut self.why);
            }
            // Else it is told before the next lines.
            let _ = self.tell();
        }
    }

    /// Says what was lost, if anything was.
    fn tell(&mut self) -> Result<(), Incomplete> {
        if self.untold == 0 {
            return Ok(());
        }
        let Self { untold, why, .. } = self;
        let (lines, were) = if *untold == 1 { ("line", "was") } else { ("lines", "were") };
        let mut line = Line::begin(&mut self.space, self.format, &Level::WARN);
        line.message(format_args!("{untold} log {lines} {were} lost: {why}"));
        line.number("lost", untold);
        self.sink.write_lines(line.end(TARGET).as_bytes())?;
        self.untold = 0;
        self.why.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    /// Takes so many batches, then none until it is told otherwise.
    #[derive(Default)]
    struct Faulty {
        content: Vec<u8>,
        is_full: bool,
    }

    impl Sink for Faulty {
        fn write_lines(&mut self, lines: &[u8]) -> Result<(), Incomplete> {
            if self.is_full {
                return Err(Incomplete::nothing(io::ErrorKind::StorageFull.into()));
            }
            self.content.extend_from_slice(lines);
            Ok(())
        }
    }

    fn writer() -> LineWriter<Faulty> {
        LineWriter::new(Faulty::default(), LogFormat::Json, Counter::default())
    }

    /// What was written, without times.
    fn written(writer: &LineWriter<Faulty>) -> Vec<String> {
        let text = String::from_utf8(writer.sink.content.clone()).unwrap();
        text.lines()
            .map(|line| match serde_json::from_str::<serde_json::Value>(line) {
                Ok(line) => format!("{} {}", line["lost"], line["message"]),
                Err(_) => line.to_owned(),
            })
            .collect()
    }

    #[test]
    fn what_was_lost_is_told_where_it_is_missing() {
        let mut writer = writer();
        writer.write(b"one\n", 0);
        writer.sink.is_full = true;
        writer.write(b"two\nthree\n", 0);
        writer.write(b"four\n", 0);
        writer.sink.is_full = false;
        writer.write(b"five\n", 0);
        writer.write(b"six\n", 0);
        let why = io::Error::from(io::ErrorKind::StorageFull);
        let told = format!("3 \"3 log lines were lost: {why}\"");
        assert_eq!(written(&writer), ["one", &told, "five", "six"]);
        assert_eq!(writer.lost.get(), 3);
    }

    #[test]
    fn what_found_no_room_is_told_after_what_did() {
        let mut writer = writer();
        writer.write(b"one\n", 1);
        writer.write(b"three\n", 0);
        let told = format!("1 \"1 log line was lost: {TOO_SLOW}\"");
        assert_eq!(written(&writer), ["one", &told, "three"]);
        assert_eq!(writer.lost.get(), 0, "whoever drops a line counts it");
    }
}
