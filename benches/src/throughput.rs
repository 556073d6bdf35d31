//! The CPU time that sending costs: all servers of a case are measured in turn under the same load.

use std::time::Duration;

use anyhow::Result;

use crate::files::BenchFiles;
use crate::load::{LoadResult, Workload};
use crate::servers::Server;

/// A server, or a gateway and the server behind it.
pub struct Contender<'a> {
    /// The name in tables.
    pub name: String,
    /// The requests that it gets.
    pub workload: Workload,
    /// The server that has the files.
    pub server: &'a Server,
    /// The gateway in front of it.
    pub gateway: Option<&'a Server>,
}

/// The result of one round.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// The responses.
    pub load: LoadResult,
    /// The CPU time of the server.
    pub cpu: Duration,
    /// The CPU time of the gateway.
    pub gateway_cpu: Option<Duration>,
    /// The memory of the gateway, or of the server without one, after the round, in bytes.
    pub memory: u64,
}

/// The samples of one contender in one case.
pub struct Measurement {
    /// The name of the contender.
    pub name: String,
    /// The size of each range in bytes; 0 is a whole file.
    pub range_bytes: u64,
    /// The number of concurrent requests.
    pub concurrency: usize,
    /// One for each round.
    pub samples: Vec<Sample>,
}

/// Measures all contenders of one case in turn, `rounds` times.
///
/// # Errors
/// If a server has ended, or the load test fails.
pub fn measure(
    contenders: &[Contender],
    files: &BenchFiles,
    rounds: usize,
    time: Duration,
) -> Result<Vec<Measurement>> {
    let empty = |contender: &Contender| Measurement {
        name: contender.name.clone(),
        range_bytes: contender.workload.range_bytes,
        concurrency: contender.workload.concurrency,
        samples: Vec::new(),
    };
    let mut measurements: Vec<Measurement> = contenders.iter().map(empty).collect();
    for round in 0..rounds {
        // Each round begins with another contender, so that none always follows the same one.
        for turn in 0..contenders.len() {
            let number = (round + turn) % contenders.len();
            measurements[number].samples.push(contenders[number].sample(files, time)?);
        }
    }
    Ok(measurements)
}

impl Contender<'_> {
    /// Measures the contender for one round.
    fn sample(&self, files: &BenchFiles, time: Duration) -> Result<Sample> {
        let gateway_cpu = || self.gateway.map(Server::cpu).transpose();
        let (cpu, gateway) = (self.server.cpu()?, gateway_cpu()?);
        let load = self.workload.run(files, time)?;
        Ok(Sample {
            load,
            cpu: self.server.cpu()? - cpu,
            gateway_cpu: gateway_cpu()?.zip(gateway).map(|(after, before)| after - before),
            memory: self.gateway.unwrap_or(self.server).memory_bytes()?,
        })
    }
}
