//! The log's thread: it writes the lines of the queue, and reports how many were lost once lines can
//! be written again.

use prometheus_client::metrics::counter::Counter;
use tracing::Level;

use super::appender::{LineSink, PartialWrite};
use super::line::{LineBuffer, LineBuilder};
use super::queue::LogQueue;
use crate::config::LogFormat;

/// The target of lines that report lost lines.
const TARGET: &str = module_path!();
/// Why lines were lost that did not fit into the queue.
const QUEUE_FULL: &str = "there were more than could be written in time";

/// Writes lines in order, and reports lost lines at the place where they are missing.
pub struct LineWriter<S> {
    sink: S,
    format: LogFormat,
    /// Counts every line that is lost.
    lost: Counter,
    /// Lines that were lost and are not reported yet.
    unreported: u64,
    /// Why the last of them was lost.
    why: String,
    buffer: LineBuffer,
}

impl<S: LineSink> LineWriter<S> {
    /// Creates a writer that counts lines in `lost` if they cannot be written.
    pub fn new(sink: S, format: LogFormat, lost: Counter) -> Self {
        let (why, buffer) = (String::new(), LineBuffer::default());
        Self { sink, format, lost, unreported: 0, why, buffer }
    }

    /// Writes the lines of the queue until that is closed.
    pub fn run(mut self, queue: &LogQueue) {
        let mut batch = Vec::new();
        while let Some(dropped) = queue.take(&mut batch) {
            self.write(&batch, dropped);
        }
    }

    /// Writes lines. After them, `dropped` lines did not fit into the queue; those are already
    /// counted.
    fn write(&mut self, lines: &[u8], dropped: u64) {
        let written = match self.report_lost() {
            Ok(()) => self.sink.write_lines(lines),
            Err(partial) => Err(PartialWrite::nothing(partial.error)),
        };
        if let Err(PartialWrite { written, error }) = written {
            let count = lines[written..].iter().filter(|byte| **byte == b'\n').count() as u64;
            self.lost.inc_by(count);
            self.unreported += count;
            self.why = error.to_string();
        }
        if dropped > 0 {
            self.unreported += dropped;
            if self.why.is_empty() {
                QUEUE_FULL.clone_into(&mut self.why);
            }
            // If this fails, they are reported before the next lines.
            let _ = self.report_lost();
        }
    }

    /// Writes a line about the lost lines, if there are any.
    fn report_lost(&mut self) -> Result<(), PartialWrite> {
        if self.unreported == 0 {
            return Ok(());
        }
        let Self { unreported, why, .. } = self;
        let (lines, were) = if *unreported == 1 { ("line", "was") } else { ("lines", "were") };
        let mut line = LineBuilder::begin(&mut self.buffer, self.format, &Level::WARN);
        line.message(format_args!("{unreported} log {lines} {were} lost: {why}"));
        line.number("lost", unreported);
        self.sink.write_lines(line.end(TARGET).as_bytes())?;
        self.unreported = 0;
        self.why.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    /// A sink that can be full.
    #[derive(Default)]
    struct FaultySink {
        content: Vec<u8>,
        is_full: bool,
    }

    impl LineSink for FaultySink {
        fn write_lines(&mut self, lines: &[u8]) -> Result<(), PartialWrite> {
            if self.is_full {
                return Err(PartialWrite::nothing(io::ErrorKind::StorageFull.into()));
            }
            self.content.extend_from_slice(lines);
            Ok(())
        }
    }

    fn writer() -> LineWriter<FaultySink> {
        LineWriter::new(FaultySink::default(), LogFormat::Json, Counter::default())
    }

    /// Returns the written lines without their times.
    fn written(writer: &LineWriter<FaultySink>) -> Vec<String> {
        let text = String::from_utf8(writer.sink.content.clone()).unwrap();
        text.lines()
            .map(|line| match serde_json::from_str::<serde_json::Value>(line) {
                Ok(line) => format!("{} {}", line["lost"], line["message"]),
                Err(_) => line.to_owned(),
            })
            .collect()
    }

    #[test]
    fn lost_lines_are_reported_where_they_are_missing() {
        let mut writer = writer();
        writer.write(b"one\n", 0);
        writer.sink.is_full = true;
        writer.write(b"two\nthree\n", 0);
        writer.write(b"four\n", 0);
        writer.sink.is_full = false;
        writer.write(b"five\n", 0);
        writer.write(b"six\n", 0);
        let why = io::Error::from(io::ErrorKind::StorageFull);
        let report = format!("3 \"3 log lines were lost: {why}\"");
        assert_eq!(written(&writer), ["one", &report, "five", "six"]);
        assert_eq!(writer.lost.get(), 3);
    }

    #[test]
    fn dropped_lines_are_reported_after_the_lines_before_them() {
        let mut writer = writer();
        writer.write(b"one\n", 1);
        writer.write(b"three\n", 0);
        let report = format!("1 \"1 log line was lost: {QUEUE_FULL}\"");
        assert_eq!(written(&writer), ["one", &report, "three"]);
        assert_eq!(writer.lost.get(), 0, "the queue's user counts dropped lines");
    }
}
