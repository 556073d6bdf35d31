//! Runs wrk, which requests random ranges over persistent connections.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::{LoadResult, Workload};

/// Requests random ranges of the file, or all of it if `range_bytes` is 0, or the paths of the workload.
///
/// # Errors
/// If wrk is missing or its output cannot be parsed.
pub fn run(workload: &Workload, name: &str, file_size: u64, time: Duration) -> Result<LoadResult> {
    let script = match &workload.paths {
        None => concat!(env!("CARGO_MANIFEST_DIR"), "/ranges.lua"),
        Some(_) => concat!(env!("CARGO_MANIFEST_DIR"), "/paths.lua"),
    };
    let usual_target = format!("/stream/{name}");
    let url = format!("{}{}", workload.origin, workload.target.as_ref().unwrap_or(&usual_target));
    let mut command = Command::new("wrk");
    command.args(["-t1", "--timeout", "30s", "-c", &workload.concurrency.to_string()]);
    command.args(["-d", &format!("{}s", time.as_secs()), "-s", script]);
    if let Some(field) = &workload.field {
        command.args(["-H", field]);
    }
    command.args([&url, "--"]);
    match &workload.paths {
        None => command.args([file_size.to_string(), workload.range_bytes.to_string()]),
        Some(paths) => command.arg(paths),
    };
    let output = command.output().context("cannot run wrk")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let result = text.lines().find_map(|line| line.strip_prefix("RESULT "));
    let result = result.with_context(|| format!("cannot parse the output of wrk:\n{text}"))?;
    let numbers: Vec<u64> = result.split(' ').map(str::parse).collect::<Result<_, _>>()?;
    ensure!(numbers.len() == 4, "the result of wrk does not have four numbers: {result}");
    let time = Duration::from_micros(numbers[2]);
    Ok(LoadResult { requests: numbers[0], bytes: numbers[1], time, errors: numbers[3] })
}
