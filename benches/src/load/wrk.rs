//! Load from wrk: random ranges over keep-alive connections.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::{Asked, Load};

/// Asks for random ranges of the file, or for all of it where the range has no bytes.
pub fn run(asked: &Asked, name: &str, file_size: u64, time: Duration) -> Result<Load> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/ranges.lua");
    let usual = format!("/stream/{name}");
    let url = format!("{}{}", asked.origin, asked.target.as_ref().unwrap_or(&usual));
    let mut command = Command::new("wrk");
    command.args(["-t1", "--timeout", "30s", "-c", &asked.at_once.to_string()]);
    command.args(["-d", &format!("{}s", time.as_secs()), "-s", script]);
    if let Some(field) = &asked.field {
        command.args(["-H", field]);
    }
    command.args([&url, "--", &file_size.to_string(), &asked.part.to_string()]);
    let output = command.output().context("cannot run wrk")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let result = text.lines().find_map(|line| line.strip_prefix("RESULT "));
    let result = result.with_context(|| format!("wrk said nothing of use:\n{text}"))?;
    let numbers: Vec<u64> = result.split(' ').map(str::parse).collect::<Result<_, _>>()?;
    ensure!(numbers.len() == 4, "wrk said {result}");
    let time = Duration::from_micros(numbers[2]);
    Ok(Load { requests: numbers[0], bytes: numbers[1], time, errors: numbers[3] })
}
