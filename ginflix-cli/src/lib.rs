//! The `ginflix` command.
//!
//! # Layout
//! - [`args`]: what may stand on the command line; [`global`]: the flags of every command
//! - [`commands`]: one file for each command
//! - [`cluster`]: where clusters run; the only place that knows processes
//! - [`archive`]: the file that a backup is
//! - [`connection`]: which server, as whom
//! - [`printer`]: standard output is data, standard error is talk
//! - [`progress`] and [`prompt`]: bars and questions, on terminals only
//! - [`table`] and [`mod@format`]: how data looks to people
//! - [`error`]: failures and exit codes; [`hint`]: commands to type next

pub mod archive;
pub mod args;
pub mod cluster;
pub mod commands;
pub mod connection;
pub mod error;
pub mod format;
pub mod global;
pub mod hint;
pub mod printer;
pub mod progress;
pub mod prompt;
pub mod table;

use args::{Args, Command};
use error::{ExitStatus, Failure};
use printer::Printer;

/// Runs the command and says how the program ends.
pub fn run(args: Args) -> ExitStatus {
    if let Command::Detach { command } = &args.command {
        return cluster::process::become_detached(command);
    }
    let printer = Printer::new(&args.global);
    // One thread does: what takes long is disk and network, and hashing has
    // threads of its own.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(commands::run(args, &printer)),
        Err(error) => Err(Failure::failed(format!("cannot start: {error}"))),
    };
    result.unwrap_or_else(|failure| {
        printer.failure(&failure);
        failure.status
    })
}
