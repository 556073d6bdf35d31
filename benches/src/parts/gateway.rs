//! The way through a gateway on the same machine, with its processor time counted apart.

use std::path::Path;

use anyhow::Result;

use super::{Bench, cases, plainly};
use crate::report;
use crate::servers::caddyfile::Caddyfile;
use crate::servers::{Server, caddy, ginflix, nginx};
use crate::throughput::Contender;

/// The streamers of a cluster believe their gateway.
pub const STREAMER_FLAGS: [&str; 2] = ["--trusted-proxies", "127.0.0.0/8"];

/// Measures it.
///
/// # Errors
/// Where a server or a gateway does not start or ends.
pub fn run(bench: &Bench) -> Result<()> {
    let folder = bench.files.folder();
    let streamer = ginflix::start(&bench.server, "ginflix", folder, &STREAMER_FLAGS)?;
    let caddyfile = Caddyfile::of_cluster(Path::new("."))?;
    let caddy = caddy::start(&bench.caddy, folder, &caddyfile, streamer.port(), &[])?;
    let nginx = nginx::start_gateway(&bench.files, streamer.port())?;
    bench.ensure_equal_terms(&[&streamer, &caddy, &nginx])?;
    let all = bench.measure(&cases(&[64, 1024, 8192]), |part, connections| {
        vec![
            plainly("none", &streamer, streamer.port(), part, connections),
            through("Caddy", &caddy, &streamer, part, connections),
            through("nginx", &nginx, &streamer, part, connections),
        ]
    })?;
    let text = format!(
        "\
The same ranges over plain HTTP, asked of a gateway before the server. Caddy {} has the Caddyfile of `k8s/base`, changed in\n\
the addresses alone; nginx has `proxy_buffering off` and connections to the server that stay. Which settings of the\n\
Caddyfile cost how much is in [the figures of Caddy](caddy-figures.md).",
        caddy::version(&bench.caddy)?
    );
    bench.show_section("Through a gateway", &text);
    report::show_gateways(&all, "gateway", None);
    Ok(())
}

/// Asks the gateway for what the server has.
pub fn through<'a>(
    name: &str,
    gateway: &'a Server,
    server: &'a Server,
    part: u64,
    at_once: usize,
) -> Contender<'a> {
    let mut contender = plainly(name, server, gateway.port(), part, at_once);
    contender.gateway = Some(gateway);
    contender
}
