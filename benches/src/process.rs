//! What a process and its children have used, from /proc.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// Processor time so far, of the process and its children.
pub fn cpu(pid: u32) -> Result<Duration> {
    let ticks_per_second = rustix::param::clock_ticks_per_second();
    let mut ticks = 0;
    for pid in family(pid)? {
        let fields = stat(pid)?;
        // utime and stime are fields 14 and 15; the first here is field 3.
        ticks += fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    }
    Ok(Duration::from_millis(ticks * 1000 / ticks_per_second))
}

/// Resident memory in bytes, of the process and its children.
pub fn rss_bytes(pid: u32) -> Result<u64> {
    let mut pages = 0;
    for pid in family(pid)? {
        pages += stat(pid)?[21].parse::<u64>()?;
    }
    Ok(pages * rustix::param::page_size() as u64)
}

fn family(parent: u32) -> Result<Vec<u32>> {
    let mut family = vec![parent];
    for entry in fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // A process may end while we look at it.
        if stat(pid).is_ok_and(|fields| fields[1] == parent.to_string()) {
            family.push(pid);
        }
    }
    Ok(family)
}

/// The fields of /proc/PID/stat from the third on: the second may have spaces.
fn stat(pid: u32) -> Result<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, rest) = text.rsplit_once(')').context("/proc/PID/stat without a name")?;
    Ok(rest.split_whitespace().map(str::to_owned).collect())
}
