//! The `ginflix-server` binary: settings, log, run.

use std::process::ExitCode;

use clap::Parser;
use ginflix_server::config::{Config, Settings};
use ginflix_server::{log, run};
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
    if let Err(wrong) = log::init(&config) {
        return fail(EXIT_SETTINGS, &wrong);
    }
    match run::block_on(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(1, &error),
    }
}

#[allow(clippy::print_stderr)] // the one place that tells why there is no server
fn fail(code: u8, why: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("ginflix-server: {why}");
    ExitCode::from(code)
}
