//! Processes of this machine: told apart from later ones with the same pid,
//! started in a session of their own, signalled.

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

/// Name of the hidden command that becomes a detached program.
pub const DETACH: &str = "internal-detach";

/// A process, told apart from every other that has or will have its pid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessId {
    /// Its pid.
    pub pid: u32,
    /// When it started, in clock ticks since the boot.
    start_ticks: u64,
    /// Which boot.
    boot_id: String,
}

/// What became of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It runs.
    Running,
    /// It has ended; its pid may belong to another program by now.
    Ended,
    /// The machine was started anew since.
    Rebooted,
}

impl ProcessId {
    /// Of a process that runs.
    ///
    /// # Errors
    /// Where it does not, or `/proc` cannot be read.
    pub fn of(pid: u32) -> io::Result<Self> {
        let (_, start_ticks) = read_stat(pid)?;
        Ok(Self { pid, start_ticks, boot_id: boot_id()? })
    }

    /// What became of it.
    pub fn fate(&self) -> Fate {
        if boot_id().is_ok_and(|now| now != self.boot_id) {
            return Fate::Rebooted;
        }
        match read_stat(self.pid) {
            // A zombie has ended; only its parent has not asked yet.
            Ok((state, start)) if start == self.start_ticks && !matches!(state, 'Z' | 'X') => {
                Fate::Running
            }
            _ => Fate::Ended,
        }
    }

    /// Signals it and nobody else; `false` if it has ended.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn signal(&self, signal: Signal) -> io::Result<bool> {
        let Some(pid) = i32::try_from(self.pid).ok().and_then(Pid::from_raw) else {
            return Ok(false);
        };
        // The descriptor stays with the process, whoever gets the pid afterwards;
        // so the look at its start comes after it was opened.
        let handle = pidfd_open(pid, PidfdFlags::empty());
        if self.fate() != Fate::Running {
            return Ok(false);
        }
        let result = match handle {
            Ok(handle) => pidfd_send_signal(handle, signal),
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

fn read_stat(pid: u32) -> io::Result<(char, u64)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    parse_stat(&stat)
        .ok_or_else(|| io::Error::other(format!("/proc/{pid}/stat is not as expected")))
}

/// State (field 3) and start time (field 22) of `/proc/PID/stat`, see proc(5).
///
/// The second field is the program's name in parentheses, which may itself have
/// spaces and parentheses: so the last one counts.
fn parse_stat(stat: &str) -> Option<(char, u64)> {
    let mut fields = stat.get(stat.rfind(')')? + 1..)?.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    let start_ticks = fields.nth(22 - 4)?.parse().ok()?;
    Some((state, start_ticks))
}

/// Starts a program in a session of its own, so that neither the end of the
/// terminal nor Ctrl-C reaches it.
///
/// Goes by way of this program's own hidden command, which makes the session
/// and then becomes the program: the pid stays the same.
///
/// # Errors
/// Where this program cannot be started once more.
pub fn spawn_detached(program: &mut Command, log: fs::File) -> io::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(DETACH).arg("--").arg(program.get_program()).args(program.get_args());
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

/// The hidden command: a new session, then another program in this process.
pub fn become_detached(command: &[OsString]) -> ExitStatus {
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
    fn stat_is_read_behind_any_name() {
        let tail = "S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20 21";
        for name in ["sh", "a b", "a) R 1 (b", ")"] {
            assert_eq!(parse_stat(&format!("42 ({name}) {tail}")), Some(('S', 4711)), "{name}");
        }
        assert_eq!(parse_stat("42 (sh) S 1 2"), None);
        assert_eq!(parse_stat(""), None);
    }

    #[test]
    fn this_process_runs_and_an_ended_one_does_not() {
        let me = ProcessId::of(std::process::id()).unwrap();
        assert_eq!(me.fate(), Fate::Running);

        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let id = ProcessId::of(child.id()).unwrap();
        assert_eq!(id.fate(), Fate::Running);
        assert!(id.signal(Signal::KILL).unwrap());
        child.wait().unwrap();
        assert_eq!(id.fate(), Fate::Ended);
        assert!(!id.signal(Signal::KILL).unwrap());
    }

    #[test]
    fn a_zombie_has_ended() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let id = ProcessId::of(child.id()).unwrap();
        child.kill().unwrap();
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while id.fate() == Fate::Running && std::time::Instant::now() < deadline {
            std::thread::yield_now(); // pace: until the deadline above
        }
        assert_eq!(id.fate(), Fate::Ended);
        child.wait().unwrap();
    }

    #[test]
    fn a_reused_pid_is_another_process() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let mut id = ProcessId::of(child.id()).unwrap();
        id.start_ticks -= 1;
        assert_eq!(id.fate(), Fate::Ended);
        assert!(!id.signal(Signal::KILL).unwrap());
        assert!(child.try_wait().unwrap().is_none(), "the other program was killed");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn another_boot_is_told_apart() {
        let mut id = ProcessId::of(std::process::id()).unwrap();
        id.boot_id = "00000000-0000-0000-0000-000000000000".into();
        assert_eq!(id.fate(), Fate::Rebooted);
    }
}
