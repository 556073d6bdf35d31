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
    let mounts = read("/proc/self/mountinfo").unwrap_or_default();
    let limits =
        limit_files(&groups, &mounts).into_iter().filter_map(|file| limit_of(&read(file)?));
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

/// The files that may hold a limit for the groups named in `/proc/self/cgroup`, below the mounts
/// named in `/proc/self/mountinfo`: proc_pid_cgroup(5), proc_pid_mountinfo(5). What is mounted in a
/// container may begin at the container's own group.
fn limit_files(groups: &str, mounts: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for (is_v2, root, mount) in mounts.lines().filter_map(memory_mount) {
        let Some(group) = groups.lines().find_map(|line| memory_group(line, is_v2)) else {
            continue;
        };
        let name = if is_v2 { "memory.max" } else { "memory.limit_in_bytes" };
        let below = Path::new(group).strip_prefix(root).unwrap_or(Path::new(""));
        // A limit may be set on any group above, too.
        files.extend(below.ancestors().map(|group| Path::new(mount).join(group).join(name)));
    }
    files
}

/// Where groups of memory are mounted: whether by version 2, at which group that begins, and where.
fn memory_mount(line: &str) -> Option<(bool, &str, &str)> {
    let (mount, file_system) = line.split_once(" - ")?;
    let mut mount = mount.split(' ').skip(3);
    let (root, at) = (mount.next()?, mount.next()?);
    let mut file_system = file_system.split(' ');
    match (file_system.next()?, file_system.nth(1)?) {
        ("cgroup2", _) => Some((true, root, at)),
        ("cgroup", options) if options.split(',').any(|option| option == "memory") => {
            Some((false, root, at))
        }
        _ => None,
    }
}

/// The path of a group of memory, of that version.
fn memory_group(line: &str, is_v2: bool) -> Option<&str> {
    let mut fields = line.splitn(3, ':').skip(1);
    let (controllers, path) = (fields.next()?, fields.next()?);
    let is_it = match is_v2 {
        true => controllers.is_empty(),
        false => controllers.split(',').any(|controller| controller == "memory"),
    };
    is_it.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const V1: &str = "33 24 0:29 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory";
    const V2: &str = "25 24 0:22 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw";
    const GROUPS: &str = "4:memory,hugetlb:/a/b\n3:pids:/a/b\n0::/user/x\n";

    fn found(groups: &str, mounts: &str) -> Vec<String> {
        let files = limit_files(groups, mounts);
        files.iter().map(|file| file.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn the_limit_of_each_kind_of_group_is_found() {
        let of_v1 = [
            "/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes",
            "/sys/fs/cgroup/memory/a/memory.limit_in_bytes",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        ];
        assert_eq!(found(GROUPS, V1), of_v1);
        let of_v2 = [
            "/sys/fs/cgroup/user/x/memory.max",
            "/sys/fs/cgroup/user/memory.max",
            "/sys/fs/cgroup/memory.max",
        ];
        assert_eq!(found(GROUPS, V2), of_v2);
        let pids = V1.replace("rw,memory", "rw,pids");
        assert!(found(GROUPS, &pids).is_empty());
    }

    #[test]
    fn a_containers_groups_begin_at_its_own() {
        let mounts = V1.replace(" / /sys", " /docker/7 /sys");
        let below = [
            "/sys/fs/cgroup/memory/x/memory.limit_in_bytes",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        ];
        assert_eq!(found("4:memory:/docker/7/x\n", &mounts), below);
        // The namespace of groups is another one than that of mounts.
        let mounts = V2.replace(" / /sys", " /../.. /sys");
        assert_eq!(found("0::/\n", &mounts), ["/sys/fs/cgroup/memory.max"]);
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
