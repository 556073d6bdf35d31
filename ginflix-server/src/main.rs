//! The `ginflix-server` binary: settings, log, run.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use ginflix_server::config::{Config, Settings};
use ginflix_server::log::{self, InitError};
use ginflix_server::run;
use tikv_jemallocator::Jemalloc;

/// jemalloc returns unused memory to the system within seconds, by threads of its own. glibc's
/// allocator keeps it in an arena for each thread, so one flood of requests stayed for ever.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// `EX_USAGE` of sysexits.h: the settings are wrong.
const EXIT_SETTINGS: u8 = 64;

fn main() -> ExitCode {
    let config = match Settings::try_parse().map(Config::load) {
        Ok(Ok(config)) => config,
        Ok(Err(wrong)) => return fail(EXIT_SETTINGS, &wrong),
        Err(asked) if !asked.use_stderr() => asked.exit(),
        Err(wrong) => return fail(EXIT_SETTINGS, &wrong),
    };
    let log = match log::init(&config) {
        Ok(log) => log,
        Err(wrong @ InitError::Setting(_)) => return fail(EXIT_SETTINGS, &wrong),
        Err(error @ InitError::System(_)) => return fail(1, &error),
    };
    let ended = run::block_on(config);
    if let Err(error) = &ended {
        log.fatal(error);
    }
    log.close();
    if ended.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Tells why there is no server while there is no log yet either.
fn fail(code: u8, why: &dyn std::fmt::Display) -> ExitCode {
    // There is nowhere else to say it.
    let _ = io::stderr().write_all(log::fatal_line(why).as_bytes());
    ExitCode::from(code)
}
