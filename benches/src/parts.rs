//! The parts of the page, each with servers of its own.

pub mod builds;
pub mod caddy_settings;
pub mod cold;
pub mod gateway;
pub mod https;
pub mod plain;
pub mod private;
pub mod system;
pub mod viewers;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use crate::files::Files;
use crate::load::{Asked, Protocol};
use crate::report;
use crate::servers::{Server, ginflix};
use crate::terms;
use crate::throughput::{self, Contender, Measured};

/// What all parts share.
pub struct Bench {
    /// The files that are sent.
    pub files: Files,
    /// The server to measure.
    pub server: PathBuf,
    /// Another build of it, to compare with.
    pub before: Option<PathBuf>,
    /// The Caddy to measure.
    pub caddy: PathBuf,
    /// The congestion control of this network namespace.
    pub congestion_control: String,
    /// Sizes of answers over plain HTTP, bytes; 0 is a whole file.
    pub sizes: Vec<u64>,
    /// Connections at once over plain HTTP.
    pub connections: Vec<usize>,
    /// How often each case is measured.
    pub rounds: usize,
    /// Time of each measurement.
    pub time: Duration,
    /// Viewers at the pace of their film.
    pub viewers: usize,
    /// How long they watch.
    pub viewers_time: Duration,
    /// Connections that are held.
    pub held: usize,
    /// How long a film in memory is read beside each kind of other streams.
    pub cold_time: Duration,
}

/// Answers at once in all parts but the one over plain HTTP.
const AT_ONCE: usize = 32;

impl Bench {
    /// Starts this project's server over the files, as anyone would.
    fn start_ginflix(&self) -> Result<Server> {
        ginflix::start(&self.server, "ginflix", self.files.folder(), &[])
    }

    /// Fails unless all of them send as this network namespace has it.
    fn ensure_equal_terms(&self, servers: &[&Server]) -> Result<()> {
        servers.iter().try_for_each(|server| {
            let (name, port) = (server.name(), server.port());
            terms::ensure_congestion_control(name, port, &self.congestion_control)
        })
    }

    /// Measures the contenders of each case: an answer's bytes, and how many at once.
    fn measure<'a>(
        &self,
        cases: &[(u64, usize)],
        contenders: impl Fn(u64, usize) -> Vec<Contender<'a>>,
    ) -> Result<Vec<Measured>> {
        let mut all = Vec::new();
        for &(part, at_once) in cases {
            let contenders = contenders(part, at_once);
            all.extend(throughput::measure(&contenders, &self.files, self.rounds, self.time)?);
        }
        Ok(all)
    }

    /// Says how often and how long each figure of a table was measured, and on which terms.
    fn show_section(&self, title: &str, text: &str) {
        let (rounds, seconds) = (self.rounds, self.time.as_secs());
        let how = match rounds {
            1 => "One round".to_owned(),
            _ => format!("Medians of {rounds} rounds"),
        };
        let control = &self.congestion_control;
        let text = format!("{text}\n{how} of {seconds} s; congestion control {control}.\n");
        report::show_section(title, &text);
    }
}

/// Asks a server for random ranges over HTTP/1.1, without TLS.
fn plainly<'a>(
    name: &str,
    server: &'a Server,
    port: u16,
    part: u64,
    at_once: usize,
) -> Contender<'a> {
    let asked = Asked {
        protocol: Protocol::Http1,
        origin: format!("http://127.0.0.1:{port}"),
        target: None,
        field: None,
        part,
        at_once,
    };
    Contender { name: name.to_owned(), asked, server, gateway: None }
}

/// Pairs of each size, in KiB, with the usual number of answers at once.
fn cases(kib: &[u64]) -> Vec<(u64, usize)> {
    kib.iter().map(|kib| (kib << 10, AT_ONCE)).collect()
}
