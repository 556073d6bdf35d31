//! The `ginflix` command.
//!
//! # Layout
//! - [`args`]: the command line; [`global`]: the flags of every command
//! - [`commands`]: one file for each command
//! - [`cluster`]: providers of clusters, which start and stop processes and pods
//! - [`archive`]: the archive file of a backup
//! - [`connection`]: the server that a command talks to, and the token it sends
//! - [`printer`]: results to standard output, messages to standard error
//! - [`progress`] and [`prompt`]: progress bars and questions, on terminals only
//! - [`table`] and [`mod@format`]: tables, numbers and dates for people
//! - [`error`]: failures and exit codes; [`hint`]: suggested commands

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

/// Runs the command and returns the exit status of the program.
pub fn run(args: Args) -> ExitStatus {
    if let Command::Detach { command } = &args.command {
        return cluster::process::exec_detached(command);
    }
    let printer = Printer::new(&args.global);
    // One thread is enough: commands wait for the disk and the network, and
    // hashing runs on blocking threads.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(commands::run(args, &printer)),
        Err(error) => Err(Failure::failed(format!("the program cannot start: {error}"))),
    };
    result.unwrap_or_else(|failure| {
        printer.failure(&failure);
        failure.status
    })
}
