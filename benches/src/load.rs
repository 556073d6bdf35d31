//! Load from `wrk`: random ranges over keep-alive connections.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

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

/// Asks for random ranges of `part` bytes, or for the whole if that is 0.
pub fn wrk(
    url: &str,
    file_size: u64,
    part: u64,
    connections: usize,
    time: Duration,
) -> Result<Load> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/ranges.lua");
    let output = Command::new("wrk")
        .args(["-t1", "--timeout", "30s", "-c", &connections.to_string()])
        .args(["-d", &format!("{}s", time.as_secs()), "-s", script, url, "--"])
        .args([file_size.to_string(), part.to_string()])
        .output()
        .context("cannot run wrk")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let result = text.lines().find_map(|line| line.strip_prefix("RESULT "));
    let result = result.with_context(|| format!("wrk said nothing of use:\n{text}"))?;
    let numbers: Vec<u64> = result.split(' ').map(str::parse).collect::<Result<_, _>>()?;
    ensure!(numbers.len() == 4, "wrk said {result}");
    let time = Duration::from_micros(numbers[2]);
    Ok(Load { requests: numbers[0], bytes: numbers[1], time, errors: numbers[3] })
}
