//! The servers that are compared: each is a process of its own over the same
//! files.

use std::fmt::Write as _;
use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::fs::{Advice, fadvise};

use crate::load::{self, Load};
use crate::process;

/// Ranges are taken from a file of this size.
pub const LARGE: u64 = 512 << 20;

/// Its name.
pub const LARGE_NAME: &str = "large.mp4";

/// A server that has nothing to do is quiet within this time.
const MOST_UNQUIET: Duration = Duration::from_secs(120);

/// What is sent whole.
pub const WHOLE: u64 = 32 << 20;

/// Its name.
pub const WHOLE_NAME: &str = "whole.mp4";

/// From this size on nginx is faster with `tcp_nopush`; below, it then waits
/// for delayed acknowledgements.
const NOPUSH_FROM: u64 = 1 << 20;

/// Which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The one to beat.
    Nginx,
    /// Ours, as it is on the loopback.
    Ginflix,
    /// Ours, with the congestion control that everyone else here has.
    AsSystem,
    /// What warp offers for files.
    WarpFs,
    /// sendfile(2) without HTTP.
    Floor,
}

impl Kind {
    /// In the order of the table.
    pub const ALL: [Self; 5] =
        [Self::Nginx, Self::Ginflix, Self::AsSystem, Self::WarpFs, Self::Floor];

    /// As the table says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Ginflix => "ginflix",
            Self::AsSystem => "as system",
            Self::WarpFs => "warp::fs",
            Self::Floor => "sendfile",
        }
    }
}

/// A running server; ends when dropped.
pub struct Contender {
    /// Which one.
    pub kind: Kind,
    child: Child,
    media: PathBuf,
    port: u16,
    /// nginx with `tcp_nopush`; else the same as `port`.
    nopush_port: u16,
}

impl Contender {
    /// Starts it over files in `folder`, which are made the first time.
    pub fn start(kind: Kind, server: &Path, folder: &Path) -> Result<Self> {
        let media = folder.join("media");
        make_file(&media.join(LARGE_NAME), LARGE)?;
        make_file(&media.join(WHOLE_NAME), WHOLE)?;
        let (port, other) = (free_port()?, free_port()?);
        let (mut command, nopush_port) = match kind {
            Kind::Nginx => (nginx(folder, &media, port, other)?, other),
            Kind::Ginflix => (ginflix(server, folder, port), port),
            Kind::AsSystem => (ginflix_as_system(server, folder, port)?, port),
            Kind::WarpFs => (own("warp-fs", port, &media)?, port),
            Kind::Floor => (own("floor", port, &media.join(LARGE_NAME))?, port),
        };
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {command:?}"))?;
        let contender = Self { kind, child, media, port, nopush_port };
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if Instant::now() > deadline {
                bail!("{} does not listen", kind.name());
            }
            thread::sleep(Duration::from_millis(20));
        }
        contender.wait_until_quiet()?;
        Ok(contender)
    }

    /// Waits until it does nothing any more: ours hashes what it finds.
    pub fn wait_until_quiet(&self) -> Result<()> {
        let (mut before, mut quiet) = (self.cpu()?, 0);
        let end = Instant::now() + MOST_UNQUIET;
        while quiet < 3 {
            if Instant::now() > end {
                bail!("a server on port {} does not come to rest", self.port);
            }
            thread::sleep(Duration::from_millis(300));
            let now = self.cpu()?;
            quiet = if now == before { quiet + 1 } else { 0 };
            before = now;
        }
        Ok(())
    }

    /// Puts load on it: ranges of `part` bytes, or whole files if that is 0, of
    /// what is in memory.
    pub fn load(&self, part: u64, connections: usize, time: Duration) -> Result<Load> {
        let name = if part == 0 { WHOLE_NAME } else { LARGE_NAME };
        // Some machines take out of memory what was not used for a while: single pages
        // of large pieces, which are small ones from then on and cost more to send.
        bring_into_memory(&self.media.join(name))?;
        let nopush = part == 0 || part >= NOPUSH_FROM;
        let port = if nopush { self.nopush_port } else { self.port };
        let url = format!("http://127.0.0.1:{port}/stream/{name}");
        load::wrk(&url, LARGE, part, connections, time)
    }

    /// Processor time so far.
    pub fn cpu(&self) -> Result<Duration> {
        process::cpu(self.child.id())
    }

    /// Memory of its own.
    pub fn memory_bytes(&self) -> Result<u64> {
        process::memory_bytes(self.child.id())
    }

    /// Where it listens; nginx without `tcp_nopush`.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Contender {
    fn drop(&mut self) {
        // SIGTERM, so that nginx ends its workers too.
        let pid = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        let _ = self.child.wait();
    }
}

fn ginflix(server: &Path, folder: &Path, port: u16) -> Command {
    let mut command = Command::new(server);
    // nginx writes no access log here either.
    command.args(["--log", "warn", "--drain-seconds", "0", "--max-connections", "12000"]);
    command.arg("--data-dir").arg(folder);
    command.args(["--listen", &format!("127.0.0.1:{port}")]);
    command
}

/// A data directory has one owner, so this one has its own over the same files.
fn ginflix_as_system(server: &Path, folder: &Path, port: u16) -> Result<Command> {
    let own = folder.join("as-system");
    fs::create_dir_all(own.join("media"))?;
    for name in [LARGE_NAME, WHOLE_NAME] {
        fs::hard_link(folder.join("media").join(name), own.join("media").join(name))?;
    }
    let congestion = fs::read_to_string("/proc/sys/net/ipv4/tcp_congestion_control")?;
    let mut command = ginflix(server, &own, port);
    command.args(["--congestion-control", congestion.trim()]);
    Ok(command)
}

fn nginx(folder: &Path, media: &Path, port: u16, nopush_port: u16) -> Result<Command> {
    let folder = folder.canonicalize()?;
    let media = media.canonicalize()?;
    let mut config = format!(
        "daemon off; worker_processes auto; worker_rlimit_nofile 20000; pid {0}/nginx.pid;\n\
         events {{ worker_connections 12000; }}\n\
         http {{ access_log off; sendfile on; tcp_nodelay on; keepalive_requests 100000000;\n\
         open_file_cache max=1000 inactive=60s; types {{ video/mp4 mp4; }}\n",
        folder.display()
    );
    for (port, nopush) in [(port, "off"), (nopush_port, "on")] {
        writeln!(
            config,
            "server {{ listen 127.0.0.1:{port}; tcp_nopush {nopush}; \
             location /stream/ {{ alias {}/; }} }}",
            media.display()
        )?;
    }
    config.push('}');
    let path = folder.join("nginx.conf");
    fs::write(&path, config)?;
    let mut command = Command::new("nginx");
    command.arg("-e").arg(folder.join("nginx.log")).arg("-c").arg(path);
    Ok(command)
}

/// This program in another role.
fn own(role: &str, port: u16, path: &Path) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(role).arg(port.to_string()).arg(path);
    Ok(command)
}

/// `warp::fs`, as its documentation has it.
pub fn serve_by_warp(port: u16, folder: PathBuf) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let route = warp::Filter::and(warp::path("stream"), warp::fs::dir(folder));
    runtime.block_on(warp::serve(route).run((Ipv4Addr::LOCALHOST, port)));
    Ok(())
}

/// Content that does not compress, and that is in memory afterwards, as the
/// kernel reads it from a disk: pages that were just written lie there otherwise.
fn make_file(path: &Path, size: u64) -> Result<()> {
    if !path.exists() {
        fs::create_dir_all(path.parent().context("a file has a folder")?)?;
        let mut file = fs::File::create(path)?;
        std::io::copy(&mut std::io::Read::take(fs::File::open("/dev/urandom")?, size), &mut file)?;
        file.sync_all()?;
    }
    bring_into_memory(path)
}

/// All of a file, anew from the disk.
fn bring_into_memory(path: &Path) -> Result<()> {
    let mut file = fs::File::open(path)?;
    fadvise(&file, 0, None, Advice::DontNeed)?;
    fadvise(&file, 0, None, Advice::Sequential)?;
    let mut buffer = vec![0; 1 << 20];
    while std::io::Read::read(&mut file, &mut buffer)? > 0 {}
    Ok(())
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
