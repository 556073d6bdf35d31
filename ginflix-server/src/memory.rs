//! The memory that this process may use, from which the limits for clients are derived.

use std::fs;
use std::path::{Path, PathBuf};

/// The number of bytes that is assumed if the system reports none.
const FALLBACK_BYTES: u64 = 1 << 30;

/// Returns the number of bytes of memory that this process may use: the memory of the machine, or
/// the limit of its control group (cgroup v1 or v2) if that is lower.
pub fn available_bytes() -> u64 {
    let machine = read("/proc/meminfo").and_then(|text| parse_mem_total(&text));
    let groups = read("/proc/self/cgroup").unwrap_or_default();
    let mounts = read("/proc/self/mountinfo").unwrap_or_default();
    let limits =
        limit_files(&groups, &mounts).into_iter().filter_map(|file| parse_limit(&read(file)?));
    limits.chain(machine).min().unwrap_or(FALLBACK_BYTES)
}

fn read(path: impl AsRef<Path>) -> Option<String> {
    fs::read_to_string(path).ok()
}

/// Parses `MemTotal` of `/proc/meminfo`, in bytes: proc_meminfo(5).
fn parse_mem_total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// Parses a limit file, in bytes; `None` for `max`, which means no limit. In cgroup v1, the file
/// has a huge number instead.
fn parse_limit(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

/// Returns the files that may limit the groups of `/proc/self/cgroup`, below the mounts of
/// `/proc/self/mountinfo`: see cgroups(7) and proc_pid_mountinfo(5).
fn limit_files(groups: &str, mounts: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for (is_v2, root, mount_point) in mounts.lines().filter_map(parse_memory_mount) {
        let Some(group) = groups.lines().find_map(|line| parse_memory_group(line, is_v2)) else {
            continue;
        };
        let name = if is_v2 { "memory.max" } else { "memory.limit_in_bytes" };
        // A container may see a mount whose root is the container's own group. Where namespaces of
        // groups and of mounts differ, the group is not below that root, which is then used itself.
        let relative = Path::new(group).strip_prefix(root).unwrap_or(Path::new(""));
        // A limit of a parent group applies to its children, too.
        files.extend(
            relative.ancestors().map(|group| Path::new(mount_point).join(group).join(name)),
        );
    }
    files
}

/// Parses a line of mountinfo. For a mount of the memory controller, returns whether it is version
/// 2, the group at its root, and the mount point.
fn parse_memory_mount(line: &str) -> Option<(bool, &str, &str)> {
    let (mount, file_system) = line.split_once(" - ")?;
    let mut mount = mount.split(' ').skip(3);
    let (root, mount_point) = (mount.next()?, mount.next()?);
    let mut file_system = file_system.split(' ');
    match (file_system.next()?, file_system.nth(1)?) {
        ("cgroup2", _) => Some((true, root, mount_point)),
        ("cgroup", options) if options.split(',').any(|option| option == "memory") => {
            Some((false, root, mount_point))
        }
        _ => None,
    }
}

/// Parses a line of `/proc/self/cgroup`; returns the path of the group that limits memory.
fn parse_memory_group(line: &str, is_v2: bool) -> Option<&str> {
    let mut fields = line.splitn(3, ':').skip(1);
    let (controllers, path) = (fields.next()?, fields.next()?);
    let has_memory = match is_v2 {
        true => controllers.is_empty(),
        false => controllers.split(',').any(|controller| controller == "memory"),
    };
    has_memory.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const V1: &str = "33 24 0:29 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory";
    const V2: &str = "25 24 0:22 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw";
    const GROUPS: &str = "4:memory,hugetlb:/a/b\n3:pids:/a/b\n0::/user/x\n";

    fn limit_paths(groups: &str, mounts: &str) -> Vec<String> {
        let files = limit_files(groups, mounts);
        files.iter().map(|file| file.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn limit_files_of_both_cgroup_versions_are_found() {
        let of_v1 = [
            "/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes",
            "/sys/fs/cgroup/memory/a/memory.limit_in_bytes",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        ];
        assert_eq!(limit_paths(GROUPS, V1), of_v1);
        let of_v2 = [
            "/sys/fs/cgroup/user/x/memory.max",
            "/sys/fs/cgroup/user/memory.max",
            "/sys/fs/cgroup/memory.max",
        ];
        assert_eq!(limit_paths(GROUPS, V2), of_v2);
        let pids = V1.replace("rw,memory", "rw,pids");
        assert!(limit_paths(GROUPS, &pids).is_empty());
    }

    #[test]
    fn the_groups_of_a_container_begin_at_its_own_group() {
        let mounts = V1.replace(" / /sys", " /docker/7 /sys");
        let below = [
            "/sys/fs/cgroup/memory/x/memory.limit_in_bytes",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        ];
        assert_eq!(limit_paths("4:memory:/docker/7/x\n", &mounts), below);
        // The namespace of groups differs from that of mounts.
        let mounts = V2.replace(" / /sys", " /../.. /sys");
        assert_eq!(limit_paths("0::/\n", &mounts), ["/sys/fs/cgroup/memory.max"]);
    }

    #[test]
    fn a_group_without_a_limit_has_none() {
        assert_eq!(parse_limit("max\n"), None);
        assert_eq!(parse_limit("268435456\n"), Some(256 << 20));
        assert_eq!(parse_mem_total("MemTotal:       2048 kB\nMemFree: 1 kB\n"), Some(2 << 20));
    }

    #[test]
    fn this_process_may_use_some_memory() {
        assert!(available_bytes() > 16 << 20);
    }
}
