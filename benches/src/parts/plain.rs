//! Plain HTTP/1.1, compared with nginx, `warp::fs` and a bare sendfile(2) loop.

use anyhow::Result;

use super::{Bench, plain_http};
use crate::report;
use crate::servers::baseline;
use crate::servers::nginx::Nginx;

const TEXT: &str = "\
Random ranges of one file, requested by `wrk -t1` over persistent connections. nginx has `tcp_nopush on` from 1 MiB on and
off below, where it would wait for delayed acknowledgements. `sendfile` is a loop of sendfile(2) with only as much of HTTP
as wrk needs and a thread for each connection: the least that the kernel needs. `warp::fs` is part of the web framework.";

/// Measures all servers.
///
/// # Errors
/// If a server does not start or ends.
pub fn run(bench: &Bench) -> Result<()> {
    let nginx = Nginx::start(&bench.files, None)?;
    let ginflix = bench.start_ginflix()?;
    let warp = baseline::start_warp(&bench.files)?;
    let sendfile = baseline::start_sendfile(&bench.files)?;
    bench.ensure_equal_conditions(&[&nginx.server, &ginflix, &warp, &sendfile])?;
    let fewest = bench.connections.iter().min().copied().unwrap_or_default();
    let mut cases = Vec::new();
    for &range_bytes in &bench.sizes {
        let connections =
            bench.connections.iter().filter(|&&count| range_bytes > 0 || count == fewest);
        cases.extend(connections.map(|&connections| (range_bytes, connections)));
    }
    let all = bench.measure(&cases, |range_bytes, connections| {
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
        if connections == fewest && range_bytes > 0 {
            contenders.push(plain_http("warp::fs", &warp, warp.port(), range_bytes, connections));
        }
        contenders
    })?;
    bench.print_section("Plain HTTP", TEXT);
    report::print_cost(&all, &["nginx", "sendfile"]);
    report::print_cost_goals(&all);
    Ok(())
}
