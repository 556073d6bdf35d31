//! Kills a program exactly at one of its fsyncs, which ptrace(2) finds in all of its threads. A
//! truncation of a file counts as an fsync too: it is the other step that cannot be taken back.
//!
//! strace(1) could stop the program at each fsync for a test to count, but loses its continuation in a race of signals with the
//! kernel, and then stands still for seconds.

use std::fs::{self, File};
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicBool, AtomicU32};
use std::sync::{Arc, OnceLock, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

#[cfg(target_arch = "x86_64")]
use nix::libc::ENOSYS;
use nix::libc::{SYS_fdatasync, SYS_fsync, SYS_ftruncate, user_regs_struct};
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
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
/// If the server cannot be traced, exits, or takes longer than `STEP_TIMEOUT`.
pub fn kill_at(n: u32, volume: &Path) -> StartOutcome {
    let mut server = TracedServer::start(volume, &[]);
    server.kill_after(n);
    match server.wait_until_ready() {
        Some(_) => StartOutcome::Ready { fsyncs: server.fsyncs() },
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

/// A program whose fsyncs are counted by ptrace(2); killed when dropped.
pub struct TracedProgram {
    pid: Pid,
    counter: Arc<FsyncCounter>,
    /// Counts, because ptrace(2) obeys only the thread that it started with.
    tracer: Option<JoinHandle<()>>,
}

/// What the tracer of a program and its test share.
#[derive(Default)]
struct FsyncCounter {
    /// Calls of fsync(2), fdatasync(2) and ftruncate(2) so far.
    fsyncs: AtomicU32,
    /// The number of the call at which the program is killed; 0 for none.
    kill_at: AtomicU32,
    /// Whether it was killed there.
    is_killed: AtomicBool,
    /// The exit code, once the program has ended; -1 if a signal ended it.
    ended: OnceLock<i32>,
}

impl FsyncCounter {
    /// Counts a call, and returns whether the program must be killed at it.
    fn count(&self) -> bool {
        let number = self.fsyncs.fetch_add(1, SeqCst) + 1;
        let is_last = number == self.kill_at.load(SeqCst);
        self.is_killed.fetch_or(is_last, SeqCst);
        is_last
    }
}

impl TracedProgram {
    /// Starts a program that is not killed at any fsync yet. Its output goes nowhere, unless the
    /// command says otherwise.
    ///
    /// # Panics
    /// If the program cannot be started or traced.
    #[expect(clippy::zombie_processes, reason = "the tracer waits for it")]
    pub fn start(program: &Command, stderr: Stdio) -> Self {
        // The shell waits for a line, so that the program is traced from its first instruction.
        let mut command = Command::new("sh");
        command.args(["-c", "read -r _ && exec \"$0\" \"$@\" </dev/null"]);
        command.arg(program.get_program()).args(program.get_args());
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(program.get_envs().filter_map(|(key, value)| Some((key, value?))));
        if let Some(folder) = program.get_current_dir() {
            command.current_dir(folder);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(stderr);
        let counter = Arc::<FsyncCounter>::default();
        let (sender, receiver) = mpsc::channel();
        let shared = Arc::clone(&counter);
        let tracer = std::thread::spawn(move || {
            let mut child = command.spawn().expect("start a shell");
            let pid = Pid::from_raw(child.id().cast_signed());
            let options = Options::PTRACE_O_TRACESYSGOOD
                | Options::PTRACE_O_TRACECLONE
                | Options::PTRACE_O_TRACEFORK
                | Options::PTRACE_O_TRACEVFORK
                | Options::PTRACE_O_TRACEEXEC
                | Options::PTRACE_O_EXITKILL;
            ptrace::seize(pid, options).expect("trace a program");
            ptrace::interrupt(pid).expect("trace a program");
            sender.send(pid).expect("the test waits");
            child.stdin.take().expect("a pipe").write_all(b"\n").expect("start the program");
            trace(pid, &shared);
        });
        let pid = receiver.recv().expect("a program is traced");
        Self { pid, counter, tracer: Some(tracer) }
    }

    /// Returns the number of fsyncs so far.
    pub fn fsyncs(&self) -> u32 {
        self.counter.fsyncs.load(SeqCst)
    }

    /// Returns whether the program was killed at an fsync; it may be about to end.
    pub fn is_killed(&self) -> bool {
        self.counter.is_killed.load(SeqCst)
    }

    /// Kills the program at the `n`th fsync from now on, counted from 1.
    pub fn kill_after(&mut self, n: u32) {
        self.counter.kill_at.store(self.fsyncs().saturating_add(n), SeqCst);
    }

    /// Returns what the program does.
    pub fn step(&self) -> Step {
        match self.counter.ended.get() {
            None => Step::Running,
            Some(_) if self.is_killed() => Step::Killed,
            Some(code) => Step::Ended(*code),
        }
    }

    /// Waits until the program ends or is killed.
    ///
    /// # Panics
    /// After `STEP_TIMEOUT`.
    pub fn run(&mut self) -> Step {
        wait::until(STEP_TIMEOUT, "a traced program to end", || {
            Some(self.step()).filter(|step| *step != Step::Running)
        })
    }
}

impl Drop for TracedProgram {
    fn drop(&mut self) {
        if self.counter.ended.get().is_none() {
            let _ = kill(self.pid, Signal::SIGKILL);
        }
        if let Some(tracer) = self.tracer.take() {
            let _ = tracer.join();
        }
    }
}

/// Lets a program and all its threads run, counts their fsyncs, and kills it at the given one. Returns when the program has ended.
fn trace(program: Pid, counter: &FsyncCounter) {
    // Other threads of the test have children too, which are not waited for here.
    let options = WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD;
    while let Ok(status) = waitpid(None, Some(options)) {
        let (stopped, signal) = match status {
            WaitStatus::Exited(pid, code) if pid == program => {
                let _ = counter.ended.set(code);
                return;
            }
            WaitStatus::Signaled(pid, ..) if pid == program => {
                let _ = counter.ended.set(-1);
                return;
            }
            WaitStatus::PtraceSyscall(thread) => {
                if has_ended_fsync(thread) && counter.count() {
                    let _ = kill(program, Signal::SIGKILL);
                }
                (thread, None)
            }
            WaitStatus::PtraceEvent(thread, ..) => (thread, None),
            WaitStatus::Stopped(thread, signal) => (thread, Some(signal)),
            _ => continue,
        };
        // A thread that was killed meanwhile cannot go on.
        let _ = ptrace::syscall(stopped, signal);
    }
}

/// Returns whether a thread that has stopped at the start or the end of a system call is at the end of an fsync.
fn has_ended_fsync(thread: Pid) -> bool {
    const CALLS: [i64; 3] = [SYS_fsync, SYS_fdatasync, SYS_ftruncate];
    let ended = ptrace::getregs(thread).ok().as_ref().and_then(ended_call);
    ended.is_some_and(|call| CALLS.contains(&call))
}

/// Returns the number of the system call that has ended; `None` if it is only about to start.
#[cfg(target_arch = "x86_64")]
fn ended_call(registers: &user_regs_struct) -> Option<i64> {
    // At the start, the kernel sets the result to this error.
    let is_start = registers.rax.cast_signed() == -i64::from(ENOSYS);
    (!is_start).then_some(registers.orig_rax.cast_signed())
}

/// Returns the number of the system call that has ended; `None` if it is only about to start.
#[cfg(target_arch = "aarch64")]
fn ended_call(registers: &user_regs_struct) -> Option<i64> {
    // The kernel sets x7 to 1 at the end, and x8 has the number.
    (registers.regs[7] == 1).then_some(registers.regs[8].cast_signed())
}

/// A server whose fsyncs are counted; killed when dropped.
pub struct TracedServer {
    program: TracedProgram,
    /// Holds the secrets, the log and the address.
    folder: TempDir,
}

impl TracedServer {
    /// Starts a server on this volume with more flags, which is not killed at any fsync yet.
    ///
    /// # Panics
    /// If the server cannot be traced.
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
        self.program.fsyncs()
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
        kill(self.program.pid, Signal::SIGTERM).unwrap();
        match self.program.run() {
            Step::Ended(0) => true,
            Step::Killed => false,
            step => panic!("{step:?}"),
        }
    }

    /// Returns whether the server was killed at an fsync.
    pub fn is_killed(&self) -> bool {
        self.program.is_killed()
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

    fn step(&self) -> Step {
        let step = self.program.step();
        let log = || fs::read_to_string(self.folder.path().join("log")).unwrap();
        assert!(!matches!(step, Step::Ended(_)), "the server ended with {step:?}:\n{}", log());
        step
    }
}
