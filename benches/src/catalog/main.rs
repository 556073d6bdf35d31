//! Measures the catalogue of a running server: lists, searches, and views from
//! start to count; and fills one with movies first.

mod fill;
mod load;
mod wire;

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Brings a catalogue to so many movies; the server need not run
    Fill {
        /// As the server's --database-url
        database: String,
        movies: usize,
    },
    /// Asks for the first page, again and again
    List(Load),
    /// Searches for words of titles, the last one unfinished
    Search(Load),
    /// Starts playbacks, and reports what makes each a view
    Views(Load),
}

#[derive(clap::Args)]
struct Load {
    server: SocketAddr,
    /// Clients at once
    #[arg(long, default_value_t = 32)]
    clients: usize,
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

fn main() -> Result<()> {
    match Args::parse().task {
        Task::Fill { database, movies } => fill::fill(&database, movies),
        Task::List(load) => measure(&load, |_| Box::new(load::list)),
        Task::Search(load) => measure(&load, |client| load::search(client as u64)),
        Task::Views(load) => {
            let movie = load::short_film(load.server)?;
            measure(&load, move |_| load::view(&movie))
        }
    }
}

/// Prints: done a second, median and 99th percentile in milliseconds.
#[allow(clippy::print_stdout)] // that is what it is for
fn measure(args: &Load, client: impl Fn(usize) -> load::Client) -> Result<()> {
    let time = Duration::from_secs(args.seconds);
    // What is asked for the first time is slower.
    load::run(args.server, args.clients, Duration::from_secs(2), &client)?;
    let mut took = load::run(args.server, args.clients, time, &client)?;
    took.sort_unstable();
    let milliseconds = |part: f64| {
        let nth = ((took.len() as f64 * part) as usize).min(took.len() - 1);
        took[nth].as_secs_f64() * 1000.0
    };
    let rate = took.len() as f64 / time.as_secs_f64();
    println!("{rate:.0} {:.1} {:.1}", milliseconds(0.5), milliseconds(0.99));
    Ok(())
}
