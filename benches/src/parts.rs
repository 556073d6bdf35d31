//! The parts of the report, each with its own servers.

pub mod builds;
pub mod caddy_settings;
pub mod cold;
pub mod gateway;
pub mod hls;
pub mod https;
pub mod plain;
pub mod private;
pub mod system;
pub mod viewers;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use crate::conditions;
use crate::files::BenchFiles;
use crate::load::{Protocol, Workload};
use crate::report;
use crate::servers::{Server, ginflix};
use crate::throughput::{self, Contender, Measurement};

/// The settings that all parts share.
pub struct Bench {
    /// The files that the servers send.
    pub files: BenchFiles,
    /// The binary of the server.
    pub server: PathBuf,
    /// The binary of another build, to compare with.
    pub before: Option<PathBuf>,
    /// The binary of Caddy.
    pub caddy: PathBuf,
    /// The congestion control of this network namespace.
    pub congestion_control: String,
    /// The sizes of ranges over plain HTTP, in bytes; 0 is a whole file.
    pub sizes: Vec<u64>,
    /// The numbers of concurrent connections over plain HTTP.
    pub connections: Vec<usize>,
    /// The number of rounds of each case.
    pub rounds: usize,
    /// The duration of each round.
    pub time: Duration,
    /// The number of viewers at the bit rate of their video.
    pub viewers: usize,
    /// How long they watch.
    pub viewers_time: Duration,
    /// The number of idle connections.
    pub held: usize,
    /// How long a resident file is read beside each kind of background streams.
    pub cold_time: Duration,
}

/// The number of concurrent requests in all parts but the one over plain HTTP.
const CONCURRENCY: usize = 32;

impl Bench {
    /// Starts this project's server with its default settings.
    ///
    /// # Errors
    /// The same as those of [`Server::start`].
    fn start_ginflix(&self) -> Result<Server> {
        ginflix::start(&self.server, "ginflix", self.files.folder(), &[])
    }

    /// Fails unless all servers use the congestion control of this network namespace.
    fn ensure_equal_conditions(&self, servers: &[&Server]) -> Result<()> {
        servers.iter().try_for_each(|server| {
            let (name, port) = (server.name(), server.port());
            conditions::ensure_congestion_control(name, port, &self.congestion_control)
        })
    }

    /// Measures the contenders of each case, which is a size of ranges and a number of concurrent
    /// requests.
    fn measure<'a>(
        &self,
        cases: &[(u64, usize)],
        contenders: impl Fn(u64, usize) -> Vec<Contender<'a>>,
    ) -> Result<Vec<Measurement>> {
        let mut all = Vec::new();
        for &(range_bytes, concurrency) in cases {
            let contenders = contenders(range_bytes, concurrency);
            all.extend(throughput::measure(&contenders, &self.files, self.rounds, self.time)?);
        }
        Ok(all)
    }

    /// Prints the heading of a table, with the conditions of its measurements.
    fn print_section(&self, title: &str, text: &str) {
        let (rounds, seconds) = (self.rounds, self.time.as_secs());
        let how = match rounds {
            1 => "One round".to_owned(),
            _ => format!("Medians of {rounds} rounds"),
        };
        let control = &self.congestion_control;
        let text = format!("{text}\n{how} of {seconds} s; congestion control {control}.\n");
        report::print_section(title, &text);
    }
}

/// Builds a contender that gets requests for random ranges by HTTP/1.1 without TLS.
fn plain_http<'a>(
    name: &str,
    server: &'a Server,
    port: u16,
    range_bytes: u64,
    concurrency: usize,
) -> Contender<'a> {
    let workload = Workload {
        protocol: Protocol::Http1,
        origin: format!("http://127.0.0.1:{port}"),
        target: None,
        paths: None,
        field: None,
        range_bytes,
        concurrency,
    };
    Contender { name: name.to_owned(), workload, server, gateway: None }
}

/// Returns a case for each size in KiB, with [`CONCURRENCY`] requests.
fn cases(kib: &[u64]) -> Vec<(u64, usize)> {
    kib.iter().map(|kib| (kib << 10, CONCURRENCY)).collect()
}
