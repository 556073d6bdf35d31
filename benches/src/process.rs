//! The CPU time and memory of a process and its children, from /proc.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// Returns the CPU time so far, user and system, of a process and its children.
///
/// # Errors
/// If the process has ended.
pub fn cpu(pid: u32) -> Result<Duration> {
    let ticks_per_second = rustix::param::clock_ticks_per_second();
    let mut ticks = 0;
    for pid in with_children(pid)? {
        let fields = stat(pid)?;
        // utime and stime are fields 14 and 15 of proc_pid_stat(5); `stat` returns those from 3 on.
        ticks += fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    }
    Ok(Duration::from_millis(ticks * 1000 / ticks_per_second))
}

/// Returns the resident anonymous memory of a process and its children, in bytes. Pages of files do
/// not count, because the kernel can evict them.
///
/// # Errors
/// If the process has ended.
pub fn memory_bytes(pid: u32) -> Result<u64> {
    let mut kib = 0;
    for pid in with_children(pid)? {
        let text = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let words = line.context("/proc/PID/status without RssAnon")?.trim();
        kib += words.trim_end_matches(" kB").parse::<u64>()?;
    }
    Ok(kib * 1024)
}

/// Returns the ids of a process and of its direct children.
fn with_children(parent: u32) -> Result<Vec<u32>> {
    let mut pids = vec![parent];
    for entry in fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // A process that has ended since is skipped.
        if stat(pid).is_ok_and(|fields| fields[1] == parent.to_string()) {
            pids.push(pid);
        }
    }
    Ok(pids)
}

/// Returns the fields of /proc/PID/stat from the third on: the second, the name, may have spaces.
fn stat(pid: u32) -> Result<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, rest) = text.rsplit_once(')').context("/proc/PID/stat without a name")?;
    Ok(rest.split_whitespace().map(str::to_owned).collect())
}
