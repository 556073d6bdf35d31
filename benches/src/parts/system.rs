//! Plain HTTP/1.1 with the congestion control of the machine, which this network namespace has.

use anyhow::Result;

use super::{Bench, cases, plain_http};
use crate::conditions;
use crate::report;
use crate::servers::nginx::Nginx;
use crate::servers::{baseline, ginflix};

const TITLE: &str = "With this machine's own congestion control";

/// The congestion control that GinFlix prefers on the loopback interface, because it does not pace.
const UNPACED: &str = "reno";

const TEXT: &str = "\
As over plain HTTP above, but with the default congestion control of this machine. `ginflix` uses it too, by
`--congestion-control`.";

const TEXT_UNPACED: &str = "\
On the loopback interface it uses reno by default, as `ginflix, reno` does: a control that paces does so by timers, which cost
CPU time. nginx has no such setting, so that row does not compare servers.";

/// Measures the servers with that congestion control, and GinFlix with its default.
///
/// # Errors
/// If a server does not start or ends.
pub fn run(bench: &Bench) -> Result<()> {
    let control = bench.congestion_control.as_str();
    if control == UNPACED {
        let text = format!("It is {UNPACED}, as above.");
        report::print_section(TITLE, &text);
        return Ok(());
    }
    let nginx = Nginx::start(&bench.files, None)?;
    let folder = bench.files.folder();
    let flags = ["--congestion-control", control];
    let ginflix = ginflix::start(&bench.server, "ginflix", folder, &flags)?;
    let sendfile = baseline::start_sendfile(&bench.files)?;
    bench.ensure_equal_conditions(&[&nginx.server, &ginflix, &sendfile])?;
    let name = format!("ginflix, {UNPACED}");
    let unpaced = ginflix::start(&bench.server, &name, &bench.files.data_dir("unpaced")?, &[])?;
    // GinFlix chooses this only if the congestion control of the machine paces.
    let avoids_pacing =
        conditions::ensure_congestion_control(&name, unpaced.port(), UNPACED).is_ok();
    let all = bench.measure(&cases(&[64, 1024, 8192]), |range_bytes, connections| {
        let mut contenders = vec![
            plain_http(
                "nginx",
                &nginx.server,
                nginx.http_port(range_bytes),
                range_bytes,
                connections,
            ),
            plain_http("ginflix", &ginflix, ginflix.port(), range_bytes, connections),
            plain_http("sendfile", &sendfile, sendfile.port(), range_bytes, connections),
        ];
        if avoids_pacing {
            contenders.push(plain_http(&name, &unpaced, unpaced.port(), range_bytes, connections));
        }
        contenders
    })?;
    let text = if avoids_pacing { format!("{TEXT} {TEXT_UNPACED}") } else { TEXT.to_owned() };
    bench.print_section(TITLE, &text);
    report::print_cost(&all, &["nginx", "sendfile"]);
    Ok(())
}
