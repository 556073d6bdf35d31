//! Mount namespaces, whose mounts only a test and its server see.

use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Returns the flags of unshare(1) for a mount namespace. Root needs no user namespace for it, and
/// in a chroot could not create one; everybody else needs one.
pub fn private_mount_flags() -> &'static [&'static str] {
    if root_may_mount() { &["--mount"] } else { &["--user", "--map-root-user", "--mount"] }
}

/// Returns the flags of nsenter(1) that enter a namespace of [`private_mount_flags`].
pub fn enter_mount_flags() -> &'static [&'static str] {
    if root_may_mount() {
        &["--mount", "--root"]
    } else {
        &["--preserve-credentials", "--user", "--mount"]
    }
}

/// Reports whether this process may create a mount namespace without a user namespace.
fn root_may_mount() -> bool {
    static CAN_UNSHARE: OnceLock<bool> = OnceLock::new();
    *CAN_UNSHARE.get_or_init(|| {
        let mut unshare = Command::new("unshare");
        unshare.args(["--mount", "true"]).stderr(Stdio::null());
        unshare.status().is_ok_and(|status| status.success())
    })
}
