//! Kills a server exactly at one of its fsyncs, which strace(1) finds in all of its threads.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

use crate::server::{PASSWORD, TOKEN, is_ready, write_secret};
use crate::{binaries, wait};

/// How long a server may take from one fsync to the next one, or to being ready.
const STEP_TIMEOUT: Duration = Duration::from_secs(30);

/// The result of [`kill_at`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartOutcome {
    /// The server was killed at the given fsync.
    Killed,
    /// The server was ready before that fsync; it has been killed since.
    Ready {
        /// Calls of fsync(2) and fdatasync(2) until it was ready.
        fsyncs: u32,
    },
}

/// Starts a server on this volume and sends it SIGKILL at its `n`th fsync or fdatasync, counted
/// from 1 over all threads.
///
/// The `when=` of strace's `inject` counts the calls of each thread separately. Therefore strace
/// stops the whole process at each call, and this function counts.
///
/// # Panics
/// If strace is not installed or may not trace, or if the server exits or takes longer than
/// `STEP_TIMEOUT` for a step.
pub fn kill_at(n: u32, volume: &Path) -> StartOutcome {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    write_secret(&file("token"), TOKEN);
    write_secret(&file("password"), PASSWORD);
    let mut command = Command::new("strace");
    // With -D the server is our child and strace is not, so that waitpid(2) reports its stops.
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
    let server = TracedServer(child);
    let mut fsyncs = 0;
    loop {
        let event = wait::until(STEP_TIMEOUT, "a server to reach an fsync or to be ready", || {
            let ready = || {
                let address = fs::read_to_string(file("address")).ok()?.trim().parse().ok()?;
                is_ready(address).then_some(StartEvent::Ready)
            };
            let log = || fs::read_to_string(file("log")).unwrap();
            server.has_stopped(log).then_some(StartEvent::Fsync).or_else(ready)
        });
        match event {
            StartEvent::Ready => return StartOutcome::Ready { fsyncs },
            StartEvent::Fsync => fsyncs += 1,
        }
        if fsyncs == n {
            return StartOutcome::Killed;
        }
        kill_process(server.pid(), Signal::CONT).unwrap();
    }
}

/// What a starting server does next.
enum StartEvent {
    Fsync,
    Ready,
}

/// A server traced by strace; killed when dropped.
struct TracedServer(Child);

impl TracedServer {
    fn pid(&self) -> Pid {
        Pid::from_child(&self.0)
    }

    /// Reports whether the process has stopped since the last call.
    fn has_stopped(&self, log: impl FnOnce() -> String) -> bool {
        let options = WaitOptions::UNTRACED | WaitOptions::NOHANG;
        let Some((_, status)) = waitpid(Some(self.pid()), options).unwrap() else { return false };
        assert!(status.stopped(), "the server ended with {status:?}:\n{}", log());
        true
    }
}

impl Drop for TracedServer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
