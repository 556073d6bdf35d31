//! Logs that cannot be written: the server keeps running, counts the lost lines, and reports them
//! later.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::process::Stdio;

use ginflix_tests::{server, wait};
use tempfile::TempDir;

use crate::running::{RunningServer, STEP_TIMEOUT, ServerBuilder};

/// The number of requests that a test sends while the log cannot be written.
const REQUESTS: usize = 300;
/// A script that mounts a small file system at `$0` and runs the server.
const MOUNT: &str = "mount -t tmpfs -o size=1m tmpfs \"$0\"; exec \"$@\"";
/// As [`MOUNT`], with standard error on that file system.
const MOUNT_FOR_STDERR: &str = "mount -t tmpfs -o size=1m tmpfs \"$0\"; exec \"$@\" 2>>\"$0/log\"";
/// As [`MOUNT`], with a file system that is full from the beginning.
const MOUNT_FULL: &str = "mount -t tmpfs -o size=1m tmpfs \"$0\"; \
                    head -c 2M /dev/zero >\"$0/filler\" 2>/dev/null || true; exec \"$@\"";

/// Starts a server whose log is on the file system that `script` mounts.
fn start_with_log_file(script: &'static str) -> RunningServer {
    let builder = ServerBuilder::with(&[]);
    let log = builder.folder().join("log");
    builder.flag("--log-file", &log).small(script).run(Stdio::null())
}

fn fill(folder: &Path) {
    let zeros = vec![0; 4096];
    let mut filler = File::create(folder.join("filler")).unwrap();
    while std::io::Write::write_all(&mut filler, &zeros).is_ok() {}
}

/// Sends a request, waits for its line, and returns the log.
fn log_after_request(running: &RunningServer, path: &str) -> String {
    running.get(path);
    wait::until(STEP_TIMEOUT, "a line of the log", || {
        let text = fs::read(running.small().join("log")).ok()?;
        let text = String::from_utf8(text).unwrap();
        text.contains(&format!("path=\"{path}\"")).then_some(text)
    })
}

/// Checks that a server with a full log serves requests, and accounts for each line afterwards.
fn serves_and_accounts_for_each_line(running: &mut RunningServer) {
    running.requests("GET", REQUESTS, |number| format!("/while-full/{number}"));
    assert_eq!(running.get("/readyz").status, 200);
    let lost = running.lost_lines();
    assert!(lost > 0, "the disk is not full");
    fs::remove_file(running.small().join("filler")).unwrap();
    let text = log_after_request(running, "/space-again");
    // Each line is in the log or counted; the first ones may still have found space.
    let logged = text.lines().filter(|line| line.contains("path=\"/while-full/")).count() as u64;
    let reported: u64 = text
        .lines()
        .filter(|line| line.contains("lost: No space left on device"))
        .map(|line| line.rsplit_once("lost=").unwrap().1.parse::<u64>().unwrap())
        .sum();
    assert_eq!(reported, running.lost_lines(), "{text}");
    // The last line before the disk was full may lack its end.
    let torn = text.lines().filter(|line| line.contains("/while-full/") && !line.contains(" ms="));
    let torn = torn.count() as u64;
    assert!(torn <= 1, "{text}");
    assert!(
        logged - torn + reported >= REQUESTS as u64,
        "{logged} lines, {torn} torn, {reported} lost"
    );
    assert!(running.stop().success());
}

#[test]
fn a_full_disk_under_the_log_file_does_not_stop_the_server() {
    let mut running = start_with_log_file(MOUNT);
    log_after_request(&running, "/before");
    fill(&running.small());
    serves_and_accounts_for_each_line(&mut running);
}

#[test]
fn a_full_disk_under_standard_error_does_not_stop_the_server() {
    let mut running = ServerBuilder::with(&[]).small(MOUNT_FOR_STDERR).run(Stdio::null());
    log_after_request(&running, "/before");
    fill(&running.small());
    serves_and_accounts_for_each_line(&mut running);
}

#[test]
fn a_server_starts_with_its_log_on_a_full_disk() {
    let mut running = start_with_log_file(MOUNT_FULL);
    serves_and_accounts_for_each_line(&mut running);
}

/// Sends requests with more bytes of log than a pipe and the queue of the server hold.
fn flood(running: &RunningServer) {
    let method = "M".repeat(300);
    running.requests(&method, 2200, |number| format!("/{number:0300}"));
}

#[test]
fn a_pipe_that_nobody_reads_does_not_stop_the_server() {
    let mut running = ServerBuilder::with(&[]).run(Stdio::piped());
    flood(&running);
    let lost = running.lost_lines();
    assert!(lost > 0, "no line was lost");
    // When the pipe is read in the end, the log reports the lost lines.
    let mut pipe = running.child.stderr.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).map(|_| text)
    });
    running.get("/read-again");
    assert!(running.stop().success());
    let text = reader.join().unwrap().unwrap();
    let report = text.lines().find(|line| line.contains("log lines were lost: ")).unwrap();
    assert!(report.ends_with(&format!("lost={lost}")), "{report}");
    assert!(text.contains("stopped"), "the last lines are missing");
}

#[test]
fn a_server_stops_although_nobody_reads_its_log() {
    let mut running = ServerBuilder::with(&[]).run(Stdio::piped());
    flood(&running);
    assert!(running.stop().success());
}

#[test]
fn a_pipe_without_a_reader_does_not_stop_the_server() {
    let mut running = ServerBuilder::with(&[]).run(Stdio::piped());
    drop(running.child.stderr.take());
    running.requests("GET", REQUESTS, |number| format!("/{number}"));
    wait::until(STEP_TIMEOUT, "the count of lost lines", || {
        (running.lost_lines() >= REQUESTS as u64).then_some(())
    });
    assert!(running.stop().success());
}

#[test]
fn the_error_that_ends_a_server_is_in_its_log_and_on_standard_error() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let folder = TempDir::new().unwrap();
    let (data, log) = (folder.path().join("data"), folder.path().join("log"));
    let (data, log) = (data.to_str().unwrap(), log.to_str().unwrap());
    let flags = ["--listen", &address, "--data-dir", data, "--log-file", log];
    let output = server::command(&flags).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    let reason = format!("cannot listen on {address}");
    assert!(stderr.starts_with("ginflix-server: ") && stderr.contains(&reason), "{stderr}");
    let logged = fs::read_to_string(log).unwrap();
    let last = logged.lines().last().unwrap();
    assert!(last.contains("ERROR") && last.contains(&reason), "{logged}");
}

#[test]
fn a_log_that_cannot_be_opened_is_an_invalid_setting() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    for log in ["/nonexistent/log", "/dev/null", "/"] {
        let flags = ["--data-dir", data.to_str().unwrap(), "--log-file", log];
        let output = server::command(&flags).output().unwrap();
        assert_eq!(output.status.code(), Some(64), "{output:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains("log_file") && stderr.contains(log), "{stderr}");
    }
}
