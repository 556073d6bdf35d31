//! The two binaries, built on demand so that `cargo test` alone is enough.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// The folder of the binaries, such as `target/debug`.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    // Binaries that are built already, such as those of a release, are tested as they are.
    if let Some(folder) = std::env::var_os("GINFLIX_BIN") {
        return std::fs::canonicalize(folder).unwrap();
    }
    // Cargo runs tests from `target/PROFILE/deps/`.
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().and_then(Path::parent).unwrap().to_owned();
    let mut build = Command::new(option_env!("CARGO").unwrap_or("cargo"));
    build.args(["build", "--quiet", "--locked", "--workspace", "--bins"]);
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    build.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    // The binaries belong beside the tests, wherever a flag of cargo has put these.
    build.env("CARGO_TARGET_DIR", folder.parent().unwrap());
    assert!(build.status().unwrap().success(), "cargo build failed; see above");
    folder
});

/// Returns the path of `ginflix-server`.
pub fn server() -> PathBuf {
    FOLDER.join("ginflix-server")
}

/// Returns the path of `ginflix`.
pub fn cli() -> PathBuf {
    FOLDER.join("ginflix")
}

/// Returns a folder for files that tests make once and keep, such as encoded videos.
pub fn cache() -> PathBuf {
    let folder = FOLDER.join("../test-cache");
    std::fs::create_dir_all(&folder).unwrap();
    folder.canonicalize().unwrap()
}
