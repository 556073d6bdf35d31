//! What each setting of the Caddyfile costs: one at a time is taken out, added or changed.

use std::path::Path;

use anyhow::Result;

use super::gateway::{STREAMER_FLAGS, through};
use super::{Bench, cases};
use crate::report;
use crate::servers::caddyfile::{Block, Caddyfile};
use crate::servers::{Server, caddy, ginflix};

const AS_IT_IS: &str = "as it is";

/// One difference to the Caddyfile of the cluster.
enum Change {
    /// The site has nothing but what is streamed.
    OnlyStreams,
    /// Lines that are there are taken out, else they are added.
    Toggle(Block, &'static [&'static str]),
    /// A directive gets another value.
    Set(Block, &'static str),
    /// A variable of Caddy's environment.
    Environment(&'static str, &'static str),
}

use Change::{Environment, OnlyStreams, Set, Toggle};

/// What is tried. Which lines a Caddy takes depends on its version; those that this one does not
/// take are named below the table.
const CHANGES: [Change; 26] = [
    OnlyStreams,
    Toggle(Block::Proxy, &["flush_interval -1"]),
    Toggle(Block::Proxy, &["lb_try_duration 30s", "lb_try_interval 100ms"]),
    Toggle(Block::Transport, &["dial_timeout 2s"]),
    Toggle(Block::Transport, &["response_header_timeout 10s"]),
    Toggle(Block::Transport, &["read_timeout 30s"]),
    Toggle(Block::Transport, &["write_timeout 30s"]),
    Toggle(Block::Transport, &["compression off"]),
    Set(Block::Transport, "keepalive_idle_conns_per_host 1024"),
    Toggle(Block::Transport, &["versions 1.1"]),
    Toggle(Block::Transport, &["read_buffer 32KiB"]),
    Set(Block::Transport, "read_buffer 128KiB"),
    // Caddy up to 2.6.2, then later ones.
    Toggle(Block::Proxy, &["buffer_responses", "max_buffer_size 1MiB"]),
    Toggle(Block::Proxy, &["response_buffers 1MiB"]),
    Toggle(Block::Proxy, &["health_uri /healthz", "health_interval 5s"]),
    Toggle(Block::Proxy, &["fail_duration 5s"]),
    Toggle(Block::Proxy, &["header_up -X-Forwarded-Host"]),
    Toggle(Block::Proxy, &["header_down -X-Request-Id"]),
    Toggle(Block::Site, &["header -Server"]),
    Toggle(Block::Site, &["encode gzip"]),
    Toggle(Block::Site, &["log"]),
    Toggle(Block::Servers, &["timeouts {", "read_header 10s", "idle 2m", "}"]),
    Toggle(Block::Servers, &["protocols h1"]),
    Toggle(Block::Servers, &["metrics"]),
    Environment("GOGC", "400"),
    Environment("GOMAXPROCS", "1"),
];

/// Measures it.
///
/// # Errors
/// Where the server or the unchanged gateway does not start, or one of them ends.
pub fn run(bench: &Bench) -> Result<()> {
    let folder = bench.files.folder();
    let streamer = ginflix::start(&bench.server, "ginflix", folder, &STREAMER_FLAGS)?;
    let start = |caddyfile: &Caddyfile, environment: &[(&str, &str)]| {
        caddy::start(&bench.caddy, folder, caddyfile, streamer.port(), environment)
    };
    let caddyfile = Caddyfile::of_cluster(Path::new("."))?;
    let mut gateways: Vec<(String, Server)> = vec![
        (AS_IT_IS.to_owned(), start(&caddyfile, &[])?),
        ("nothing but `reverse_proxy`".to_owned(), start(&Caddyfile::bare(), &[])?),
    ];
    let mut refused = Vec::new();
    for change in &CHANGES {
        let Changed { name, caddyfile, environment } = change.make(&caddyfile)?;
        match start(&caddyfile, environment.as_slice()) {
            Ok(gateway) => gateways.push((name, gateway)),
            Err(why) => refused.push(format!("- {name} was not measured: {why}")),
        }
    }
    let servers: Vec<&Server> = gateways.iter().map(|(_, gateway)| gateway).collect();
    bench.ensure_equal_terms(&servers)?;
    let all = bench.measure(&cases(&[64, 1024]), |part, connections| {
        let gateways = gateways.iter();
        gateways.map(|(name, gw)| through(name, gw, &streamer, part, connections)).collect()
    })?;
    let text = format!(
        "\
Caddy {} with the Caddyfile of `k8s/base`, changed in the addresses and in one setting at a time. All of them run\n\
before the same server and are asked in turn for random ranges over plain HTTP.",
        caddy::version(&bench.caddy)?
    );
    bench.show_section("Settings of the Caddyfile", &text);
    report::show_gateways(&all, "Caddyfile", Some(AS_IT_IS));
    report::show_text(&format!("\n{}", refused.join("\n")));
    Ok(())
}

/// What a change makes.
struct Changed {
    name: String,
    caddyfile: Caddyfile,
    environment: Option<(&'static str, &'static str)>,
}

impl Change {
    fn make(&self, caddyfile: &Caddyfile) -> Result<Changed> {
        let (mut caddyfile, mut environment) = (caddyfile.clone(), None);
        let name = match self {
            OnlyStreams => {
                caddyfile.keep_only_streams()?;
                "without `handle` and its matchers".to_owned()
            }
            Toggle(block, lines) => {
                let how = caddyfile.toggle(*block, lines)?;
                format!("{how} `{}`", lines.join("; "))
            }
            Set(block, line) => {
                caddyfile.set(*block, line)?;
                format!("with `{line}`")
            }
            Environment(name, value) => {
                environment = Some((*name, *value));
                format!("with {name}={value}")
            }
        };
        Ok(Changed { name, caddyfile, environment })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_can_be_made_to_the_caddyfile_of_the_cluster() {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let caddyfile = Caddyfile::of_cluster(&repository).unwrap();
        for change in &CHANGES {
            let changed = change.make(&caddyfile).unwrap();
            let is_same = changed.caddyfile == caddyfile;
            assert_eq!(is_same, changed.environment.is_some(), "{}", changed.name);
        }
    }
}
