//! Builds and finds the two binaries, so that `cargo test` alone is enough.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// Where cargo puts what it builds in this profile, such as `target/debug`.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    // Those that someone has built already, such as for release.
    if let Some(folder) = std::env::var_os("GINFLIX_BIN") {
        return std::fs::canonicalize(folder).unwrap();
    }
    // This test runs from `target/PROFILE/deps/`.
    let me = std::env::current_exe().unwrap();
    let folder = me.parent().and_then(Path::parent).unwrap().to_owned();
    let mut build = Command::new(option_env!("CARGO").unwrap_or("cargo"));
    build.args(["build", "--quiet", "--locked", "--workspace", "--bins"]);
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    build.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    build.env("CARGO_TARGET_DIR", folder.parent().unwrap());
    assert!(build.status().unwrap().success(), "cargo build failed; see above");
    folder
});

/// The server.
pub fn server() -> PathBuf {
    FOLDER.join("ginflix-server")
}

/// The command.
pub fn cli() -> PathBuf {
    FOLDER.join("ginflix")
}

/// A folder for what tests make once and keep, such as films.
pub fn cache() -> PathBuf {
    let folder = FOLDER.join("../test-cache");
    std::fs::create_dir_all(&folder).unwrap();
    folder.canonicalize().unwrap()
}
