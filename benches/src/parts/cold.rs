//! Reads of a film in memory beside streams of films that are not, for both servers.

use anyhow::Result;

use super::Bench;
use crate::cold::{self, Beside};
use crate::report;
use crate::servers::nginx::Nginx;

const TEXT: &str = "\
64 KiB of a film in memory are read every 5 ms, alone and beside 16 streams at full speed. Whoever reads those streams gives
way to whoever measures (nice 19).";

/// Measures it.
///
/// # Errors
/// Where a server does not start or ends.
pub fn run(bench: &Bench) -> Result<()> {
    let nginx = Nginx::start(&bench.files, None)?;
    let ginflix = bench.start_ginflix()?;
    bench.ensure_equal_terms(&[&nginx.server, &ginflix])?;
    let films = cold::make_films(&bench.files)?;
    let mut rows = Vec::new();
    for (name, server) in [("nginx", &nginx.server), ("ginflix", &ginflix)] {
        cold::show_films(server)?;
        for beside in Beside::ALL {
            rows.push((name, beside, cold::read(server, &films, beside, bench.cold_time)?));
        }
    }
    cold::remove_films(&films)?;
    let text = format!(
        "{TEXT} One round of {} s; congestion control {}.\n",
        bench.cold_time.as_secs(),
        bench.congestion_control
    );
    report::show_section("Films in memory beside films on the disk", &text);
    report::show_reads(&rows);
    Ok(())
}
