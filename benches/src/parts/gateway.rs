//! Streaming through a gateway on the same machine, with the CPU time of both.

use std::path::Path;

use anyhow::Result;

use super::{Bench, cases, plain_http};
use crate::report;
use crate::servers::caddyfile::Caddyfile;
use crate::servers::{Server, caddy, ginflix, nginx};
use crate::throughput::Contender;

/// The flags of a streamer behind a gateway, whose `X-Forwarded-For` it trusts.
pub const STREAMER_FLAGS: [&str; 2] = ["--trusted-proxies", "127.0.0.0/8"];

/// Measures the server alone and behind each gateway.
///
/// # Errors
/// If a server or a gateway does not start or ends.
pub fn run(bench: &Bench) -> Result<()> {
    let folder = bench.files.folder();
    let streamer = ginflix::start(&bench.server, "ginflix", folder, &STREAMER_FLAGS)?;
    let caddyfile = Caddyfile::of_repository(Path::new("."))?;
    let caddy = caddy::start(&bench.caddy, folder, &caddyfile, streamer.port(), &[])?;
    let nginx = nginx::start_gateway(&bench.files, streamer.port())?;
    bench.ensure_equal_conditions(&[&streamer, &caddy, &nginx])?;
    let all = bench.measure(&cases(&[64, 1024, 8192]), |range_bytes, connections| {
        vec![
            plain_http("none", &streamer, streamer.port(), range_bytes, connections),
            through_gateway("Caddy", &caddy, &streamer, range_bytes, connections),
            through_gateway("nginx", &nginx, &streamer, range_bytes, connections),
        ]
    })?;
    let text = format!(
        "\
The same ranges over plain HTTP, requested from a gateway in front of the server. Caddy {} has the Caddyfile of `k8s/base`,\n\
changed in the addresses alone; nginx has `proxy_buffering off` and persistent connections to the server. The cost of each\n\
setting of the Caddyfile is in [the figures of Caddy](caddy-figures.md).",
        caddy::version(&bench.caddy)?
    );
    bench.print_section("Through a gateway", &text);
    report::print_gateways(&all, "gateway", None);
    Ok(())
}

/// Builds a contender whose requests go through the gateway.
pub fn through_gateway<'a>(
    name: &str,
    gateway: &'a Server,
    server: &'a Server,
    range_bytes: u64,
    concurrency: usize,
) -> Contender<'a> {
    let mut contender = plain_http(name, server, gateway.port(), range_bytes, concurrency);
    contender.gateway = Some(gateway);
    contender
}
