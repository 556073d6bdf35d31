//! Many viewers at the pace of their film, and many open connections, beside nginx.

use anyhow::Result;

use super::Bench;
use crate::report;
use crate::servers::Server;
use crate::servers::nginx::Nginx;
use crate::viewers::{self, Watched};

/// Measures viewers at the pace of their film.
///
/// # Errors
/// Where a server does not start or ends.
pub fn run(bench: &Bench) -> Result<()> {
    let (viewers, seconds) = (bench.viewers, bench.viewers_time.as_secs());
    let rows =
        of_both(bench, |server| viewers::watch(server, &bench.files, viewers, bench.viewers_time))?;
    let text = format!(
        "\
{viewers} viewers read a film at 5 Mbit/s each, a tenth of a second at a time, for {seconds} s. A wait of more than a second is a stall.\n\
`KiB each` is by how much the server's memory grew for each connection. One round; congestion control {}.\n",
        bench.congestion_control
    );
    report::show_section("Viewers", &text);
    report::show_viewers(&rows);
    Ok(())
}

/// Measures open connections.
///
/// # Errors
/// Where a server does not start or ends.
pub fn run_held(bench: &Bench) -> Result<()> {
    let held = bench.held;
    let rows = of_both(bench, |server| viewers::hold(server, held))?;
    let text = format!(
        "\
{held} connections are opened and stay; each gets 1,000 bytes when it is open, and once more when all are.\n\
One round; congestion control {}.\n",
        bench.congestion_control
    );
    report::show_section("Open connections", &text);
    report::show_viewers(&rows);
    Ok(())
}

fn of_both(
    bench: &Bench,
    measure: impl Fn(&Server) -> Result<Watched>,
) -> Result<[(&'static str, Watched); 2]> {
    let nginx = Nginx::start(&bench.files, None)?;
    let ginflix = bench.start_ginflix()?;
    bench.ensure_equal_terms(&[&nginx.server, &ginflix])?;
    Ok([("nginx", measure(&nginx.server)?), ("ginflix", measure(&ginflix)?)])
}
