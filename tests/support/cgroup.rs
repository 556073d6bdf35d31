//! A control group with a memory limit. It uses version 1 or 2 of cgroups, whichever the machine
//! has, and needs root.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::wait;

/// The mount point of cgroups version 2.
const V2: &str = "/sys/fs/cgroup";
/// The mount point of the memory controller of cgroups version 1.
const V1: &str = "/sys/fs/cgroup/memory";

/// How long the kernel may still list processes that have ended.
const REMOVE_TIMEOUT: Duration = Duration::from_secs(20);

/// A control group; removed when dropped.
#[derive(Debug)]
pub struct Cgroup {
    folder: PathBuf,
}

impl Cgroup {
    /// Creates a group whose processes may together use this much memory.
    pub fn with_memory_limit(bytes: u64) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let is_v2 = Path::new(V2).join("cgroup.controllers").exists();
        if is_v2 {
            delegate_memory();
        }
        let name =
            format!("ginflix-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = Path::new(if is_v2 { V2 } else { V1 }).join(name);
        let failed = "cannot create a control group with a memory limit; run this test as root, and \
                      in a container that was started with --privileged";
        fs::create_dir(&folder).unwrap_or_else(|e| panic!("{failed}: {}: {e}", folder.display()));
        let limit = if is_v2 { "memory.max" } else { "memory.limit_in_bytes" };
        fs::write(folder.join(limit), bytes.to_string())
            .unwrap_or_else(|e| panic!("{failed}: {limit}: {e}"));
        if is_v2 {
            // Swap would let the group exceed the limit. A kernel that does not account for swap
            // has no such file.
            let _ = fs::write(folder.join("memory.swap.max"), "0");
        }
        Self { folder }
    }

    /// Returns the file that takes the process id of a new member.
    pub fn procs_file(&self) -> PathBuf {
        self.folder.join("cgroup.procs")
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        // A second panic would abort the process, which hides the first one.
        if !std::thread::panicking() {
            let remove = || fs::remove_dir(&self.folder).ok();
            wait::until(REMOVE_TIMEOUT, "the control group to be empty", remove);
        }
    }
}

/// Enables the memory controller for the groups below the root. In a container the root group has
/// processes, which a group with controlled children may not have: they move to another group.
fn delegate_memory() {
    let control = Path::new(V2).join("cgroup.subtree_control");
    let has_memory = || {
        let controllers = fs::read_to_string(&control).unwrap_or_default();
        controllers.split_whitespace().any(|name| name == "memory")
    };
    if has_memory() || fs::write(&control, "+memory").is_ok() {
        return;
    }
    let group = Path::new(V2).join("ginflix-test-others");
    let _ = fs::create_dir(&group);
    let processes = fs::read_to_string(Path::new(V2).join("cgroup.procs")).unwrap_or_default();
    for process in processes.lines() {
        let _ = fs::write(group.join("cgroup.procs"), process);
    }
    let _ = fs::write(&control, "+memory");
}
