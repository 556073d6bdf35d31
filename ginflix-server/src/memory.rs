//! How much memory this process may use: the limits for clients follow from it.

use std::fs;
use std::path::{Path, PathBuf};

/// The size that is assumed where the system does not tell.
const UNKNOWN_BYTES: u64 = 1 << 30;

/// Bytes of memory that this process may use: the machine's memory, or the limit of its
/// control group (cgroup v1 or v2) where that is lower.
pub fn available_bytes() -> u64 {
    let machine = read("/proc/meminfo").and_then(|text| total_of(&text));
    let groups = read("/proc/self/cgroup").unwrap_or_default();
    let limits = limit_files(&groups).into_iter().filter_map(|file| limit_of(&read(file)?));
    limits.chain(machine).min().unwrap_or(UNKNOWN_BYTES)
}

fn read(path: impl AsRef<Path>) -> Option<String> {
    fs::read_to_string(path).ok()
}

/// `MemTotal` of `/proc/meminfo`, in bytes.
fn total_of(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// The limit in such a file; `None` for `max`, which is no limit.
fn limit_of(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

/// The files that may hold a limit for the groups named in `/proc/self/cgroup`. A container
/// sees its own group at the root of the mount, whatever its path is called.
fn limit_files(groups: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for line in groups.lines() {
        let mut fields = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(path)) =
            (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let (mount, name) = match controllers {
            "" => ("/sys/fs/cgroup", "memory.max"),
            list if list.split(',').any(|controller| controller == "memory") => {
                ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
            }
            _ => continue,
        };
        // A limit may be set on any group above, too.
        let path = Path::new(path.trim_start_matches('/'));
        files.extend(path.ancestors().map(|group| Path::new(mount).join(group).join(name)));
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_each_kind_of_group_is_found() {
        let files = limit_files("4:memory,cpu:/a/b\n3:pids:/a/b\n0::/user/x\n");
        let files: Vec<_> = files.iter().map(|file| file.to_str().unwrap()).collect();
        assert_eq!(
            files,
            [
                "/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes",
                "/sys/fs/cgroup/memory/a/memory.limit_in_bytes",
                "/sys/fs/cgroup/memory/memory.limit_in_bytes",
                "/sys/fs/cgroup/user/x/memory.max",
                "/sys/fs/cgroup/user/memory.max",
                "/sys/fs/cgroup/memory.max",
            ]
        );
    }

    #[test]
    fn a_group_without_a_limit_has_none() {
        assert_eq!(limit_of("max\n"), None);
        assert_eq!(limit_of("268435456\n"), Some(256 << 20));
        assert_eq!(total_of("MemTotal:       2048 kB\nMemFree: 1 kB\n"), Some(2 << 20));
    }

    #[test]
    fn this_process_has_some() {
        assert!(available_bytes() > 16 << 20);
    }
}
