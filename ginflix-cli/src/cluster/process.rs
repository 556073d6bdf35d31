//! Processes of this machine: identifies them even if their pid is reused, starts them in a session
//! of their own, and sends them signals.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{
    Pid, PidfdFlags, Signal, kill_process, pidfd_open, pidfd_send_signal, setsid,
};
use serde::{Deserialize, Serialize};

use crate::error::ExitStatus;

/// The name of the hidden command that becomes a detached program.
pub const DETACH_COMMAND: &str = "internal-detach";

/// The identity of a process, which no other process ever has, even with the same pid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessId {
    /// The pid.
    pub pid: u32,
    /// When the process started, in clock ticks since boot.
    start_ticks: u64,
    /// The id of the boot in which it started.
    boot_id: String,
}

/// The state of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProcessStatus {
    /// It runs.
    Running,
    /// It has ended; its pid may belong to another program by now.
    Ended,
    /// The machine was restarted since.
    Rebooted,
}

impl ProcessId {
    /// Returns the identity of the process that has this pid now.
    ///
    /// # Errors
    /// No process has this pid, or `/proc` cannot be read.
    pub fn of(pid: u32) -> io::Result<Self> {
        let ProcessStat { start_ticks, .. } = read_stat(pid)?;
        Ok(Self { pid, start_ticks, boot_id: boot_id()? })
    }

    /// Returns whether the process still runs.
    pub fn status(&self) -> ProcessStatus {
        if boot_id().is_ok_and(|now| now != self.boot_id) {
            return ProcessStatus::Rebooted;
        }
        match read_stat(self.pid) {
            Ok(stat) if stat.start_ticks == self.start_ticks && !stat.has_ended() => {
                ProcessStatus::Running
            }
            _ => ProcessStatus::Ended,
        }
    }

    /// Sends a signal to this process and to no other; `false` if it has ended.
    ///
    /// # Errors
    /// The system refuses, for example because the process belongs to another user.
    pub fn signal(&self, signal: Signal) -> io::Result<bool> {
        let Some(pid) = i32::try_from(self.pid).ok().and_then(Pid::from_raw) else {
            return Ok(false);
        };
        // A descriptor keeps referring to the same process even if the pid is reused. So the
        // identity is checked after it was opened, and not before.
        let handle = pidfd_open(pid, PidfdFlags::empty());
        if self.status() != ProcessStatus::Running {
            return Ok(false);
        }
        let result = match handle {
            Ok(handle) => pidfd_send_signal(handle, signal),
            // Linux has pidfds since version 5.3.
            Err(rustix::io::Errno::NOSYS) => kill_process(pid, signal),
            Err(error) => Err(error),
        };
        match result {
            Ok(()) => Ok(true),
            Err(rustix::io::Errno::SRCH) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

fn boot_id() -> io::Result<String> {
    Ok(fs::read_to_string("/proc/sys/kernel/random/boot_id")?.trim().to_owned())
}

/// A part of `/proc/PID/stat`, see proc(5).
#[derive(Debug, PartialEq, Eq)]
struct ProcessStat {
    /// The state of the main thread (field 3).
    state: char,
    /// The number of threads that have not ended (field 20); a zombie counts as one.
    threads: u64,
    /// When the process started, in clock ticks since boot (field 22).
    start_ticks: u64,
}

impl ProcessStat {
    /// Returns whether the process has ended, although its parent may not have waited for it yet. A killed process
    /// whose main thread is a zombie still holds its locks until its last thread has ended.
    fn has_ended(&self) -> bool {
        matches!(self.state, 'Z' | 'X') && self.threads <= 1
    }
}

fn read_stat(pid: u32) -> io::Result<ProcessStat> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    parse_stat(&stat)
        .ok_or_else(|| io::Error::other(format!("/proc/{pid}/stat has an unknown format")))
}

/// Parses the content of `/proc/PID/stat`.
///
/// The second field is the program's name in parentheses. The name itself may contain spaces and
/// parentheses, so the fields are counted from the last closing parenthesis.
fn parse_stat(stat: &str) -> Option<ProcessStat> {
    let mut fields = stat.get(stat.rfind(')')? + 1..)?.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    // Field 3 was taken, so that `nth(0)` would be field 4.
    let threads = fields.nth(20 - 4)?.parse().ok()?;
    let start_ticks = fields.nth(1)?.parse().ok()?;
    Some(ProcessStat { state, threads, start_ticks })
}

/// Starts a program in a session of its own, which outlives the terminal and receives no Ctrl-C.
///
/// The program is started through [`DETACH_COMMAND`] of this program, which calls `setsid` and
/// then executes the program: the pid stays the same.
///
/// # Errors
/// This program cannot be started again.
pub fn spawn_detached(program: &mut Command, log: fs::File) -> io::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(DETACH_COMMAND).arg("--").arg(program.get_program()).args(program.get_args());
    for (key, value) in program.get_envs() {
        match value {
            Some(value) => command.env(key, value),
            None => command.env_remove(key),
        };
    }
    command.current_dir(Path::new("/"));
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    command.spawn()
}

/// Runs [`DETACH_COMMAND`]: creates a session and executes another program in this process.
/// Returns only if that fails.
pub fn exec_detached(command: &[OsString]) -> ExitStatus {
    let failed = setsid().map_err(io::Error::from).map(|_| match command {
        [program, arguments @ ..] => Command::new(program).args(arguments).exec(),
        [] => io::Error::other("no program is named"),
    });
    let (Ok(error) | Err(error)) = failed;
    let program = command.first().cloned().unwrap_or_default();
    // Standard error is the log file here, and no printer exists yet.
    let _ = io::Write::write_fmt(
        &mut io::stderr(),
        format_args!("cannot start {}: {error}\n", program.display()),
    );
    ExitStatus::Failed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stat_is_parsed_after_any_program_name() {
        let tail = "S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20 21";
        for name in ["sh", "a b", "a) R 1 (b", ")"] {
            let expected = ProcessStat { state: 'S', threads: 17, start_ticks: 4711 };
            assert_eq!(parse_stat(&format!("42 ({name}) {tail}")), Some(expected), "{name}");
        }
        assert_eq!(parse_stat("42 (sh) S 1 2"), None);
        assert_eq!(parse_stat(""), None);
    }

    #[test]
    fn this_process_runs_and_a_killed_one_does_not() {
        let current = ProcessId::of(std::process::id()).unwrap();
        assert_eq!(current.status(), ProcessStatus::Running);

        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let id = ProcessId::of(child.id()).unwrap();
        assert_eq!(id.status(), ProcessStatus::Running);
        assert!(id.signal(Signal::KILL).unwrap());
        child.wait().unwrap();
        assert_eq!(id.status(), ProcessStatus::Ended);
        assert!(!id.signal(Signal::KILL).unwrap());
    }

    #[test]
    fn a_zombie_has_ended() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let id = ProcessId::of(child.id()).unwrap();
        child.kill().unwrap();
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while id.status() == ProcessStatus::Running && std::time::Instant::now() < deadline {
            std::thread::yield_now(); // pace: until the deadline above
        }
        assert_eq!(id.status(), ProcessStatus::Ended);
        child.wait().unwrap();
    }

    #[test]
    fn a_zombie_with_threads_that_still_run_has_not_ended() {
        let stat = |state, threads| ProcessStat { state, threads, start_ticks: 1 };
        assert!(stat('Z', 1).has_ended() && stat('X', 1).has_ended());
        assert!(!stat('Z', 2).has_ended() && !stat('S', 1).has_ended());
    }

    #[test]
    fn a_reused_pid_is_another_process() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let mut id = ProcessId::of(child.id()).unwrap();
        id.start_ticks -= 1;
        assert_eq!(id.status(), ProcessStatus::Ended);
        assert!(!id.signal(Signal::KILL).unwrap());
        assert!(child.try_wait().unwrap().is_none(), "the other program was killed");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn a_process_of_an_earlier_boot_is_recognized() {
        let mut id = ProcessId::of(std::process::id()).unwrap();
        id.boot_id = "00000000-0000-0000-0000-000000000000".into();
        assert_eq!(id.status(), ProcessStatus::Rebooted);
    }
}
