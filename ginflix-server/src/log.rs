//! The log: one line per event, as text or as JSON, to standard error or to a file that is rotated
//! by size.
//!
//! # Layout
//! - [`text`]: values of limited length without control characters; [`mod@line`]: lines of them
//! - [`queue`]: lines that wait for the log's thread; [`writer`]: that thread
//! - [`appender`]: writes lines to a file descriptor; [`mod@file`]: the log file and its rotation
//!
//! Logging never blocks, and its failures never stop the server: lines that cannot be written are
//! counted, and a later line reports them. The length of all values is limited here, so that
//! callers can log what clients send.

pub mod appender;
pub mod file;
pub mod line;
pub mod queue;
pub mod text;
pub mod writer;

use std::cell::RefCell;
use std::fmt::Display;
use std::io::{self, Write};
use std::panic::{self, PanicHookInfo};
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use self::appender::LineSink;
use self::file::RotatingFile;
use self::line::LineBuffer;
use self::queue::LogQueue;
use self::writer::LineWriter;
use crate::config::{Config, InvalidSetting, LogFormat};

/// How long the server waits at its end until all lines are written.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// An error of starting the log.
#[derive(Debug, thiserror::Error)]
pub enum LogInitError {
    /// A setting is invalid.
    #[error(transparent)]
    Setting(#[from] InvalidSetting),
    /// The system has too few resources.
    #[error("cannot start the log: {0}")]
    System(#[from] io::Error),
}

/// Returns the counter of lines that were lost since the start.
pub fn lost_lines() -> Counter {
    static LOST: LazyLock<Counter> = LazyLock::new(Counter::default);
    LOST.clone()
}

/// The log of this process.
#[derive(Debug)]
pub struct Log {
    queue: Arc<LogQueue>,
    /// Whether the log is written to standard error, or to the same file.
    has_stderr: bool,
}

/// Starts the log, and writes panics to it.
///
/// A full file system is no error: lines are lost until there is space.
///
/// # Errors
/// The filter is invalid, the file cannot be opened, or the thread cannot be started.
pub fn init(config: &Config) -> Result<Log, LogInitError> {
    let filter = parse_filter(&config.log.filter)
        .map_err(|e| InvalidSetting { key: "log", why: format!("not a valid filter: {e}") })?;
    let queue = Arc::new(LogQueue::default());
    let has_stderr = match &config.log.file {
        None => {
            start_thread(appender::standard_error()?, config.log.format, &queue)?;
            true
        }
        Some(path) => {
            let file = open_file(path, config.log.file_bytes)?;
            let has_stderr = file.has_stderr();
            start_thread(file, config.log.format, &queue)?;
            has_stderr
        }
    };
    let layer = QueueLayer { format: config.log.format, queue: Arc::clone(&queue) };
    tracing_subscriber::registry().with(filter).with(layer).init();
    log_panics(Arc::clone(&queue));
    Ok(Log { queue, has_stderr })
}

fn parse_filter(setting: &str) -> Result<EnvFilter, ParseError> {
    // rustls warns of each client that sends an IP address or an invalid name as the server's name.
    // Anyone can cause that with every connection, and nothing has to be done about it.
    let handshakes = "rustls::msgs::handshake=error".parse()?;
    Ok(EnvFilter::try_new(setting)?.add_directive(handshakes))
}

fn open_file(path: &Path, limit: u64) -> Result<RotatingFile, InvalidSetting> {
    let mut file = RotatingFile::new(path, limit);
    match file.open() {
        Err(error) if !is_storage_full(&error) => Err(InvalidSetting {
            key: "log_file",
            why: format!("cannot open {}: {error}", path.display()),
        }),
        _ => Ok(file),
    }
}

fn is_storage_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

fn start_thread(
    sink: impl LineSink + 'static,
    format: LogFormat,
    queue: &Arc<LogQueue>,
) -> io::Result<()> {
    let (writer, queue) = (LineWriter::new(sink, format, lost_lines()), Arc::clone(queue));
    std::thread::Builder::new().name("log".to_owned()).spawn(move || writer.run(&queue))?;
    Ok(())
}

impl Log {
    /// Writes to standard error why the server ends, and to the log if that is not standard error.
    pub fn fatal(&self, why: &dyn Display) {
        let line = fatal_line(why);
        if self.has_stderr {
            self.queue.push(&line);
        } else {
            tracing::error!(error = %why, "the server stops because of an error");
            // A failure cannot be reported anywhere else.
            let _ = io::stderr().write_all(line.as_bytes());
        }
    }

    /// Waits until all lines are written or lost, for at most `FLUSH_TIMEOUT`.
    pub fn close(self) {
        self.queue.flush(FLUSH_TIMEOUT);
        self.queue.close();
    }
}

/// Returns the line on standard error for an error that ends the server.
pub fn fatal_line(why: &dyn Display) -> String {
    format!("ginflix-server: {why}\n")
}

/// Formats events and pushes their lines to the queue.
struct QueueLayer {
    format: LogFormat,
    queue: Arc<LogQueue>,
}

impl<S: Subscriber> Layer<S> for QueueLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        thread_local! {
            static BUFFER: RefCell<LineBuffer> = RefCell::default();
        }
        let push = |buffer: &mut LineBuffer| {
            let record = |visitor: &mut dyn tracing::field::Visit| event.record(visitor);
            let line = line::format_event(buffer, self.format, event.metadata(), record);
            if !self.queue.push(line) {
                lost_lines().inc();
            }
        };
        let pushed =
            BUFFER.try_with(|buffer| buffer.try_borrow_mut().map(|mut buffer| push(&mut buffer)));
        // The buffer is in use if formatting a value logs something itself, and it is gone if the
        // thread is ending.
        if !matches!(pushed, Ok(Ok(()))) {
            push(&mut LineBuffer::default());
        }
    }
}

/// Writes panics to the log and flushes it, as the process may end right after. The message of the
/// standard library follows only if a backtrace was requested or the log has no errors: standard
/// error may be a pipe that nobody reads, and writing to it would block.
fn log_panics(queue: Arc<LogQueue>) {
    let default_hook = panic::take_hook();
    panic::set_hook(Box::new(move |panic: &PanicHookInfo<'_>| {
        let thread = std::thread::current();
        let location = panic.location().map(tracing::field::display);
        let why = panic.payload_as_str().unwrap_or("the reason is not text");
        tracing::error!(thread = thread.name(), location, why, "panicked");
        queue.flush(FLUSH_TIMEOUT);
        let wants_backtrace = std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0");
        if wants_backtrace || !tracing::enabled!(Level::ERROR) {
            default_hook(panic);
        }
    }));
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use clap::Parser;

    use super::*;
    use crate::config::Settings;

    const LOG_VARIABLE: &str = "GINFLIX_TEST_LOG";

    #[test]
    fn warnings_about_names_in_handshakes_are_hidden() {
        let filter = parse_filter("info").unwrap();
        let subscriber = tracing_subscriber::registry().with(filter);
        tracing::subscriber::with_default(subscriber, || {
            assert!(!tracing::enabled!(target: "rustls::msgs::handshake", Level::WARN));
            assert!(tracing::enabled!(target: "rustls::msgs::handshake", Level::ERROR));
            assert!(tracing::enabled!(target: "rustls", Level::WARN));
        });
    }

    #[test]
    #[ignore = "panics; a_panic_is_a_line_of_the_log runs it in a process of its own"]
    fn panics_in_a_thread() {
        let log = std::env::var(LOG_VARIABLE).unwrap();
        let flags = ["ginflix-server", "--data-dir", "d", "--log-file", &log];
        let config = Config::load(Settings::parse_from(flags)).unwrap();
        let _log = init(&config).unwrap();
        std::thread::Builder::new()
            .name("fragile".to_owned())
            .spawn(|| panic!("broke\nin two"))
            .unwrap()
            .join()
            .unwrap_err();
        // Ends at once, as a release build does, so that only the hook can have written the line.
        std::process::abort();
    }

    #[test]
    fn a_panic_is_a_line_of_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "log::tests::panics_in_a_thread", "--ignored", "--nocapture"])
            .env(LOG_VARIABLE, &log)
            .env_remove("RUST_BACKTRACE")
            .output()
            .unwrap();
        let log = std::fs::read_to_string(&log).unwrap_or_else(|e| panic!("{e}: {output:?}"));
        let line = log.lines().last().unwrap();
        let expected = r#"ERROR panicked thread="fragile" location=ginflix-server/src/log.rs:"#;
        assert!(line.contains(expected), "{log}");
        assert!(line.ends_with(r#"why="broke\nin two""#), "{log}");
    }
}
