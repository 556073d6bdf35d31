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

/// Resident memory in bytes, of the process and its children, without pages of
/// files: those are the kernel's to take back.
pub fn memory_bytes(pid: u32) -> Result<u64> {
    let mut kib = 0;
    for pid in family(pid)? {
        let text = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let words = line.context("/proc/PID/status without RssAnon")?.trim();
        kib += words.trim_end_matches(" kB").parse::<u64>()?;
    }
    Ok(kib * 1024)
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
