//! Reads of a resident file beside streams from the disk, for both servers.

use anyhow::Result;

use super::Bench;
use crate::cold::{self, BackgroundStreams};
use crate::report;
use crate::servers::nginx::Nginx;

const TEXT: &str = "\
64 KiB of a file in memory are read every 5 ms, alone and beside 16 streams at full speed. The clients of those streams have
the lowest priority (nice 19).";

/// Measures the reads.
///
/// # Errors
/// If a server does not start or ends.
pub fn run(bench: &Bench) -> Result<()> {
    let nginx = Nginx::start(&bench.files, None)?;
    let ginflix = bench.start_ginflix()?;
    bench.ensure_equal_conditions(&[&nginx.server, &ginflix])?;
    let files = cold::create_cold_files(&bench.files)?;
    let mut rows = Vec::new();
    for (name, server) in [("nginx", &nginx.server), ("ginflix", &ginflix)] {
        cold::index_cold_files(server)?;
        for beside in BackgroundStreams::ALL {
            rows.push((name, beside, cold::read(server, &files, beside, bench.cold_time)?));
        }
    }
    cold::remove_cold_files(&files)?;
    let text = format!(
        "{TEXT} One round of {} s; congestion control {}.\n",
        bench.cold_time.as_secs(),
        bench.congestion_control
    );
    report::print_section("Files in memory beside files on the disk", &text);
    report::print_reads(&rows);
    Ok(())
}
