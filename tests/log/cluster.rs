//! The log of a local cluster, and `ginflix cluster up` on a full disk.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use ginflix_tests::cli::{Cli, Outcome};
use ginflix_tests::{namespace, wait};
use serde_json::Value;

use crate::running::STEP_TIMEOUT;

const UP: [&str; 6] = ["cluster", "up", "--provider", "local", "--port", "0"];
/// The size in bytes at which the log is rotated.
const FILE_BYTES: usize = 65_536;

/// Sends requests with these numbers in their paths. Each makes a line of at least 400 bytes.
fn send_requests(url: &str, numbers: std::ops::Range<usize>) {
    let address = url.trim_start_matches("http://").trim_end_matches('/').parse().unwrap();
    for number in numbers {
        let path = format!("/n/{number}/{}", "a".repeat(300));
        let response = ginflix_wire::exchange(address, &ginflix_wire::get(&path));
        assert_eq!(response.status, 404, "{response:?}");
    }
}

/// Returns the numbers of the requests in a log, in order.
fn numbers(text: &str) -> Vec<usize> {
    let paths = text.lines().filter_map(|line| line.split("path=\"/n/").nth(1));
    paths.map(|path| path.split('/').next().unwrap().parse().unwrap()).collect()
}

/// A process that is killed when the test ends.
struct KilledOnDrop(Child);

impl Drop for KilledOnDrop {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn logs_are_followed_across_rotations() {
    let cli = Cli::new();
    cli.run_with(&UP, &[("GINFLIX_LOG_FILE_BYTES", &FILE_BYTES.to_string())]).expect_success();
    let url = cli.json(&["cluster", "status"])["url"].as_str().unwrap().to_owned();
    let log = cli.home().join("state/ginflix/server.log");
    send_requests(&url, 0..100);

    let followed = cli.home().join("followed");
    let follow = cli
        .process(&["cluster", "logs", "--follow", "-n", "100"])
        .stdout(File::create(&followed).unwrap())
        .spawn()
        .unwrap();
    let _follow = KilledOnDrop(follow);
    let seen = || numbers(&fs::read_to_string(&followed).unwrap());
    wait::until(STEP_TIMEOUT, "the last lines", || (seen().last() == Some(&99)).then_some(()));
    let first = seen()[0];
    send_requests(&url, 100..450);
    wait::until(STEP_TIMEOUT, "the new lines", || (seen().last() == Some(&449)).then_some(()));
    assert!(seen().into_iter().eq(first..450), "{:?}", seen());

    assert!(log.with_added_extension("2").exists(), "the log was not rotated twice");
    let size = |path: &Path| fs::metadata(path).unwrap().len() as usize;
    assert!(size(&log) <= FILE_BYTES && size(&log.with_added_extension("1")) <= FILE_BYTES);
    let all = cli.run(&["cluster", "logs", "-n", "100000"]).expect_success().stdout;
    assert!(numbers(&all).into_iter().eq(0..450), "{all}");
    let some = cli.run(&["cluster", "logs", "-n", "250"]).expect_success().stdout;
    assert!(numbers(&some).into_iter().eq(200..450), "{some}");
}

#[test]
fn no_file_descriptor_keeps_an_old_log() {
    let cli = Cli::new();
    cli.run_with(&UP, &[("GINFLIX_LOG_FILE_BYTES", &FILE_BYTES.to_string())]).expect_success();
    let status = cli.json(&["cluster", "status"]);
    send_requests(status["url"].as_str().unwrap(), 0..550);
    let log = cli.home().join("state/ginflix/server.log");
    wait::until(STEP_TIMEOUT, "three rotations", || {
        log.with_added_extension("3").exists().then_some(())
    });
    let descriptors = fs::read_dir(format!("/proc/{}/fd", status["pid"])).unwrap();
    let files = descriptors.map(|entry| fs::read_link(entry.unwrap().path()).unwrap_or_default());
    let logs: Vec<_> = files.filter(|file| file.to_string_lossy().contains("server.log")).collect();
    // These are standard output, standard error and the log itself.
    assert_eq!(logs, vec![log; 3]);
}

/// A user whose state is on a small file system, mounted in a namespace of its own.
struct UserOnSmallDisk {
    cli: Cli,
    /// A process that keeps the namespace alive.
    holder: KilledOnDrop,
}

impl UserOnSmallDisk {
    fn new(mebibytes: u32) -> Self {
        let cli = Cli::new();
        let state = cli.home().join("state");
        fs::create_dir(&state).unwrap();
        let script = format!("mount -t tmpfs -o size={mebibytes}m tmpfs \"$0\"; exec cat");
        let mut holder = Command::new("unshare");
        holder.args(namespace::private_mount_flags()).args(["sh", "-ec", &script]).arg(&state);
        let holder = holder.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let user = Self { cli, holder: KilledOnDrop(holder) };
        wait::until(STEP_TIMEOUT, "the small file system", || {
            let mounts = fs::read_to_string(format!("/proc/{}/mounts", user.holder.0.id()));
            mounts.is_ok_and(|text| text.contains(state.to_str().unwrap())).then_some(())
        });
        user
    }

    fn run(&self, args: &[&str]) -> Outcome {
        let plain = self.cli.process(args);
        let mut command = Command::new("nsenter");
        command.args(namespace::enter_mount_flags());
        command.args(["--target", &self.holder.0.id().to_string()]);
        command.arg(plain.get_program()).args(plain.get_args()).env_clear();
        for (name, value) in plain.get_envs() {
            command.env(name, value.unwrap());
        }
        Cli::outcome(assert_cmd::Command::from(command).timeout(STEP_TIMEOUT))
    }

    fn status(&self) -> Value {
        let status = self.run(&["cluster", "status", "-o", "json"]);
        serde_json::from_str(&status.stdout).unwrap_or_else(|e| panic!("{e}: {status:?}"))
    }

    fn down(&self) {
        self.run(&["cluster", "down"]).expect_success();
    }

    /// Returns the path of a file on the small file system.
    fn file(&self, name: &str) -> PathBuf {
        let state = self.cli.home().join("state");
        format!("/proc/{}/root{}/{name}", self.holder.0.id(), state.display()).into()
    }

    /// Fills the file system until `left` bytes are free.
    fn fill(&self, left: u64) {
        let mut filler = File::create(self.file("filler")).unwrap();
        while filler.write_all(&[b'\n'; 4096]).is_ok() {}
        filler.set_len(filler.metadata().unwrap().len() - left).unwrap();
    }

    /// Returns the command lines of this user's running servers.
    fn servers(&self) -> Vec<String> {
        let home = self.cli.home().to_str().unwrap().to_owned();
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
        let lines = lines.map(|line| String::from_utf8_lossy(&line).into_owned());
        lines.filter(|line| line.contains("--data-dir") && line.contains(&home)).collect()
    }
}

impl Drop for UserOnSmallDisk {
    fn drop(&mut self) {
        let _ = self.run(&["cluster", "down", "--force", "--timeout", "5s"]);
    }
}

#[test]
fn a_full_disk_is_reported_and_no_server_keeps_running() {
    let user = UserOnSmallDisk::new(24);
    user.run(&UP).expect_success();
    // These leave no space at all, or only enough for the file of the command, or for some of the
    // files of the server.
    for left in [0, 4096, 8192, 16_384] {
        user.down();
        user.fill(left);
        let failed = user.run(&UP).expect_failure(1);
        let data = user.cli.home().join("state/ginflix");
        let failed = failed.expect_stderr("nearly full").expect_stderr(data.to_str().unwrap());
        failed.expect_stderr("B free").expect_stderr("free some space");
        assert_eq!(user.servers(), Vec::<String>::new(), "with {left} bytes");
        assert_ne!(user.status()["state"], "running", "with {left} bytes");
        fs::remove_file(user.file("filler")).unwrap();
        user.run(&UP).expect_success();
    }
}

#[test]
fn with_little_space_a_start_succeeds_or_leaves_no_server() {
    let user = UserOnSmallDisk::new(24);
    user.run(&UP).expect_success();
    let mut failed = 0;
    for left in (20_480..=57_344).step_by(4096) {
        user.down();
        user.fill(left);
        let outcome = user.run(&UP);
        let (servers, status) = (user.servers(), user.status());
        if outcome.code == 0 {
            assert_eq!((servers.len(), &status["state"]), (1, &"running".into()), "{left} bytes");
        } else {
            failed += 1;
            assert_eq!(
                servers,
                Vec::<String>::new(),
                "{left} bytes: {:#?}",
                outcome.expect_failure(1)
            );
        }
        fs::remove_file(user.file("filler")).unwrap();
        user.run(&UP).expect_success();
    }
    assert!(failed > 0, "there was always enough space");
}

#[test]
fn a_server_with_a_full_disk_serves_and_starts_again() {
    let user = UserOnSmallDisk::new(24);
    user.run(&UP).expect_success();
    let url = user.status()["url"].as_str().unwrap().to_owned();
    user.fill(0);
    send_requests(&url, 0..200);
    assert_eq!(user.status()["state"], "running");
    fs::remove_file(user.file("filler")).unwrap();
    user.down();
    user.run(&UP).expect_success();
}

#[test]
fn a_log_that_fills_the_disk_is_rotated_at_the_start() {
    let user = UserOnSmallDisk::new(40);
    user.run(&UP).expect_success();
    user.down();
    let mut log = File::options().append(true).open(user.file("ginflix/server.log")).unwrap();
    let line =
        format!("2026-11-28T00:00:00.000000Z  INFO request path=\"/{}\"\n", "a".repeat(8192));
    while log.write_all(line.as_bytes()).is_ok() {}
    drop(log);
    user.run(&UP).expect_success();
    let last = user.run(&["cluster", "logs", "-n", "1000"]).expect_success().stdout;
    assert!(last.contains("listening") && last.contains("aaaa"), "its last lines are missing");
}
