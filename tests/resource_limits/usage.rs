//! The resources that a server uses.

use std::fs;
use std::path::Path;

use ginflix_tests::server::Server;

/// The memory, descriptors and disk space that a server uses at one time.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    /// Resident anonymous memory, in bytes.
    pub memory: u64,
    /// The number of open file descriptors.
    pub descriptors: u64,
    /// The size of all files of the volume, in bytes.
    pub disk: u64,
}

impl Usage {
    /// Measures the usage of a server now.
    pub fn of(server: &Server) -> Self {
        let descriptors = fs::read_dir(format!("/proc/{}/fd", server.pid())).unwrap().count();
        Self {
            memory: status_field(server, "RssAnon"),
            descriptors: descriptors as u64,
            disk: size_of_folder(&server.volume()),
        }
    }

    /// Reports whether each value is at most a fifth above that of `before`.
    pub fn is_within_a_fifth_of(&self, before: &Self) -> bool {
        let within = |now: u64, before: u64| now <= before + before / 5;
        within(self.memory, before.memory)
            && within(self.descriptors, before.descriptors)
            && within(self.disk, before.disk)
    }
}

/// Returns the peak of the resident memory of a server, in bytes.
pub fn peak_memory(server: &Server) -> u64 {
    status_field(server, "VmHWM")
}

/// Reads a field of `/proc/PID/status` that is given in kB, and returns it in bytes.
fn status_field(server: &Server, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let kibibytes = line.unwrap().trim().strip_suffix("kB").unwrap().trim();
    kibibytes.parse::<u64>().unwrap() * 1024
}

/// Returns the size of all files below a folder, in bytes.
fn size_of_folder(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size_of_folder(&entry.path()),
        Ok(metadata) => metadata.len(),
        // The server may have removed the file since.
        Err(_) => 0,
    });
    sizes.sum()
}
