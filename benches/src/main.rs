//! Measures what streaming costs: this server, nginx, `warp::fs` and a bare
//! sendfile(2) loop, turn by turn under the same load.
//!
//! Requests per second depend on the machine's mood; the figure that repeats is
//! the processor time of the server for each GiB that it sent.

mod client;
mod cold;
mod contender;
mod floor;
mod load;
mod process;
mod report;
mod viewers;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

use cold::Beside;
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
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Seconds of each measurement
    #[arg(long, default_value_t = 2)]
    seconds: u64,
    /// Viewers who watch at 5 Mbit/s each, and for how many seconds
    #[arg(long, num_args = 2, default_values_t = [2000, 60])]
    viewers: Vec<u64>,
    /// Connections that are held at once
    #[arg(long, default_value_t = 10_000)]
    held: usize,
    /// Seconds of reading a film in memory beside films on the disk
    #[arg(long, default_value_t = 10)]
    cold_seconds: u64,
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
    measure_cost(args, &contenders)?;
    let rivals: Vec<&Contender> =
        contenders.iter().filter(|c| [Kind::Nginx, Kind::Ginflix].contains(&c.kind)).collect();
    measure_viewers(args, &rivals)?;
    measure_cold(args, &rivals, folder.path())
}

/// Processor time for each GiB, in every case.
fn measure_cost(args: &Args, contenders: &[Contender]) -> Result<()> {
    let mut report = Report::default();
    for &kib in &args.sizes {
        for &connections in &args.connections {
            for _ in 0..args.rounds {
                for contender in contenders {
                    let before = contender.cpu()?;
                    let load = contender.load(kib * 1024, connections, seconds(args))?;
                    let cpu = contender.cpu()? - before;
                    let memory = contender.memory_bytes()?;
                    report.add(kib, connections, contender.kind, Sample { load, cpu, memory });
                }
            }
            report.show_last();
        }
    }
    Ok(())
}

/// Viewers at the pace of their film, and connections that are held; 0 of them
/// leaves it out.
fn measure_viewers(args: &Args, rivals: &[&Contender]) -> Result<()> {
    let (viewers, time) = (args.viewers[0] as usize, Duration::from_secs(args.viewers[1]));
    if viewers > 0 {
        let watched = rivals.iter().map(|c| Ok((c.kind, viewers::watch(c, viewers, time)?)));
        let what = format!("{viewers} viewers at 5 Mbit/s for {} s", time.as_secs());
        report::show_viewers(&what, &watched.collect::<Result<Vec<_>>>()?);
    }
    if args.held > 0 {
        let held = rivals.iter().map(|c| Ok((c.kind, viewers::hold(c, args.held)?)));
        let what = format!("{} connections open at once, two answers each", args.held);
        report::show_viewers(&what, &held.collect::<Result<Vec<_>>>()?);
    }
    Ok(())
}

/// Reads of a film in memory beside films that are not; 0 seconds leave it out.
fn measure_cold(args: &Args, rivals: &[&Contender], folder: &Path) -> Result<()> {
    if args.cold_seconds == 0 {
        return Ok(());
    }
    let films = cold::make_films(&folder.join("media"))?;
    let mut rows = Vec::new();
    for rival in rivals {
        cold::show_films(rival)?;
        for beside in Beside::ALL {
            let time = Duration::from_secs(args.cold_seconds);
            rows.push((rival.kind, beside, cold::read(rival, &films, beside, time)?));
        }
    }
    report::show_reads("64 KiB of a film in memory at a time, beside other streams", &rows);
    cold::remove_films(&films)
}

fn seconds(args: &Args) -> Duration {
    Duration::from_secs(args.seconds)
}
