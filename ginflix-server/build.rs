//! Gets hls.js by npm, as `web/package-lock.json` says, for `src/http/assets` to embed. Without npm the server is built
//! without it: movies that need HLS then play only in browsers that play HLS themselves.

#![allow(clippy::print_stdout)] // cargo reads what a build script prints

use std::env;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What npm reads: the packages, their versions with their hashes, and settings.
const PACKAGE_FILES: [&str; 3] = ["package.json", "package-lock.json", ".npmrc"];
/// The files that are embedded, in the packages, and their names in URLs.
const EMBEDDED: [(&str, &str); 3] = [
    ("hls.js/dist/hls.min.mjs", "hls.min.mjs"),
    ("hls.js/dist/hls.worker.js", "hls.worker.js"),
    ("hls.js/LICENSE", "hls.license.txt"),
];
/// Where `scripts/setup node` installs npm if the system has none, below the folder of the workspace.
const SETUP_BIN: &str = "target/test-cache/bin";
/// If this is set, a build that cannot get hls.js fails.
const REQUIRED: &str = "GINFLIX_REQUIRE_HLS_JS";

fn main() {
    let folder = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    for file in PACKAGE_FILES {
        println!("cargo:rerun-if-changed=web/{file}");
    }
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed={REQUIRED}");
    let found = install(&folder);
    let files: &[(&str, &str)] = if found.is_ok() { &EMBEDDED } else { &[] };
    if let Err(why) = &found {
        let advice = "`make setup` installs what is missing";
        assert!(env::var_os(REQUIRED).is_none(), "cannot get hls.js: {why}; {advice}");
        println!(
            "cargo:warning=hls.js is left out, with which browsers play films that need HLS: {why}; {advice}, then build again"
        );
    }
    fs::write(folder.join("packages.rs"), table(files)).expect("cannot write to OUT_DIR");
}

/// Writes the table of embedded files as Rust.
fn table(files: &[(&str, &str)]) -> String {
    let mut text = String::from("&[\n");
    for (_, name) in files {
        let content = format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}\"))");
        let _ = writeln!(text, "    ({name:?}, {content}),"); // writing to a string does not fail
    }
    text.push_str("]\n");
    text
}

/// Installs the packages, and copies the files that are embedded.
fn install(folder: &Path) -> Result<(), String> {
    let packages = folder.join("packages");
    let failed = |error: io::Error| error.to_string();
    let _ = fs::remove_dir_all(&packages); // it is not there the first time
    fs::create_dir_all(&packages).map_err(failed)?;
    for file in PACKAGE_FILES {
        fs::copy(Path::new("web").join(file), packages.join(file)).map_err(failed)?;
    }
    run_npm(&packages)?;
    for (file, name) in EMBEDDED {
        let from = packages.join("node_modules").join(file);
        fs::copy(&from, folder.join(name))
            .map_err(|error| format!("{}: {error}", from.display()))?;
    }
    fs::remove_dir_all(&packages).map_err(failed)
}

/// Runs npm, which compares what it downloads with the hashes in the lock file.
fn run_npm(packages: &Path) -> Result<(), String> {
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"])
        .args(["--loglevel", "error", "--fetch-retries", "1", "--fetch-retry-mintimeout", "1000"])
        .current_dir(packages)
        .env("PATH", search_path());
    match npm.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            // The cause may be the network, so the next build tries again: the file does not exist.
            println!("cargo:rerun-if-changed=web/hls.js-is-missing");
            let said = String::from_utf8_lossy(&output.stderr);
            let first = said.lines().find(|line| line.contains("npm error") && line.len() > 20);
            Err(format!("npm failed: {}", first.unwrap_or("it gave no reason")))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // `scripts/setup` touches build.rs when it has installed npm.
            println!("cargo:rerun-if-env-changed=PATH");
            Err("npm is missing".to_owned())
        }
        Err(error) => Err(format!("npm cannot be started: {error}")),
    }
}

/// Returns `PATH` with the folder that `scripts/setup` fills after those of the system.
fn search_path() -> OsString {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let installed = manifest.parent().unwrap_or(Path::new(".")).join(SETUP_BIN);
    let system = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&system).chain([installed]);
    env::join_paths(folders).unwrap_or(system)
}
