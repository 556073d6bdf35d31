//! Plain HTTP/1.1 beside nginx, `warp::fs` and a bare sendfile(2) loop.

use anyhow::Result;

use super::{Bench, plainly};
use crate::report;
use crate::servers::nginx::Nginx;
use crate::servers::own;

const TEXT: &str = "\
Random ranges of one file, asked for by `wrk -t1` over keep-alive connections. nginx has `tcp_nopush on` from 1 MiB on and
off below, where it would wait for delayed acknowledgements. `sendfile` is a loop of sendfile(2) with no more of HTTP than
wrk needs and a thread for each connection: what the kernel takes at least. `warp::fs` is what the web framework offers.";

/// Measures it.
///
/// # Errors
/// Where a server does not start or ends.
pub fn run(bench: &Bench) -> Result<()> {
    let nginx = Nginx::start(&bench.files, None)?;
    let ginflix = bench.start_ginflix()?;
    let warp = own::start_warp(&bench.files)?;
    let floor = own::start_floor(&bench.files)?;
    bench.ensure_equal_terms(&[&nginx.server, &ginflix, &warp, &floor])?;
    let fewest = bench.connections.iter().min().copied().unwrap_or_default();
    let mut cases = Vec::new();
    for &part in &bench.sizes {
        let connections = bench.connections.iter().filter(|&&many| part > 0 || many == fewest);
        cases.extend(connections.map(|&connections| (part, connections)));
    }
    let all = bench.measure(&cases, |part, connections| {
        let mut contenders = vec![
            plainly("nginx", &nginx.server, nginx.http_port(part), part, connections),
            plainly("ginflix", &ginflix, ginflix.port(), part, connections),
            plainly("sendfile", &floor, floor.port(), part, connections),
        ];
        if connections == fewest && part > 0 {
            contenders.push(plainly("warp::fs", &warp, warp.port(), part, connections));
        }
        contenders
    })?;
    bench.show_section("Plain HTTP", TEXT);
    report::show_cost(&all, &["nginx", "sendfile"]);
    report::show_cost_goals(&all);
    Ok(())
}
