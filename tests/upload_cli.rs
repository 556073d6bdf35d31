//! `ginflix upload` on a terminal and in a pipe, interrupted, and with files that change.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ginflix_tests::binaries;
use ginflix_tests::cli::Cli;
use ginflix_tests::http::{noise, sha256};
use ginflix_tests::media_files;
use ginflix_tests::server::{Server, TOKEN};
use ginflix_tests::wait;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

/// How long a command may take to the next step of a test.
const STEP_TIMEOUT: Duration = Duration::from_secs(60);
const MIB: usize = 1 << 20;

/// An administrator who uploads with the command, and their server.
struct User {
    server: Server,
    cli: Cli,
}

impl User {
    fn new() -> Self {
        Self { server: Server::start(), cli: Cli::new() }
    }

    /// Builds the command `ginflix upload` with these arguments.
    fn upload(&self, args: &[&str]) -> Command {
        let mut command = self.cli.process(&["--server", &self.server.url(""), "upload"]);
        command.args(args).env("GINFLIX_TOKEN", TOKEN).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Creates media files of these sizes.
    fn files(&self, sizes: &[usize]) -> Vec<PathBuf> {
        let file = |(n, size): (usize, &usize)| {
            self.cli.file(&format!("film-{n}.mp4"), noise(*size, n as u64 + 1))
        };
        sizes.iter().enumerate().map(file).collect()
    }

    /// Fetches the number of unfinished uploads, and their size in bytes.
    async fn unfinished(&self) -> (u64, u64) {
        let status = self.server.admin(reqwest::Method::GET, "/api/v1/status");
        let status: Value = status.send().await.unwrap().json().await.unwrap();
        (status["uploads"].as_u64().unwrap(), status["upload_bytes"].as_u64().unwrap())
    }

    /// Starts an upload, and waits until the server has some of it.
    async fn start_upload(&self, args: &[&str]) -> Child {
        let child = self.upload(args).spawn().unwrap();
        wait::until_async(STEP_TIMEOUT, "some bytes on the server", async || {
            (self.unfinished().await.1 > 0).then_some(())
        })
        .await;
        child
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Waits for a process, and returns its exit code, standard output and standard error.
fn wait_for_exit(child: Child) -> (i32, String, String) {
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_interrupted_upload_can_be_resumed_or_discarded() {
    let user = User::new();
    let files = user.files(&[24 * MIB, 1000]);
    let args = ["--limit-rate", "4M", text(&files[0])];
    let child = user.start_upload(&args).await;
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let (code, stdout, stderr) = wait_for_exit(child);
    assert_eq!((code, stdout.as_str()), (1, ""), "{stderr}");
    assert!(stderr.contains("interrupted; the server keeps what it has"), "{stderr}");
    assert!(stderr.contains("repeat the command"), "{stderr}");
    let discard = format!("upload --discard '{}'", text(&files[0]));
    assert!(stderr.contains(&discard), "{stderr}");
    let (uploads, before) = user.unfinished().await;
    assert_eq!(uploads, 1);

    // The same command resumes the upload, and is interrupted again.
    let again = user.start_upload(&args).await;
    wait::until_async(STEP_TIMEOUT, "more bytes", async || {
        (user.unfinished().await.1 > before).then_some(())
    })
    .await;
    kill_process(Pid::from_child(&again), Signal::INT).unwrap();
    wait_for_exit(again);
    assert_eq!(user.unfinished().await.0, 1, "the command did not resume the same upload");

    let (code, stdout, _) = wait_for_exit(
        user.upload(&["-o", "json", "--discard", text(&files[0]), text(&files[1])])
            .spawn()
            .unwrap(),
    );
    let discarded: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(code, 0);
    assert_eq!(discarded[0]["state"], json!("discarded"));
    assert_eq!(discarded[1]["state"], json!("nothing_unfinished"));
    assert_eq!(user.unfinished().await, (0, 0));
    assert!(user.server.media("film-0.mp4").await.is_none());

    let (code, _, stderr) = wait_for_exit(user.upload(&[text(&files[0])]).spawn().unwrap());
    assert_eq!(code, 0, "{stderr}");
    let sent = std::fs::read(&files[0]).unwrap();
    assert!(user.server.media("film-0.mp4").await.unwrap().has_sha256(&sha256(&sent)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_file_that_changes_while_it_is_sent_is_refused() {
    let user = User::new();
    let files = user.files(&[12 * MIB]);
    let child = user.start_upload(&["--limit-rate", "6M", text(&files[0])]).await;
    std::fs::OpenOptions::new().append(true).open(&files[0]).unwrap().write_all(b"more").unwrap();
    let (code, stdout, stderr) = wait_for_exit(child);
    assert_eq!((code, stdout.as_str()), (1, ""), "{stderr}");
    assert!(stderr.contains("changed while it was being sent"), "{stderr}");
    assert!(user.server.media("film-0.mp4").await.is_none());
    // Now that the file is complete, all of it is sent again.
    let (code, _, stderr) = wait_for_exit(user.upload(&[text(&files[0])]).spawn().unwrap());
    assert_eq!(code, 0, "{stderr}");
    let sent = std::fs::read(&files[0]).unwrap();
    assert!(user.server.media("film-0.mp4").await.unwrap().has_sha256(&sha256(&sent)));
    assert_eq!(user.unfinished().await, (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn several_files_in_a_pipe_are_lines_and_one_document() {
    let user = User::new();
    let files = user.files(&[3 * MIB, 1000, MIB, 2 * MIB]);
    let missing = user.cli.home().join("none.mp4");
    let mut args: Vec<&str> = files.iter().map(|file| text(file)).collect();
    args.extend([text(&missing), "-o", "json"]);
    let (code, stdout, stderr) = wait_for_exit(user.upload(&args).spawn().unwrap());
    assert_eq!(code, 3, "{stderr}");
    assert!(!stderr.contains(['\u{1b}', '\r']), "{stderr:?}");
    assert!(stderr.contains("film-0.mp4: sending\n"), "{stderr}");
    assert!(stderr.contains("no such file"), "{stderr}");
    let reports: Value = serde_json::from_str(&stdout).unwrap();
    let states: Vec<&str> =
        reports.as_array().unwrap().iter().map(|r| r["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["uploaded", "uploaded", "uploaded", "uploaded", "failed"]);
    for (report, file) in reports.as_array().unwrap().iter().zip(&files) {
        assert_eq!(report["sha256"], json!(sha256(&std::fs::read(file).unwrap())));
    }
    args.truncate(4);
    let (code, stdout, _) = wait_for_exit(user.upload(&args).spawn().unwrap());
    assert_eq!(code, 0);
    assert_eq!(stdout.matches("already there").count(), 4, "{stdout}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_file_that_is_cut_short_is_accepted_without_sending_it_again() {
    let user = User::new();
    let whole = std::fs::read(media_files::faststart()).unwrap();
    let size = whole.len() / 2;
    let file = user.cli.file("cut.mp4", &whole[..size]);
    // With --replace, the upload takes several requests, and the server keeps it.
    let args = ["--replace", text(&file)];
    let (code, stdout, stderr) = wait_for_exit(user.upload(&args).spawn().unwrap());
    assert_eq!((code, stdout.as_str()), (1, ""), "{stderr}");
    let discard = format!("upload --discard '{}'", text(&file));
    for words in ["cut.mp4: ", "missing", "--accept-damaged", "nothing is sent again", &discard] {
        assert!(stderr.contains(words), "{words}: {stderr}");
    }
    assert_eq!(user.unfinished().await, (1, size as u64));
    assert!(user.server.media("cut.mp4").await.is_none());

    let accept = ["--accept-damaged", "-o", "json"];
    let command = user.upload(&[args.as_slice(), &accept].concat()).spawn().unwrap();
    let (code, stdout, stderr) = wait_for_exit(command);
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("cut.mp4 is damaged"), "{stderr}");
    let reports: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(reports[0]["problems"][0]["problem"], json!("truncated"));
    assert_eq!(user.unfinished().await, (0, 0));
    assert!(user.server.media("cut.mp4").await.unwrap().has_sha256(&sha256(&whole[..size])));
}

/// Runs an upload in a terminal of 80 columns, and returns its lines without colors.
fn upload_in_terminal(user: &User, args: &str) -> Vec<String> {
    let run = format!(
        "stty cols 80 rows 24; exec '{}' --server {} upload {args}",
        binaries::cli().display(),
        user.server.url("")
    );
    let mut child = Command::new("script")
        .args(["--quiet", "--return", "--command", &run, "/dev/null"])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("TERM", "xterm-256color")
        .env("GINFLIX_TOKEN", TOKEN)
        .env("GINFLIX_HOME", user.cli.home().join("state"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script is missing; it comes with util-linux (Debian: bsdutils)");
    let mut shown = String::new();
    child.stdout.take().unwrap().read_to_string(&mut shown).unwrap();
    assert!(child.wait().unwrap().success(), "{shown}");
    shown.split(['\r', '\n']).map(plain).collect()
}

/// Removes the escape sequences of a line.
fn plain(line: &str) -> String {
    let mut parts = line.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| {
        let end = part.find(|c: char| c.is_ascii_alphabetic()).map_or(part.len(), |at| at + 1);
        all + &part[end..]
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_terminal_shows_a_bar_for_each_file_and_one_for_all() {
    let user = User::new();
    let files = user.files(&[3 * MIB, 3 * MIB, 2 * MIB]);
    let long = user
        .cli
        .file("a film with a name that is much too long for one line.mp4", noise(3 * MIB, 9));
    let files: Vec<String> =
        files.iter().chain([&long]).map(|file| format!("'{}'", file.display())).collect();
    let shown = upload_in_terminal(&user, &format!("--jobs 2 --limit-rate 2M {}", files.join(" ")));
    let has =
        |words: &[&str]| shown.iter().any(|line| words.iter().all(|word| line.contains(word)));
    assert!(has(&["film-0.mp4", "%", "/s"]), "{shown:#?}");
    assert!(has(&["a film with a name …", "%"]), "{shown:#?}");
    assert!(has(&["1 of 4 files", "%", "11.53 MB"]), "{shown:#?}");
    for line in &shown {
        // The bars are drawn together, each padded to the width of the terminal.
        let columns = line.chars().count();
        // Suggested commands are not wrapped, so that they can be copied. Neither are warnings.
        let is_message = line.trim_start().starts_with("ginflix ") || line.starts_with("warning:");
        assert!(columns <= 80 || columns % 80 == 0 || is_message, "{line:?} is too wide");
    }
    // At the end, the bars are cleared and the result stays.
    assert!(has(&["film-2.mp4", "uploaded"]), "{shown:#?}");
}
