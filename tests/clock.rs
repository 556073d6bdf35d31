//! The system clock is set back while the server runs: `Date` and the audit log follow it.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ginflix_api::paths;
use ginflix_tests::server::Server;
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::json;

/// The most seconds that a request may take.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(60);

/// Replaces the function of the C library by which a program reads the system clock: adds as many
/// seconds as a file says. It allocates nothing, because allocators read the clock as well.
const LIBRARY: &str = r#"
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = syscall(SYS_clock_gettime, clock, time);
    const char *path = getenv("CLOCK_OFFSET_FILE");
    char text[32] = "";
    int file = clock == CLOCK_REALTIME && path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file >= 0) {
        if (read(file, text, sizeof text - 1) > 0) time->tv_sec += strtol(text, NULL, 10);
        close(file);
    }
    return result;
}
"#;

/// Compiles the library in a folder, and returns its path.
fn library(folder: &Path) -> PathBuf {
    let (source, library) = (folder.join("clock.c"), folder.join("clock.so"));
    fs::write(&source, LIBRARY).unwrap();
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(&source);
    assert!(compiler.status().unwrap().success());
    library
}

/// Sets the clock of the server. It replaces the file, so that the server never reads a part of it.
fn set_clock(file: &Path, offset: SignedDuration) {
    let next = file.with_extension("next");
    fs::write(&next, offset.as_secs().to_string()).unwrap();
    fs::rename(next, file).unwrap();
}

/// Returns how far `Date` is from the real time.
fn offset_of_date(date: &str) -> SignedDuration {
    let date = rfc2822::parse(date).unwrap().timestamp();
    date.duration_since(Timestamp::now())
}

/// Asserts that a clock is as far from the real time as it was set.
#[track_caller]
fn assert_offset(actual: SignedDuration, expected: SignedDuration, what: &str) {
    assert!((actual - expected).abs() < TOLERANCE, "{what}: {actual:#} instead of {expected:#}");
}

/// Returns `Date` of a response over HTTP/2.
fn date_over_http2(url: &str) -> String {
    let output = Command::new("curl")
        .args(["-sS", "--noproxy", "*", "--max-time", "60", "--http2-prior-knowledge", "-D", "-"])
        .args(["-o", "/dev/null", url])
        .output()
        .unwrap();
    let head = String::from_utf8(output.stdout).unwrap();
    let date = head.lines().find_map(|line| line.strip_prefix("date: "));
    date.unwrap_or_else(|| panic!("no date in {head:?}")).trim().to_owned()
}

#[tokio::test]
async fn dates_and_audit_times_follow_a_clock_that_was_set_back() {
    let folder = tempfile::TempDir::new().unwrap();
    let clock = folder.path().join("clock");
    let library = library(folder.path());
    let environment = [("LD_PRELOAD", &library), ("CLOCK_OFFSET_FILE", &clock)]
        .map(|(name, path)| (name, path.to_str().unwrap()));
    let server = Server::start_with_environment(&[], &environment);
    fs::write(server.volume().join("media/film.mp4"), b"film").unwrap();
    for (number, minutes) in [0, -30, -180, -10, 20, 5].into_iter().enumerate() {
        let expected = SignedDuration::from_mins(minutes);
        set_clock(&clock, expected);
        // The event loops, and hyper in both versions of HTTP; each on many connections, because
        // every thread may have a date of its own.
        for _ in 0..8 {
            for path in ["/stream/film.mp4", paths::MOVIES] {
                let response = ginflix_wire::exchange(server.address(), &ginflix_wire::get(path));
                assert_offset(offset_of_date(response.header("date").unwrap()), expected, path);
            }
        }
        let date = date_over_http2(&server.url(paths::MOVIES));
        assert_offset(offset_of_date(&date), expected, "HTTP/2");

        let name = format!("viewer-{number}");
        let account =
            json!({ "name": name, "password": "correct-horse-7-times", "role": "viewer" });
        let added = server.admin(Method::POST, paths::USERS).json(&account).send().await.unwrap();
        assert_eq!(added.status(), 201, "{}", added.text().await.unwrap());
        let entries = server.json(&format!("{}?limit=200", paths::AUDIT)).await;
        let has_entry = entries["items"].as_array().unwrap().iter().any(|entry| {
            let at: Timestamp = entry["at"].as_str().unwrap().parse().unwrap();
            (at.duration_since(Timestamp::now()) - expected).abs() < TOLERANCE
        });
        assert!(has_entry, "no audit entry at {minutes} min: {entries}");
    }
}
