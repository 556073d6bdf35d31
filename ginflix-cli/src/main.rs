//! `ginflix`: manages GinFlix clusters, uploads media files, registers movies and reports views.

use std::process::ExitCode;

use clap::Parser;
use ginflix_cli::args::Args;

fn main() -> ExitCode {
    ginflix_cli::run(Args::parse()).into()
}
