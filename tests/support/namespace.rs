//! Mounts that only a test and its server see.

use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Flags of unshare(1) for mounts of one's own. Root needs no user namespace
/// for them, and in a chroot could not make one; everybody else needs one.
pub fn private_mount_flags() -> &'static [&'static str] {
    if root_may_mount() { &["--mount"] } else { &["--user", "--map-root-user", "--mount"] }
}

/// Flags of nsenter(1) to get to such mounts.
pub fn enter_mount_flags() -> &'static [&'static str] {
    if root_may_mount() {
        &["--mount", "--root"]
    } else {
        &["--preserve-credentials", "--user", "--mount"]
    }
}

fn root_may_mount() -> bool {
    static MAY: OnceLock<bool> = OnceLock::new();
    *MAY.get_or_init(|| {
        let mut tried = Command::new("unshare");
        tried.args(["--mount", "true"]).stderr(Stdio::null());
        tried.status().is_ok_and(|status| status.success())
    })
}
