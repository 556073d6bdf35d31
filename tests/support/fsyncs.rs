//! Kills a server exactly at one of its fsyncs, which strace(1) finds in all of
//! its threads.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

use crate::server::{PASSWORD, TOKEN, is_ready, write_secret};
use crate::{binaries, wait};

/// How long a server may take from one fsync to the next, and to be ready.
const STEP_TIMEOUT: Duration = Duration::from_secs(30);

/// How a start ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// The server was killed at the fsync that was asked for.
    Killed,
    /// The server was ready before it came so far, after so many fsyncs. It is gone.
    Ready {
        /// Calls of fsync(2) and fdatasync(2) until it was ready.
        fsyncs: u32,
    },
}

/// Starts a server on this volume and sends it SIGKILL at its `n`th fsync or
/// fdatasync, counted from 1, whichever thread calls it.
///
/// strace counts the calls of each thread by itself (`when=` of its `inject`).
/// Therefore it stops the whole process at each of them, and this function counts.
///
/// # Panics
/// Where strace is not installed or may not trace, where the server ends by
/// itself, or where it goes on for too long.
pub fn kill_at(n: u32, volume: &Path) -> Start {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    write_secret(&file("token"), TOKEN);
    write_secret(&file("password"), PASSWORD);
    let mut command = Command::new("strace");
    // By -D the server is our child, and strace is not: so we learn of its stops.
    command.args(["-D", "-f", "-qqq", "-e", "trace=fsync,fdatasync"]);
    command.args(["-e", "inject=fsync,fdatasync:signal=SIGSTOP", "-o", "/dev/null"]);
    command.arg(binaries::server()).args(["--listen", "127.0.0.1:0", "--data-dir"]).arg(volume);
    command.arg("--address-file").arg(file("address"));
    command.arg("--admin-token-file").arg(file("token"));
    command.arg("--admin-password-file").arg(file("password"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(file("log")).unwrap());
    let child = command
        .spawn()
        .expect("this test needs strace; install the package `strace`, or run `make setup`");
    let server = Traced(child);
    let mut fsyncs = 0;
    loop {
        let step = wait::until(STEP_TIMEOUT, "a server to reach an fsync or to be ready", || {
            let ready = || {
                let address = fs::read_to_string(file("address")).ok()?.trim().parse().ok()?;
                is_ready(address).then_some(Step::Ready)
            };
            let log = || fs::read_to_string(file("log")).unwrap();
            server.stopped(log).then_some(Step::Fsync).or_else(ready)
        });
        match step {
            Step::Ready => return Start::Ready { fsyncs },
            Step::Fsync => fsyncs += 1,
        }
        if fsyncs == n {
            return Start::Killed;
        }
        kill_process(server.pid(), Signal::CONT).unwrap();
    }
}

enum Step {
    Fsync,
    Ready,
}

/// A server that strace traces; killed when this goes.
struct Traced(Child);

impl Traced {
    fn pid(&self) -> Pid {
        Pid::from_child(&self.0)
    }

    /// Whether it has stopped since it was asked last.
    fn stopped(&self, log: impl FnOnce() -> String) -> bool {
        let options = WaitOptions::UNTRACED | WaitOptions::NOHANG;
        let Some((_, status)) = waitpid(Some(self.pid()), options).unwrap() else { return false };
        assert!(status.stopped(), "the server ended with {status:?}:\n{}", log());
        true
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
