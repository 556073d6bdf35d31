//! Puts load on a server with wrk and h2load.

mod h2load;
mod wrk;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use crate::files::{BenchFiles, LARGE_NAME, WHOLE_NAME};

/// The version of HTTP, and with it the program that sends the requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// wrk requests random ranges of the large file, one at a time on each connection.
    Http1,
    /// h2load requests the same range of each medium file in turn, two at a time on each
    /// connection. It cannot request random ranges.
    Http2,
}

/// The requests of a load test.
#[derive(Debug, Clone)]
pub struct Workload {
    /// The version of HTTP.
    pub protocol: Protocol,
    /// The scheme, address and port of the server.
    pub origin: String,
    /// The path and query of the large file, if they are not the usual ones.
    pub target: Option<String>,
    /// A file with the paths to request in turn, instead of ranges of the large file; by HTTP/1.1 only.
    pub paths: Option<PathBuf>,
    /// A header field that each request has.
    pub field: Option<String>,
    /// The size of each range in bytes; 0 for a whole file, by HTTP/1.1 only.
    pub range_bytes: u64,
    /// The number of concurrent requests: one on each connection by HTTP/1.1, two by HTTP/2.
    pub concurrency: usize,
}

/// The result of a load test.
#[derive(Debug, Clone, Copy)]
pub struct LoadResult {
    /// The number of responses.
    pub requests: u64,
    /// The size of their content in bytes.
    pub bytes: u64,
    /// The duration of the test.
    pub time: Duration,
    /// The number of failed connections, and of responses other than 2xx.
    pub errors: u64,
}

impl Workload {
    /// Sends requests for this long, after reading the files into the page cache.
    ///
    /// # Errors
    /// If wrk or h2load is missing, or its output cannot be parsed.
    pub fn run(&self, files: &BenchFiles, time: Duration) -> Result<LoadResult> {
        match self.protocol {
            Protocol::Http1 if self.paths.is_some() => wrk::run(self, LARGE_NAME, 0, time),
            Protocol::Http1 => {
                let name = if self.range_bytes == 0 { WHOLE_NAME } else { LARGE_NAME };
                files.warm(name)?;
                wrk::run(self, name, files.large_size(), time)
            }
            Protocol::Http2 => {
                let names = files.create_medium()?;
                h2load::run(self, &names, files.folder(), time)
            }
        }
    }
}
