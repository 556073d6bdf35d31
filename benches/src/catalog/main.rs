//! Measures the catalogue of a running server by lists, searches and views, and fills a catalogue
//! with movies for that.

mod fill;
mod load;
mod wire;

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Measures the catalogue of a running server
#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Adds movies until the catalogue has this many; the server need not run
    Fill {
        /// The database, as in the server's --database-url
        database: String,
        /// The number of movies that the catalogue has at the end
        movies: usize,
        /// The number of collections, of 20 movies each, that it has at the end
        #[arg(long, default_value_t = 0)]
        collections: usize,
    },
    /// Requests the first page of the list repeatedly
    List(LoadArgs),
    /// Searches for words of titles repeatedly, the last one incomplete
    Search(LoadArgs),
    /// Requests a page of the web site, or another path, repeatedly
    Page {
        /// The path with its query
        path: String,
        #[command(flatten)]
        load: LoadArgs,
    },
    /// Starts playbacks, and reports enough of each for a view
    Views(LoadArgs),
}

#[derive(clap::Args)]
struct LoadArgs {
    /// The address and port of the server
    server: SocketAddr,
    /// Concurrent clients
    #[arg(long, default_value_t = 32)]
    clients: usize,
    /// Seconds of the measurement
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

fn main() -> Result<()> {
    match Args::parse().task {
        Task::Fill { database, movies, collections } => fill::fill(&database, movies, collections),
        Task::Page { path, load } => measure(&load, move |_| load::page(&path)),
        Task::List(load) => measure(&load, |_| Box::new(load::list)),
        Task::Search(load) => measure(&load, |client| load::search(client as u64)),
        Task::Views(load) => {
            let movie = load::short_movie(load.server)?;
            measure(&load, move |_| load::view(&movie))
        }
    }
}

/// How long the clients run before the measurement, because first requests are slower.
const WARM_UP_PERIOD: Duration = Duration::from_secs(2);

/// Prints operations per second, and the median and the 99th percentile of their latency in ms.
#[allow(clippy::print_stdout)] // the figures are the output of this program
fn measure(args: &LoadArgs, operation: impl Fn(usize) -> load::Operation) -> Result<()> {
    let time = Duration::from_secs(args.seconds);
    load::run(args.server, args.clients, WARM_UP_PERIOD, &operation)?;
    let mut latencies = load::run(args.server, args.clients, time, &operation)?;
    latencies.sort_unstable();
    let percentile_ms = |fraction: f64| {
        let nth = ((latencies.len() as f64 * fraction) as usize).min(latencies.len() - 1);
        latencies[nth].as_secs_f64() * 1000.0
    };
    let rate = latencies.len() as f64 / time.as_secs_f64();
    println!("{rate:.0} {:.1} {:.1}", percentile_ms(0.5), percentile_ms(0.99));
    Ok(())
}
