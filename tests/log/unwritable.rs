//! A log that cannot be written: the server goes on, counts what is missing, and says so once it
//! can.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::process::Stdio;

use ginflix_tests::{server, wait};
use tempfile::TempDir;

use crate::running::{DEADLINE, Running, Start};

/// Requests that a test sends while the log is full.
const REQUESTS: usize = 300;
/// A small file system at `$0`, then the server.
const SMALL: &str = "mount -t tmpfs -o size=1m tmpfs \"$0\"; exec \"$@\"";
/// Likewise, with standard error on it.
const SMALL_FOR_STDERR: &str = "mount -t tmpfs -o size=1m tmpfs \"$0\"; exec \"$@\" 2>>\"$0/log\"";
/// Likewise, full from the beginning.
const FULL: &str = "mount -t tmpfs -o size=1m tmpfs \"$0\"; \
                    head -c 2M /dev/zero >\"$0/filler\" 2>/dev/null || true; exec \"$@\"";

fn to_file(script: &'static str) -> Running {
    let start = Start::with(&[]);
    let log = start.folder().join("log");
    start.flag("--log-file", &log).small(script).run(Stdio::null())
}

fn fill(folder: &Path) {
    let zeros = vec![0; 4096];
    let mut filler = File::create(folder.join("filler")).unwrap();
    while std::io::Write::write_all(&mut filler, &zeros).is_ok() {}
}

/// All in the log, once it has a line for this path.
fn log_with(running: &Running, path: &str) -> String {
    running.get(path);
    wait::until(DEADLINE, "a line of the log", || {
        let text = fs::read(running.small().join("log")).ok()?;
        let text = String::from_utf8(text).unwrap();
        text.contains(&format!("path=\"{path}\"")).then_some(text)
    })
}

/// Serves while the log is full, and accounts for each line afterwards.
fn serves_and_accounts_for_each_line(running: &mut Running) {
    running.requests("GET", REQUESTS, |number| format!("/while-full/{number}"));
    assert_eq!(running.get("/readyz").status, 200);
    let lost = running.lost_lines();
    assert!(lost > 0, "the disk is not full");
    fs::remove_file(running.small().join("filler")).unwrap();
    let text = log_with(running, "/room-again");
    // It may be that some lines were written while it filled up: each is there or counted.
    let there = text.lines().filter(|line| line.contains("path=\"/while-full/")).count() as u64;
    let told: u64 = text
        .lines()
        .filter(|line| line.contains("lost: No space left on device"))
        .map(|line| line.rsplit_once("lost=").unwrap().1.parse::<u64>().unwrap())
        .sum();
    assert_eq!(told, running.lost_lines(), "{text}");
    let torn = text.lines().filter(|line| line.contains("/while-full/") && !line.contains(" ms="));
    let torn = torn.count() as u64;
    assert!(torn <= 1, "{text}");
    assert!(there - torn + told >= REQUESTS as u64, "{there} lines, {torn} torn, {told} lost");
    assert!(running.stop().success());
}

#[test]
fn a_full_disk_under_the_log_file_stops_nothing() {
    let mut running = to_file(SMALL);
    log_with(&running, "/before");
    fill(&running.small());
    serves_and_accounts_for_each_line(&mut running);
}

#[test]
fn a_full_disk_under_standard_error_stops_nothing() {
    let mut running = Start::with(&[]).small(SMALL_FOR_STDERR).run(Stdio::null());
    log_with(&running, "/before");
    fill(&running.small());
    serves_and_accounts_for_each_line(&mut running);
}

#[test]
fn a_server_starts_with_its_log_on_a_full_disk() {
    let mut running = to_file(FULL);
    serves_and_accounts_for_each_line(&mut running);
}

/// More than a pipe and the server's own queue hold.
fn flood(running: &Running) {
    let method = "M".repeat(300);
    running.requests(&method, 2200, |number| format!("/{number:0300}"));
}

#[test]
fn a_pipe_that_nobody_reads_stops_nothing() {
    let mut running = Start::with(&[]).run(Stdio::piped());
    flood(&running);
    let lost = running.lost_lines();
    assert!(lost > 0, "all found room");
    // Read in the end, it says what is missing.
    let mut pipe = running.child.stderr.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).map(|_| text)
    });
    running.get("/read-again");
    assert!(running.stop().success());
    let text = reader.join().unwrap().unwrap();
    let told = text.lines().find(|line| line.contains("log lines were lost: ")).unwrap();
    assert!(told.ends_with(&format!("lost={lost}")), "{told}");
    assert!(text.contains("stopped"), "the last lines are missing");
}

#[test]
fn a_server_stops_while_nobody_reads_its_log() {
    let mut running = Start::with(&[]).run(Stdio::piped());
    flood(&running);
    assert!(running.stop().success());
}

#[test]
fn a_pipe_whose_reader_is_gone_stops_nothing() {
    let mut running = Start::with(&[]).run(Stdio::piped());
    drop(running.child.stderr.take());
    running.requests("GET", REQUESTS, |number| format!("/{number}"));
    wait::until(DEADLINE, "the count of lost lines", || {
        (running.lost_lines() >= REQUESTS as u64).then_some(())
    });
    assert!(running.stop().success());
}

#[test]
fn why_a_server_ends_is_in_its_log_and_on_standard_error() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = TempDir::new().unwrap();
    let (data, log) = (folder.path().join("data"), folder.path().join("log"));
    let (data, log) = (data.to_str().unwrap(), log.to_str().unwrap());
    let flags = ["--listen", &address, "--data-dir", data, "--log-file", log];
    let ended = server::command(&flags).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let said = String::from_utf8(ended.stderr).unwrap();
    let why = format!("cannot listen on {address}");
    assert!(said.starts_with("ginflix-server: ") && said.contains(&why), "{said}");
    let logged = fs::read_to_string(log).unwrap();
    let last = logged.lines().last().unwrap();
    assert!(last.contains("ERROR") && last.contains(&why), "{logged}");
}

#[test]
fn a_log_that_cannot_be_opened_is_a_wrong_setting() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    for log in ["/nonexistent/log", "/dev/null", "/"] {
        let flags = ["--data-dir", data.to_str().unwrap(), "--log-file", log];
        let ended = server::command(&flags).output().unwrap();
        assert_eq!(ended.status.code(), Some(64), "{ended:?}");
        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(said.contains("log_file") && said.contains(log), "{said}");
    }
}
