//! Measures what streaming costs: this server, nginx, `warp::fs` and a bare sendfile(2) loop, in
//! turn under the same load and conditions. `scripts/bench-stream` runs it in a network namespace.
//!
//! Requests per second depend on the other load of the machine. The reproducible figure is the CPU
//! time of the server for each GiB that it sends.

mod certificate;
mod client;
mod cold;
mod conditions;
mod connection;
mod files;
mod load;
mod parts;
mod process;
mod report;
mod sendfile;
mod servers;
mod throughput;
mod viewers;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand, ValueEnum};

use files::BenchFiles;
use parts::Bench;
use parts::hls::HlsFiles;

#[derive(Parser)]
#[command(args_override_self = true)]
struct Args {
    #[command(subcommand)]
    role: Option<Role>,
    /// What to measure
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "plain,https,private,gateway,viewers,held,cold"
    )]
    parts: Vec<Part>,
    /// The server program to measure
    #[arg(long, default_value = "target/release/ginflix-server")]
    server: PathBuf,
    /// Another build of the server, which the part `builds` compares
    #[arg(long)]
    before: Option<PathBuf>,
    /// The Caddy program to measure
    #[arg(long, default_value = "caddy")]
    caddy: PathBuf,
    /// Sizes of ranges over plain HTTP in KiB; 0 is the whole of a 32 MiB file
    #[arg(long, value_delimiter = ',', default_value = "64,256,1024,8192,0")]
    sizes: Vec<u64>,
    /// Concurrent connections over plain HTTP
    #[arg(long, value_delimiter = ',', default_value = "32,512")]
    connections: Vec<usize>,
    /// Size in MiB of the file that ranges are taken from
    #[arg(long, default_value_t = 512)]
    file_mib: u64,
    /// How often each case is measured; the median counts
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Seconds of each measurement
    #[arg(long, default_value_t = 2)]
    seconds: u64,
    /// Viewers who watch at 5 Mbit/s each, and for how many seconds
    #[arg(long, num_args = 2, default_values_t = [2000, 60])]
    viewers: Vec<u64>,
    /// Idle connections
    #[arg(long, default_value_t = 10_000)]
    held: usize,
    /// Folder with the files of the part `hls`: plain.mp4, long.mp4 and segments/
    #[arg(long, default_value = "target/bench-hls")]
    hls_files: PathBuf,
    /// Seconds of reading a file in memory beside files on the disk
    #[arg(long, default_value_t = 10)]
    cold_seconds: u64,
}

/// A part of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Plain HTTP/1.1
    Plain,
    /// Plain HTTP/1.1 with the congestion control of the machine
    System,
    /// HTTPS by HTTP/1.1 and HTTP/2
    Https,
    /// Private clusters, by cookie and by signed link
    Private,
    /// Through the Caddyfile of k8s/base
    Gateway,
    /// Two builds of the server, in all ways that it sends files
    Builds,
    /// The cost of each setting of that Caddyfile
    CaddySettings,
    /// Viewers at the bit rate of their video
    Viewers,
    /// Idle connections
    Held,
    /// Files in memory beside files on the disk
    Cold,
    /// HLS from a movie, and the same segments as files
    Hls,
}

/// A baseline server, as which this program runs in a process of its own.
#[derive(Subcommand)]
enum Role {
    /// Serves a folder with `warp::fs`
    WarpFs { port: u16, folder: PathBuf },
    /// Serves ranges of a file with a bare sendfile(2) loop
    Sendfile { port: u16, file: PathBuf },
}

fn main() -> Result<()> {
    let args = Args::parse();
    match args.role {
        Some(Role::WarpFs { port, folder }) => servers::baseline::serve_by_warp(port, folder),
        Some(Role::Sendfile { port, file }) => sendfile::serve(port, &file),
        None => measure(args),
    }
}

fn measure(args: Args) -> Result<()> {
    let folder = tempfile::tempdir_in("target")
        .context("cannot create a folder in target/; run this at the root of the repository")?;
    let bench = Bench {
        files: BenchFiles::create(folder.path(), args.file_mib << 20)?,
        server: args.server,
        before: args.before,
        caddy: args.caddy,
        congestion_control: conditions::congestion_control()?,
        sizes: args.sizes.iter().map(|kib| kib << 10).collect(),
        connections: args.connections,
        rounds: args.rounds,
        time: Duration::from_secs(args.seconds),
        viewers: args.viewers[0] as usize,
        viewers_time: Duration::from_secs(args.viewers[1]),
        held: args.held,
        cold_time: Duration::from_secs(args.cold_seconds),
    };
    let hls_files = HlsFiles {
        movie: args.hls_files.join("plain.mp4"),
        segments: args.hls_files.join("segments"),
        long_movie: args.hls_files.join("long.mp4"),
    };
    args.parts.iter().try_for_each(|part| match part {
        Part::Plain => parts::plain::run(&bench),
        Part::System => parts::system::run(&bench),
        Part::Https => parts::https::run(&bench),
        Part::Private => parts::private::run(&bench),
        Part::Gateway => parts::gateway::run(&bench),
        Part::Builds => parts::builds::run(&bench),
        Part::CaddySettings => parts::caddy_settings::run(&bench),
        Part::Viewers => parts::viewers::run(&bench),
        Part::Held => parts::viewers::run_held(&bench),
        Part::Cold => parts::cold::run(&bench),
        Part::Hls => parts::hls::run(&bench, &hls_files),
    })
}
