//! A log that is rotated while the server runs: of limited size in all, and without gaps.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use ginflix_tests::wait;

use crate::running::{DEADLINE, Start};

/// Size of one file, in bytes; the least that is allowed.
const FILE_BYTES: u64 = 65_536;
/// The log and the old files that are kept.
const FILES: usize = 4;

/// The files of a log, the oldest first.
fn files(log: &Path) -> Vec<PathBuf> {
    let old = (1..=9).rev().map(|number| log.with_added_extension(number.to_string()));
    old.chain([log.to_owned()]).filter(|path| path.exists()).collect()
}

/// Numbers of the requests in the log, in order.
fn numbers(log: &Path) -> Vec<usize> {
    let text: String = files(log).iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let paths = text.lines().filter_map(|line| line.split("path=\"/n/").nth(1));
    paths.map(|path| path.split('"').next().unwrap().parse().unwrap()).collect()
}

#[test]
fn a_log_that_is_rotated_under_load_has_every_line() {
    let bytes = FILE_BYTES.to_string();
    let start = Start::with(&["--log-file-bytes", &bytes]);
    let log = start.folder().join("log");
    let running = start.flag("--log-file", &log).run(Stdio::null());
    // About 430 bytes each: three files.
    let method = "M".repeat(250);
    running.requests(&method, 450, |number| format!("/n/{number}"));
    wait::until(DEADLINE, "the last line", || (numbers(&log).len() == 450).then_some(()));
    let mut found = numbers(&log);
    found.sort_unstable();
    assert!(found.iter().copied().eq(0..450), "{found:?}");
    assert!(files(&log).len() >= 3, "it was never rotated");
    assert_eq!(running.lost_lines(), 0);

    // Far more than all files hold.
    running.requests(&method, 1000, |number| format!("/n/{}", 1000 + number));
    wait::until(DEADLINE, "the last lines", || numbers(&log).contains(&1999).then_some(()));
    let files = files(&log);
    assert_eq!(files.len(), FILES, "{files:?}");
    for file in files {
        let facts = fs::metadata(&file).unwrap();
        assert!(facts.len() <= FILE_BYTES, "{} has {} bytes", file.display(), facts.len());
        assert_eq!(facts.permissions().mode() & 0o777, 0o600, "{}", file.display());
    }
}

#[test]
fn a_log_that_was_deleted_is_made_anew() {
    let start = Start::with(&[]);
    let log = start.folder().join("log");
    let running = start.flag("--log-file", &log).run(Stdio::null());
    running.get("/n/1");
    wait::until(DEADLINE, "the first line", || (numbers(&log) == [1]).then_some(()));
    fs::remove_file(&log).unwrap();
    running.get("/n/2");
    wait::until(DEADLINE, "the next line", || (log.exists() && numbers(&log) == [2]).then_some(()));
}
