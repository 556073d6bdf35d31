//! The cost of each setting of the Caddyfile: one at a time is removed, added or changed.

use std::path::Path;

use anyhow::Result;

use super::gateway::{STREAMER_FLAGS, through_gateway};
use super::{Bench, cases};
use crate::report;
use crate::servers::caddyfile::{Block, Caddyfile};
use crate::servers::{Server, caddy, ginflix};

/// The name of the unchanged Caddyfile in the table.
const AS_IT_IS: &str = "as it is";

/// A change of the Caddyfile of the cluster.
enum Change {
    /// Keeps only the directive that streams.
    OnlyStreams,
    /// Removes these lines, or adds them if they are not there.
    Toggle(Block, &'static [&'static str]),
    /// Sets a directive to another value.
    Set(Block, &'static str),
    /// Sets an environment variable of Caddy.
    Environment(&'static str, &'static str),
}

use Change::{Environment, OnlyStreams, Set, Toggle};

/// The changes that are measured. Which settings are accepted depends on the version of Caddy; the
/// report lists the rejected ones below the table.
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
    // Buffers of Caddy up to 2.6.2, and of later versions.
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

/// Measures all changes.
///
/// # Errors
/// If the server or the unchanged gateway does not start, or one of them ends.
pub fn run(bench: &Bench) -> Result<()> {
    let folder = bench.files.folder();
    let streamer = ginflix::start(&bench.server, "ginflix", folder, &STREAMER_FLAGS)?;
    let start = |caddyfile: &Caddyfile, environment: &[(&str, &str)]| {
        caddy::start(&bench.caddy, folder, caddyfile, streamer.port(), environment)
    };
    let caddyfile = Caddyfile::of_repository(Path::new("."))?;
    let mut gateways: Vec<(String, Server)> = vec![
        (AS_IT_IS.to_owned(), start(&caddyfile, &[])?),
        ("nothing but `reverse_proxy`".to_owned(), start(&Caddyfile::bare(), &[])?),
    ];
    let mut rejected = Vec::new();
    for change in &CHANGES {
        let ChangedCaddyfile { name, caddyfile, environment } = change.apply(&caddyfile)?;
        match start(&caddyfile, environment.as_slice()) {
            Ok(gateway) => gateways.push((name, gateway)),
            Err(error) => rejected.push(format!("- {name} was not measured: {error}")),
        }
    }
    let servers: Vec<&Server> = gateways.iter().map(|(_, gateway)| gateway).collect();
    bench.ensure_equal_conditions(&servers)?;
    let all = bench.measure(&cases(&[64, 1024]), |range_bytes, connections| {
        let gateways = gateways.iter();
        gateways
            .map(|(name, gateway)| {
                through_gateway(name, gateway, &streamer, range_bytes, connections)
            })
            .collect()
    })?;
    let text = format!(
        "\
Caddy {} with the Caddyfile of `k8s/base`, changed in the addresses and in one setting at a time. All of them run\n\
in front of the same server and get requests for random ranges over plain HTTP in turn.",
        caddy::version(&bench.caddy)?
    );
    bench.print_section("Settings of the Caddyfile", &text);
    report::print_gateways(&all, "Caddyfile", Some(AS_IT_IS));
    report::print_text(&format!("\n{}", rejected.join("\n")));
    Ok(())
}

/// The result of a change, and its name in the table.
struct ChangedCaddyfile {
    name: String,
    caddyfile: Caddyfile,
    environment: Option<(&'static str, &'static str)>,
}

impl Change {
    fn apply(&self, caddyfile: &Caddyfile) -> Result<ChangedCaddyfile> {
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
        Ok(ChangedCaddyfile { name, caddyfile, environment })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_can_be_applied_to_the_caddyfile_of_the_cluster() {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let caddyfile = Caddyfile::of_repository(&repository).unwrap();
        for change in &CHANGES {
            let changed = change.apply(&caddyfile).unwrap();
            let is_same = changed.caddyfile == caddyfile;
            assert_eq!(is_same, changed.environment.is_some(), "{}", changed.name);
        }
    }
}
