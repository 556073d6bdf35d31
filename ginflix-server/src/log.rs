//! The log: one line an event, for people or as JSON, to standard error or to a file that is
//! rotated by size.
//!
//! # Layout
//! - [`text`]: values of limited length without control characters; [`mod@line`]: one line of them
//! - [`queue`]: lines on their way to the log's thread; [`writer`]: that thread
//! - [`appender`]: where lines are written to; [`mod@file`]: as a file that is rotated
//!
//! Whoever logs never waits for the log, and nothing ends because of it: what cannot be written is
//! counted, and told of once it can. All that a client sends is limited here, where lines are
//! made, so that no caller has to think of it.

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
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use self::appender::Sink;
use self::file::RotatingFile;
use self::line::Space;
use self::queue::Queue;
use self::writer::LineWriter;
use crate::config::{Config, InvalidSetting, LogFormat};

/// How long the last lines may take at the end.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// Why the log cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// A setting is wrong.
    #[error(transparent)]
    Setting(#[from] InvalidSetting),
    /// The system refuses.
    #[error("cannot start the log: {0}")]
    System(#[from] io::Error),
}

/// Lines that were lost since the start.
pub fn lost_lines() -> Counter {
    static LOST: LazyLock<Counter> = LazyLock::new(Counter::default);
    LOST.clone()
}

/// The log of this process.
#[derive(Debug)]
pub struct Log {
    queue: Arc<Queue>,
    /// Whether what is written to standard error goes there.
    has_stderr: bool,
}

/// Starts the log, and has panics written to it.
///
/// A file system without room is no error: lines are lost until there is room.
///
/// # Errors
/// Where the filter is none, the file cannot be opened, or the thread cannot be started.
pub fn init(config: &Config) -> Result<Log, InitError> {
    let filter = EnvFilter::try_new(&config.log)
        .map_err(|e| InvalidSetting { key: "log", why: e.to_string() })?;
    let queue = Arc::new(Queue::default());
    let has_stderr = match &config.log_file {
        None => {
            start(appender::standard_error()?, config.log_format, &queue)?;
            true
        }
        Some(path) => {
            let file = open(path, config.log_file_bytes)?;
            let has_stderr = file.has_stderr();
            start(file, config.log_format, &queue)?;
            has_stderr
        }
    };
    let layer = ToQueue { format: config.log_format, queue: Arc::clone(&queue) };
    tracing_subscriber::registry().with(filter).with(layer).init();
    log_panics(Arc::clone(&queue));
    Ok(Log { queue, has_stderr })
}

fn open(path: &Path, limit: u64) -> Result<RotatingFile, InvalidSetting> {
    let mut file = RotatingFile::new(path, limit);
    match file.open() {
        Err(error) if !is_full(&error) => Err(InvalidSetting {
            key: "log_file",
            why: format!("cannot open {}: {error}", path.display()),
        }),
        _ => Ok(file),
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

fn start(sink: impl Sink + 'static, format: LogFormat, queue: &Arc<Queue>) -> io::Result<()> {
    let (writer, queue) = (LineWriter::new(sink, format, lost_lines()), Arc::clone(queue));
    std::thread::Builder::new().name("log".to_owned()).spawn(move || writer.run(&queue))?;
    Ok(())
}

impl Log {
    /// Says on standard error, and in the log where that is elsewhere, why the server ends.
    pub fn fatal(&self, why: &dyn Display) {
        let line = fatal_line(why);
        if self.has_stderr {
            self.queue.push(&line);
        } else {
            tracing::error!(error = %why, "the server ends");
            // There is nowhere else to say it.
            let _ = io::stderr().write_all(line.as_bytes());
        }
    }

    /// Waits until all is written that can be, for a short time.
    pub fn close(self) {
        self.queue.flush(FLUSH_TIMEOUT);
        self.queue.close();
    }
}

/// What standard error has when the server ends because of an error.
pub fn fatal_line(why: &dyn Display) -> String {
    format!("ginflix-server: {why}\n")
}

/// Makes lines of events.
struct ToQueue {
    format: LogFormat,
    queue: Arc<Queue>,
}

impl<S: Subscriber> Layer<S> for ToQueue {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        thread_local! {
            static SPACE: RefCell<Space> = RefCell::default();
        }
        let push = |space: &mut Space| {
            let record = |visitor: &mut dyn tracing::field::Visit| event.record(visitor);
            if !self.queue.push(line::of_event(space, self.format, event.metadata(), record)) {
                lost_lines().inc();
            }
        };
        let pushed =
            SPACE.try_with(|space| space.try_borrow_mut().map(|mut space| push(&mut space)));
        // A value that is being formatted logs something itself, or the thread is ending.
        if !matches!(pushed, Ok(Ok(()))) {
            push(&mut Space::default());
        }
    }
}

/// Writes panics to the log, and waits for that: the process may end right after. What the
/// standard library says of them follows only where a backtrace is asked for, or the log has no
/// errors: standard error may be a pipe that nobody reads.
fn log_panics(queue: Arc<Queue>) {
    let default = panic::take_hook();
    panic::set_hook(Box::new(move |panic: &PanicHookInfo<'_>| {
        let thread = std::thread::current();
        let location = panic.location().map(tracing::field::display);
        let why = panic.payload_as_str().unwrap_or("for a reason that is no text");
        tracing::error!(thread = thread.name(), location, why, "panicked");
        queue.flush(FLUSH_TIMEOUT);
        let wants_backtrace = std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0");
        if wants_backtrace || !tracing::enabled!(Level::ERROR) {
            default(panic);
        }
    }));
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use clap::Parser;

    use super::*;
    use crate::config::Settings;

    const LOG: &str = "GINFLIX_TEST_LOG";

    #[test]
    #[ignore = "panics; a_panic_is_a_line_of_the_log runs it in a process of its own"]
    fn panics_in_a_thread() {
        let log = std::env::var(LOG).unwrap();
        let flags = ["ginflix-server", "--data-dir", "d", "--log-file", &log];
        let config = Config::load(Settings::parse_from(flags)).unwrap();
        let _log = init(&config).unwrap();
        std::thread::Builder::new()
            .name("fragile".to_owned())
            .spawn(|| panic!("broke\nin two"))
            .unwrap()
            .join()
            .unwrap_err();
        // Ends at once, as a release build does, so that only the hook can have written it.
        std::process::abort();
    }

    #[test]
    fn a_panic_is_a_line_of_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let ended = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "log::tests::panics_in_a_thread", "--ignored", "--nocapture"])
            .env(LOG, &log)
            .env_remove("RUST_BACKTRACE")
            .output()
            .unwrap();
        let log = std::fs::read_to_string(&log).unwrap_or_else(|e| panic!("{e}: {ended:?}"));
        let line = log.lines().last().unwrap();
        let wanted = r#"ERROR panicked thread="fragile" location=ginflix-server/src/log.rs:"#;
        assert!(line.contains(wanted), "{log}");
        assert!(line.ends_with(r#"why="broke\nin two""#), "{log}");
    }
}
