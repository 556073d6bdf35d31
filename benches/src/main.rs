//! Measures what streaming costs: this server, nginx, `warp::fs` and a bare
//! sendfile(2) loop, turn by turn under the same load.
//!
//! Requests per second depend on the machine's mood; the figure that repeats is
//! the processor time of the server for each GiB that it sent.

mod contender;
mod floor;
mod load;
mod process;
mod report;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

use contender::{Contender, Kind};
use report::{Report, Sample};

#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    role: Option<Role>,
    /// The server to measure
    #[arg(long, default_value = "target/release/ginflix-server")]
    server: PathBuf,
    /// Sizes of ranges in KiB; 0 is the whole of a 32 MiB file
    #[arg(long, value_delimiter = ',', default_value = "64,256,1024,8192,0")]
    sizes: Vec<u64>,
    /// Connections at once
    #[arg(long, value_delimiter = ',', default_value = "32,512")]
    connections: Vec<usize>,
    /// How often each case is measured; the median counts
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Seconds of each measurement
    #[arg(long, default_value_t = 2)]
    seconds: u64,
}

/// What this program is started as by itself.
#[derive(Subcommand)]
enum Role {
    /// Serves a folder by `warp::fs`
    WarpFs { port: u16, folder: PathBuf },
    /// Sends parts of a file to whoever names them
    Floor { port: u16, file: PathBuf },
}

fn main() -> Result<()> {
    let args = Args::parse();
    match args.role {
        Some(Role::WarpFs { port, folder }) => contender::serve_by_warp(port, folder),
        Some(Role::Floor { port, file }) => floor::serve(port, &file),
        None => measure(&args),
    }
}

fn measure(args: &Args) -> Result<()> {
    let folder = tempfile::tempdir_in("target").context("run it at the root of the repository")?;
    let contenders = Kind::ALL
        .map(|kind| Contender::start(kind, &args.server, folder.path()))
        .into_iter()
        .collect::<Result<Vec<_>>>()?;
    let mut report = Report::default();
    for &kib in &args.sizes {
        for &connections in &args.connections {
            for _ in 0..args.rounds {
                for contender in &contenders {
                    let before = contender.cpu()?;
                    let load = contender.load(kib * 1024, connections, seconds(args))?;
                    let cpu = contender.cpu()? - before;
                    let rss = contender.rss_bytes()?;
                    report.add(kib, connections, contender.kind, Sample { load, cpu, rss });
                }
            }
            report.show_last();
        }
    }
    Ok(())
}

fn seconds(args: &Args) -> Duration {
    Duration::from_secs(args.seconds)
}
