//! The `ginflix-server` binary: settings, log, run.

use std::process::ExitCode;

use clap::Parser;
use ginflix_server::config::{Config, Settings};
use ginflix_server::{log, run};

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
