//! Load on a server, and what came back.

mod h2load;
mod wrk;

use std::time::Duration;

use anyhow::Result;

use crate::files::{Files, LARGE_NAME, WHOLE_NAME};

/// What asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// wrk, by HTTP/1.1: random ranges of the large file, one at a time on each connection.
    Http1,
    /// h2load, by HTTP/2: the same range of each medium file in turn, two at a time on each
    /// connection. It cannot ask for random ranges.
    Http2,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// How.
    pub protocol: Protocol,
    /// Scheme, address and port.
    pub origin: String,
    /// Path and query of the large file where they are not the usual ones.
    pub target: Option<String>,
    /// A header field that each request has.
    pub field: Option<String>,
    /// Bytes of each range; 0 for the whole file of that name, by HTTP/1.1 only.
    pub part: u64,
    /// Answers at once: connections, by HTTP/2 twice as many as connections.
    pub at_once: usize,
}

/// What came back.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Answers.
    pub requests: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// How long it took.
    pub time: Duration,
    /// Answers other than 2xx, and connections that failed.
    pub errors: u64,
}

impl Asked {
    /// Asks for this long, of files that were read into memory just before.
    ///
    /// # Errors
    /// Where the program that asks is not there, or says nothing of use.
    pub fn run(&self, files: &Files, time: Duration) -> Result<Load> {
        match self.protocol {
            Protocol::Http1 => {
                let name = if self.part == 0 { WHOLE_NAME } else { LARGE_NAME };
                files.warm(name)?;
                wrk::run(self, name, files.large_size(), time)
            }
            Protocol::Http2 => {
                let names = files.make_medium()?;
                h2load::run(self, &names, files.folder(), time)
            }
        }
    }
}
