//! The servers that are compared: each is a process of its own over the same files.

pub mod caddy;
pub mod caddyfile;
pub mod ginflix;
pub mod nginx;
pub mod own;

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};

use crate::process;

/// A server listens within this time.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// A server that has nothing to do is at rest within this time: GinFlix hashes what it finds.
const REST_TIMEOUT: Duration = Duration::from_secs(180);

/// How often a server's processor time is looked at while it comes to rest.
const REST_INTERVAL: Duration = Duration::from_millis(300);

/// A running server; ends when dropped.
pub struct Server {
    name: String,
    child: Child,
    port: u16,
}

impl Server {
    /// Starts it, and waits until it accepts connections and is at rest.
    ///
    /// # Errors
    /// Where it cannot be started, ends, or does neither in time.
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
            ensure!(Instant::now() < deadline, "{name} does not listen");
            thread::sleep(Duration::from_millis(20));
        }
        server.wait_until_at_rest()?;
        Ok(server)
    }

    /// Waits until it uses no processor time any more.
    ///
    /// # Errors
    /// Where the server does not come to rest in time, or has ended.
    pub fn wait_until_at_rest(&self) -> Result<()> {
        let (mut before, mut still) = (self.cpu()?, 0);
        let deadline = Instant::now() + REST_TIMEOUT;
        while still < 3 {
            ensure!(Instant::now() < deadline, "{} does not come to rest", self.name);
            thread::sleep(REST_INTERVAL);
            let now = self.cpu()?;
            still = if now == before { still + 1 } else { 0 };
            before = now;
        }
        Ok(())
    }

    /// The name that tables have for it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Processor time so far, user and system, of the process and its children.
    ///
    /// # Errors
    /// Where it has ended.
    pub fn cpu(&self) -> Result<Duration> {
        process::cpu(self.child.id()).with_context(|| format!("{} has ended", self.name))
    }

    /// Memory of its own, bytes.
    ///
    /// # Errors
    /// Where it has ended.
    pub fn memory_bytes(&self) -> Result<u64> {
        process::memory_bytes(self.child.id()).with_context(|| format!("{} has ended", self.name))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGTERM, so that nginx ends its workers too.
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
        }
        let _ = self.child.wait();
    }
}

/// A port that nobody listens on.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
