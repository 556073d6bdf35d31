//! The servers that are compared, each a process of its own with the same files.

pub mod baseline;
pub mod caddy;
pub mod caddyfile;
pub mod ginflix;
pub mod nginx;

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};

use crate::process;

/// How long a server may take until it listens.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// How often a client tries to connect until then.
const START_POLL_INTERVAL: Duration = Duration::from_millis(20);

/// How long a server without clients may take to become idle: GinFlix hashes new files first.
const IDLE_TIMEOUT: Duration = Duration::from_secs(180);

/// How often the CPU time of the server is read until then.
const IDLE_POLL_INTERVAL: Duration = Duration::from_millis(300);

/// A running server; stopped when dropped.
pub struct Server {
    name: String,
    child: Child,
    port: u16,
}

impl Server {
    /// Starts a server, and waits until it accepts connections and is idle.
    ///
    /// # Errors
    /// If the server cannot be started, ends, or does not listen or become idle in time.
    pub fn start(name: &str, mut command: Command, port: u16) -> Result<Self> {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {command:?}"))?;
        let mut server = Self { name: name.to_owned(), child, port };
        let deadline = Instant::now() + START_TIMEOUT;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if let Some(status) = server.child.try_wait()? {
                bail!("{name} ended with {status}: {command:?}");
            }
            ensure!(Instant::now() < deadline, "{name} does not listen on port {port} in time");
            thread::sleep(START_POLL_INTERVAL);
        }
        server.wait_until_idle()?;
        Ok(server)
    }

    /// Waits until the server has used no CPU time for three intervals.
    ///
    /// # Errors
    /// If the server does not become idle in time, or has ended.
    pub fn wait_until_idle(&self) -> Result<()> {
        let (mut before, mut idle_intervals) = (self.cpu()?, 0);
        let deadline = Instant::now() + IDLE_TIMEOUT;
        while idle_intervals < 3 {
            ensure!(Instant::now() < deadline, "{} does not become idle in time", self.name);
            thread::sleep(IDLE_POLL_INTERVAL);
            let now = self.cpu()?;
            idle_intervals = if now == before { idle_intervals + 1 } else { 0 };
            before = now;
        }
        Ok(())
    }

    /// Returns the name of the server in tables.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the port that the server listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the CPU time so far of the process and its children.
    ///
    /// # Errors
    /// If the server has ended.
    pub fn cpu(&self) -> Result<Duration> {
        process::cpu(self.child.id()).with_context(|| format!("{} has ended", self.name))
    }

    /// Returns the anonymous memory of the process and its children, in bytes.
    ///
    /// # Errors
    /// If the server has ended.
    pub fn memory_bytes(&self) -> Result<u64> {
        process::memory_bytes(self.child.id()).with_context(|| format!("{} has ended", self.name))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // By SIGTERM, so that nginx also stops its workers.
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
        }
        let _ = self.child.wait();
    }
}

/// Returns a free port.
///
/// # Errors
/// If no port can be bound.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
