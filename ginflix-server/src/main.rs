//! The `ginflix-server` binary.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use ginflix_server::config::{Config, Settings};
use ginflix_server::log::{self, LogInitError};
use ginflix_server::run;
use tikv_jemallocator::Jemalloc;

/// jemalloc returns unused memory to the system within seconds, from background threads. The
/// allocator of glibc keeps it in an arena for each thread, so that the memory of one flood of
/// requests was never freed.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// The exit code for invalid settings: `EX_USAGE` of sysexits.h.
const EXIT_USAGE: u8 = 64;

fn main() -> ExitCode {
    let config = match Settings::try_parse().map(Config::load) {
        Ok(Ok(config)) => config,
        Ok(Err(invalid)) => return fail(EXIT_USAGE, &invalid),
        // `--help` and `--version` are not errors.
        Err(help) if !help.use_stderr() => help.exit(),
        Err(invalid) => return fail(EXIT_USAGE, &invalid),
    };
    let log = match log::init(&config) {
        Ok(log) => log,
        Err(invalid @ LogInitError::Setting(_)) => return fail(EXIT_USAGE, &invalid),
        Err(error @ LogInitError::System(_)) => return fail(1, &error),
    };
    let ended = run::block_on(config);
    if let Err(error) = &ended {
        log.fatal(error);
    }
    log.close();
    if ended.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Writes to standard error why the server cannot start, before there is a log.
fn fail(code: u8, why: &dyn std::fmt::Display) -> ExitCode {
    // A failure cannot be reported anywhere else.
    let _ = io::stderr().write_all(log::fatal_line(why).as_bytes());
    ExitCode::from(code)
}
