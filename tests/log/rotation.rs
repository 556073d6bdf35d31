//! Rotation of the log while the server runs: it has a limited total size and no gaps.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use ginflix_tests::wait;

use crate::running::{STEP_TIMEOUT, ServerBuilder};

/// The size in bytes at which the log is rotated, the smallest that is valid.
const FILE_BYTES: u64 = 65_536;
/// The number of files: the log and three rotated ones.
const FILE_COUNT: usize = 4;

/// Returns the files of a log, the oldest first.
fn files(log: &Path) -> Vec<PathBuf> {
    let old = (1..=9).rev().map(|number| log.with_added_extension(number.to_string()));
    old.chain([log.to_owned()]).filter(|path| path.exists()).collect()
}

/// Returns the numbers of the requests in the log, in order.
fn numbers(log: &Path) -> Vec<usize> {
    let text: String = files(log).iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let paths = text.lines().filter_map(|line| line.split("path=\"/n/").nth(1));
    paths.map(|path| path.split('"').next().unwrap().parse().unwrap()).collect()
}

#[test]
fn a_log_that_is_rotated_under_load_has_all_lines() {
    let bytes = FILE_BYTES.to_string();
    let builder = ServerBuilder::with(&["--log-file-bytes", &bytes]);
    let log = builder.folder().join("log");
    let running = builder.flag("--log-file", &log).run(Stdio::null());
    // With about 430 bytes per line, these fill three files.
    let method = "M".repeat(250);
    running.requests(&method, 450, |number| format!("/n/{number}"));
    wait::until(STEP_TIMEOUT, "the last line", || (numbers(&log).len() == 450).then_some(()));
    let mut found = numbers(&log);
    found.sort_unstable();
    assert!(found.iter().copied().eq(0..450), "{found:?}");
    assert!(files(&log).len() >= 3, "the log was not rotated twice");
    assert_eq!(running.lost_lines(), 0);

    // These are far more than all files hold.
    running.requests(&method, 1000, |number| format!("/n/{}", 1000 + number));
    wait::until(STEP_TIMEOUT, "the last lines", || numbers(&log).contains(&1999).then_some(()));
    let files = files(&log);
    assert_eq!(files.len(), FILE_COUNT, "{files:?}");
    for file in files {
        let metadata = fs::metadata(&file).unwrap();
        assert!(metadata.len() <= FILE_BYTES, "{} has {} bytes", file.display(), metadata.len());
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{}", file.display());
    }
}

#[test]
fn a_deleted_log_is_created_again() {
    let builder = ServerBuilder::with(&[]);
    let log = builder.folder().join("log");
    let running = builder.flag("--log-file", &log).run(Stdio::null());
    running.get("/n/1");
    wait::until(STEP_TIMEOUT, "the first line", || (numbers(&log) == [1]).then_some(()));
    fs::remove_file(&log).unwrap();
    running.get("/n/2");
    wait::until(STEP_TIMEOUT, "the next line", || {
        (log.exists() && numbers(&log) == [2]).then_some(())
    });
}
