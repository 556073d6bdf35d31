//! Plain HTTP/1.1 with the congestion control of the machine, in a network namespace that has it.

use anyhow::Result;

use super::{Bench, cases, plainly};
use crate::report;
use crate::servers::nginx::Nginx;
use crate::servers::{ginflix, own};
use crate::terms;

const TITLE: &str = "With this machine's own congestion control";

/// What GinFlix takes on the loopback instead of one that paces.
const UNPACED: &str = "reno";

const TEXT: &str = "\
As over plain HTTP above, but with what this machine has for all its connections. `ginflix` is told to take it too, by
`--congestion-control`.";

const TEXT_UNPACED: &str = "\
On the loopback it would take reno by itself, as `ginflix, reno` does: a control that paces does so by timers, which cost
processor time. nginx has no such setting, so that row is no comparison of servers.";

/// Measures it.
///
/// # Errors
/// Where a server does not start or ends.
pub fn run(bench: &Bench) -> Result<()> {
    let control = bench.congestion_control.as_str();
    if control == UNPACED {
        let text = format!("It is {UNPACED}, as above.");
        report::show_section(TITLE, &text);
        return Ok(());
    }
    let nginx = Nginx::start(&bench.files, None)?;
    let folder = bench.files.folder();
    let flags = ["--congestion-control", control];
    let ginflix = ginflix::start(&bench.server, "ginflix", folder, &flags)?;
    let floor = own::start_floor(&bench.files)?;
    bench.ensure_equal_terms(&[&nginx.server, &ginflix, &floor])?;
    let name = format!("ginflix, {UNPACED}");
    let unpaced = ginflix::start(&bench.server, &name, &bench.files.data_dir("unpaced")?, &[])?;
    let paces = terms::ensure_congestion_control(&name, unpaced.port(), UNPACED).is_ok();
    let all = bench.measure(&cases(&[64, 1024, 8192]), |part, connections| {
        let mut contenders = vec![
            plainly("nginx", &nginx.server, nginx.http_port(part), part, connections),
            plainly("ginflix", &ginflix, ginflix.port(), part, connections),
            plainly("sendfile", &floor, floor.port(), part, connections),
        ];
        if paces {
            contenders.push(plainly(&name, &unpaced, unpaced.port(), part, connections));
        }
        contenders
    })?;
    let text = if paces { format!("{TEXT} {TEXT_UNPACED}") } else { TEXT.to_owned() };
    bench.show_section(TITLE, &text);
    report::show_cost(&all, &["nginx", "sendfile"]);
    Ok(())
}
