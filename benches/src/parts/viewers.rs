//! Many viewers at the bit rate of their video, and many idle connections, compared with nginx.

use anyhow::Result;

use super::Bench;
use crate::report;
use crate::servers::Server;
use crate::servers::nginx::Nginx;
use crate::viewers::{self, ViewerStats};

/// Measures viewers at the bit rate of their video.
///
/// # Errors
/// If a server does not start or ends.
pub fn run(bench: &Bench) -> Result<()> {
    let (viewers, seconds) = (bench.viewers, bench.viewers_time.as_secs());
    let rows = measure_both(bench, |server| {
        viewers::watch(server, &bench.files, viewers, bench.viewers_time)
    })?;
    let text = format!(
        "\
{viewers} viewers read a video at 5 Mbit/s each, a tenth of a second at a time, for {seconds} s. A wait of more than a second is a stall.\n\
`KiB each` is the growth of the server's memory for each connection. One round; congestion control {}.\n",
        bench.congestion_control
    );
    report::print_section("Viewers", &text);
    report::print_viewers(&rows);
    Ok(())
}

/// Measures idle connections.
///
/// # Errors
/// If a server does not start or ends.
pub fn run_held(bench: &Bench) -> Result<()> {
    let held = bench.held;
    let rows = measure_both(bench, |server| viewers::hold(server, held))?;
    let text = format!(
        "\
{held} connections are opened and stay open; each gets 1,000 bytes when it is open, and again when all are.\n\
One round; congestion control {}.\n",
        bench.congestion_control
    );
    report::print_section("Open connections", &text);
    report::print_viewers(&rows);
    Ok(())
}

/// Measures nginx, then GinFlix, both with the same files.
fn measure_both(
    bench: &Bench,
    measure: impl Fn(&Server) -> Result<ViewerStats>,
) -> Result<[(&'static str, ViewerStats); 2]> {
    let nginx = Nginx::start(&bench.files, None)?;
    let ginflix = bench.start_ginflix()?;
    bench.ensure_equal_conditions(&[&nginx.server, &ginflix])?;
    Ok([("nginx", measure(&nginx.server)?), ("ginflix", measure(&ginflix)?)])
}
