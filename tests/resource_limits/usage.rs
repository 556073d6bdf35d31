//! How much of the machine a server uses.

use std::fs;
use std::path::Path;

use ginflix_tests::server::Server;

/// Memory, descriptors and disk at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    /// Resident memory that is not a file's, in bytes.
    pub memory: u64,
    /// Open file descriptors.
    pub descriptors: u64,
    /// Bytes of all files of the volume.
    pub disk: u64,
}

impl Usage {
    /// Reads them.
    pub fn of(server: &Server) -> Self {
        let descriptors = fs::read_dir(format!("/proc/{}/fd", server.pid())).unwrap().count();
        Self {
            memory: field(server, "RssAnon"),
            descriptors: descriptors as u64,
            disk: bytes_below(&server.volume()),
        }
    }

    /// Whether each figure is at most a fifth above what it was.
    pub fn is_within_a_fifth_of(&self, before: &Self) -> bool {
        let within = |now: u64, before: u64| now <= before + before / 5;
        within(self.memory, before.memory)
            && within(self.descriptors, before.descriptors)
            && within(self.disk, before.disk)
    }
}

/// The most memory that the server ever had resident, in bytes.
pub fn peak_memory(server: &Server) -> u64 {
    field(server, "VmHWM")
}

/// A field of `/proc/PID/status` that is given in kB, in bytes.
fn field(server: &Server, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let kibibytes = line.unwrap().trim().strip_suffix("kB").unwrap().trim();
    kibibytes.parse::<u64>().unwrap() * 1024
}

fn bytes_below(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    // A file may be gone before it is looked at.
    let lengths = entries.flatten().map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => bytes_below(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    });
    lengths.sum()
}
