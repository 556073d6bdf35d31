//! What it costs to send: all servers of a case under the same load, in turn.

use std::time::Duration;

use anyhow::Result;

use crate::files::Files;
use crate::load::{Asked, Load};
use crate::servers::Server;

/// One server, or a gateway and the server behind it.
pub struct Contender<'a> {
    /// As tables have it.
    pub name: String,
    /// What is asked of it.
    pub asked: Asked,
    /// The server that has the files.
    pub server: &'a Server,
    /// The gateway before it.
    pub gateway: Option<&'a Server>,
}

/// One measurement.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// What came back.
    pub load: Load,
    /// Processor time of the server.
    pub cpu: Duration,
    /// Processor time of the gateway.
    pub gateway_cpu: Option<Duration>,
    /// Memory of whoever was asked, afterwards, bytes.
    pub memory: u64,
}

/// All measurements of one contender in one case.
pub struct Measured {
    /// Its name.
    pub name: String,
    /// Bytes of each range; 0 is a whole file.
    pub part: u64,
    /// Answers at once.
    pub at_once: usize,
    /// One for each round.
    pub samples: Vec<Sample>,
}

/// Measures all contenders of one case in turn, so often.
///
/// # Errors
/// Where a server has ended, or no load could be put on it.
pub fn measure(
    contenders: &[Contender],
    files: &Files,
    rounds: usize,
    time: Duration,
) -> Result<Vec<Measured>> {
    let begin = |contender: &Contender| Measured {
        name: contender.name.clone(),
        part: contender.asked.part,
        at_once: contender.asked.at_once,
        samples: Vec::new(),
    };
    let mut measured: Vec<Measured> = contenders.iter().map(begin).collect();
    for round in 0..rounds {
        // Another one begins each round, so that nobody always follows the same one.
        for turn in 0..contenders.len() {
            let number = (round + turn) % contenders.len();
            measured[number].samples.push(contenders[number].sample(files, time)?);
        }
    }
    Ok(measured)
}

impl Contender<'_> {
    fn sample(&self, files: &Files, time: Duration) -> Result<Sample> {
        let gateway_cpu = || self.gateway.map(Server::cpu).transpose();
        let (cpu, gateway) = (self.server.cpu()?, gateway_cpu()?);
        let load = self.asked.run(files, time)?;
        Ok(Sample {
            load,
            cpu: self.server.cpu()? - cpu,
            gateway_cpu: gateway_cpu()?.zip(gateway).map(|(after, before)| after - before),
            memory: self.gateway.unwrap_or(self.server).memory_bytes()?,
        })
    }
}
