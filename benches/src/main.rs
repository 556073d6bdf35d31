//! Measures what streaming costs: this server beside nginx, `warp::fs` and a bare sendfile(2)
//! loop, turn by turn under the same load and on the same terms. `scripts/bench-stream` runs it
//! in a network namespace.
//!
//! Requests per second depend on the machine's mood; the figure that repeats is
//! the processor time of the server for each GiB that it sent.

mod certificate;
mod client;
mod cold;
mod files;
mod floor;
mod load;
mod parts;
mod process;
mod report;
mod servers;
mod terms;
mod throughput;
mod viewers;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand, ValueEnum};

use files::Files;
use parts::Bench;

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
    /// The server to measure
    #[arg(long, default_value = "target/release/ginflix-server")]
    server: PathBuf,
    /// Another build of the server, for the part `builds`
    #[arg(long)]
    before: Option<PathBuf>,
    /// The Caddy to measure
    #[arg(long, default_value = "caddy")]
    caddy: PathBuf,
    /// Sizes of ranges over plain HTTP in KiB; 0 is the whole of a 32 MiB file
    #[arg(long, value_delimiter = ',', default_value = "64,256,1024,8192,0")]
    sizes: Vec<u64>,
    /// Connections at once over plain HTTP
    #[arg(long, value_delimiter = ',', default_value = "32,512")]
    connections: Vec<usize>,
    /// Size of the file that ranges are taken from, MiB
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
    /// Connections that are held at once
    #[arg(long, default_value_t = 10_000)]
    held: usize,
    /// Seconds of reading a film in memory beside films on the disk
    #[arg(long, default_value_t = 10)]
    cold_seconds: u64,
}

/// A part of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Plain HTTP/1.1
    Plain,
    /// The same with the congestion control of the machine
    System,
    /// HTTPS by HTTP/1.1 and HTTP/2
    Https,
    /// Private clusters, by cookie and by signed link
    Private,
    /// Through the Caddyfile of k8s/base
    Gateway,
    /// Two builds of the server, by all ways that it sends
    Builds,
    /// What each setting of that Caddyfile costs
    CaddySettings,
    /// Viewers at the pace of their film
    Viewers,
    /// Open connections
    Held,
    /// Films in memory beside films on the disk
    Cold,
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
        Some(Role::WarpFs { port, folder }) => servers::own::serve_by_warp(port, folder),
        Some(Role::Floor { port, file }) => floor::serve(port, &file),
        None => measure(args),
    }
}

fn measure(args: Args) -> Result<()> {
    let folder = tempfile::tempdir_in("target").context("run it at the root of the repository")?;
    let bench = Bench {
        files: Files::make(folder.path(), args.file_mib << 20)?,
        server: args.server,
        before: args.before,
        caddy: args.caddy,
        congestion_control: terms::congestion_control()?,
        sizes: args.sizes.iter().map(|kib| kib << 10).collect(),
        connections: args.connections,
        rounds: args.rounds,
        time: Duration::from_secs(args.seconds),
        viewers: args.viewers[0] as usize,
        viewers_time: Duration::from_secs(args.viewers[1]),
        held: args.held,
        cold_time: Duration::from_secs(args.cold_seconds),
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
    })
}
