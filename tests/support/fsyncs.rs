//! Kills a program exactly at one of its fsyncs, which strace(1) finds in all of its threads. A
//! truncation of a file counts as an fsync too: it is the other step that cannot be taken back.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, kill_process, waitpid};
use tempfile::TempDir;

use crate::server::{self, command, is_ready, write_secrets};
use crate::wait;

/// How long a program may take from one fsync to the next one, to being ready, or to its end.
const STEP_TIMEOUT: Duration = Duration::from_secs(60);
/// The time between two looks at the state of a program.
const POLL_INTERVAL: Duration = Duration::from_millis(2);

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
/// # Panics
/// If strace is not installed or may not trace, or if the server exits or takes longer than
/// `STEP_TIMEOUT` for a step.
pub fn kill_at(n: u32, volume: &Path) -> StartOutcome {
    let mut server = TracedServer::start(volume, &[]);
    server.kill_after(n);
    match server.wait_until_ready() {
        Some(_) => StartOutcome::Ready { fsyncs: server.program.fsyncs },
        None => StartOutcome::Killed,
    }
}

/// What a traced program does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It runs.
    Running,
    /// It was killed at an fsync.
    Killed,
    /// It has ended with this exit code; -1 if a signal ended it.
    Ended(i32),
}

/// A program traced by strace; killed when dropped.
///
/// The `when=` of strace's `inject` counts the calls of each thread separately. Therefore strace
/// stops the whole process at each call, and this counts.
pub struct TracedProgram {
    child: Child,
    fsyncs: u32,
    kill_at: u32,
    has_ended: bool,
}

impl TracedProgram {
    /// Starts a program that is not killed at any fsync yet. Its output goes nowhere, unless the
    /// command says otherwise.
    ///
    /// # Panics
    /// If strace is not installed.
    pub fn start(program: &Command, stderr: Stdio) -> Self {
        let mut command = Command::new("strace");
        // With -D the program is our child and strace is not, so that waitpid(2) reports its stops.
        command.args(["-D", "-f", "-qqq", "-e", "trace=fsync,fdatasync,ftruncate"]);
        command.args(["-e", "inject=fsync,fdatasync,ftruncate:signal=SIGSTOP", "-o", "/dev/null"]);
        command.arg(program.get_program()).args(program.get_args());
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(program.get_envs().filter_map(|(key, value)| Some((key, value?))));
        if let Some(folder) = program.get_current_dir() {
            command.current_dir(folder);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(stderr);
        let child = command
            .spawn()
            .expect("this test needs strace; install the package `strace`, or run `make setup`");
        Self { child, fsyncs: 0, kill_at: u32::MAX, has_ended: false }
    }

    /// Returns the number of fsyncs so far.
    pub fn fsyncs(&self) -> u32 {
        self.fsyncs
    }

    /// Kills the program at the `n`th fsync from now on, counted from 1.
    pub fn kill_after(&mut self, n: u32) {
        self.kill_at = self.fsyncs.saturating_add(n);
    }

    /// Lets the program go on if it has stopped at an fsync, or kills it there.
    pub fn step(&mut self) -> Step {
        if self.has_ended {
            return Step::Killed;
        }
        let options = WaitOptions::UNTRACED | WaitOptions::NOHANG;
        let Some((_, status)) = waitpid(Some(self.pid()), options).unwrap() else {
            return Step::Running;
        };
        if !status.stopped() {
            self.has_ended = true;
            return Step::Ended(exit_code(status));
        }
        self.fsyncs += 1;
        if self.fsyncs == self.kill_at {
            self.kill();
            return Step::Killed;
        }
        kill_process(self.pid(), Signal::CONT).unwrap();
        Step::Running
    }

    /// Runs the program to its end or its kill.
    ///
    /// # Panics
    /// After `STEP_TIMEOUT`.
    pub fn run(&mut self) -> Step {
        wait::until(STEP_TIMEOUT, "a traced program to end", || {
            Some(self.step()).filter(|step| *step != Step::Running)
        })
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.has_ended = true;
    }
}

fn exit_code(status: WaitStatus) -> i32 {
    status.exit_status().unwrap_or(-1)
}

impl Drop for TracedProgram {
    fn drop(&mut self) {
        if !self.has_ended {
            self.kill();
        }
    }
}

/// A server traced by strace; killed when dropped.
pub struct TracedServer {
    program: TracedProgram,
    /// Holds the secrets, the log and the address.
    folder: TempDir,
}

impl TracedServer {
    /// Starts a server on this volume with more flags, which is not killed at any fsync yet.
    ///
    /// # Panics
    /// If strace is not installed.
    pub fn start(volume: &Path, flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        write_secrets(folder.path());
        let mut server = command(&["--listen", "127.0.0.1:0"]);
        server.args(server::flags(folder.path(), volume)).args(flags);
        let log = File::create(file("log")).unwrap();
        Self { program: TracedProgram::start(&server, log.into()), folder }
    }

    /// Returns the number of fsyncs so far.
    pub fn fsyncs(&self) -> u32 {
        self.program.fsyncs
    }

    /// Kills the server at the `n`th fsync from now on, counted from 1.
    pub fn kill_after(&mut self, n: u32) {
        self.program.kill_after(n);
    }

    /// Returns the address once the server is ready; `None` if it was killed before.
    ///
    /// # Panics
    /// If the server exits, or after `STEP_TIMEOUT`.
    pub fn wait_until_ready(&mut self) -> Option<SocketAddr> {
        let file = self.folder.path().join("address");
        wait::until(STEP_TIMEOUT, "a server to be ready or killed", || {
            if self.step() == Step::Killed {
                return Some(None);
            }
            let address = fs::read_to_string(&file).ok()?.trim().parse().ok()?;
            is_ready(address).then_some(Some(address))
        })
    }

    /// Stops the server with SIGTERM, and returns whether it ended by itself with success.
    ///
    /// # Panics
    /// After `STEP_TIMEOUT`, or if the server fails.
    pub fn stop(&mut self) -> bool {
        kill_process(self.program.pid(), Signal::TERM).unwrap();
        match self.program.run() {
            Step::Ended(0) => true,
            Step::Killed => false,
            step => panic!("{step:?}"),
        }
    }

    /// Returns whether the server was killed at an fsync.
    pub fn is_killed(&self) -> bool {
        self.program.has_ended
    }

    /// Returns the result of `action`, during which the server runs and may be killed.
    ///
    /// # Panics
    /// If the server exits, or if the action does not end within `STEP_TIMEOUT`.
    pub async fn run<T>(&mut self, action: impl Future<Output = T>) -> T {
        let mut action = std::pin::pin!(action);
        let deadline = Instant::now() + STEP_TIMEOUT;
        loop {
            self.step();
            assert!(Instant::now() < deadline, "the action of a test does not end");
            if let Ok(ended) = tokio::time::timeout(POLL_INTERVAL, &mut action).await {
                return ended;
            }
        }
    }

    fn step(&mut self) -> Step {
        let step = self.program.step();
        let log = || fs::read_to_string(self.folder.path().join("log")).unwrap();
        assert!(!matches!(step, Step::Ended(_)), "the server ended with {step:?}:\n{}", log());
        step
    }
}
