//! HTTPS by HTTP/1.1 and HTTP/2, compared with nginx.

use std::path::Path;

use anyhow::Result;

use super::{Bench, cases, plain_http};
use crate::certificate::Certificate;
use crate::conditions;
use crate::load::{Protocol, Workload};
use crate::report;
use crate::servers::nginx::Nginx;
use crate::servers::{Server, ginflix};
use crate::throughput::Contender;

const TEXT: &str = "\
The same certificate (P-256), TLS 1.3 and TLS_AES_256_GCM_SHA384 for both, which is checked before. The requests by HTTP/1.1
come from wrk as above. Those by HTTP/2 come from `h2load`, over half as many connections with two streams each; it cannot
request random ranges, so it requests the same one of many files in turn.";

/// Measures both servers by both versions of HTTP.
///
/// # Errors
/// If a server does not start or ends, or negotiates another cipher.
pub fn run(bench: &Bench) -> Result<()> {
    let certificate = Certificate::generate(bench.files.folder())?;
    // Before the servers start, because GinFlix hashes new files.
    let _ = bench.files.create_medium()?;
    let nginx = Nginx::start(&bench.files, Some(&certificate))?;
    let (file, key) =
        (certificate.certificate.to_string_lossy(), certificate.key.to_string_lossy());
    let flags = ["--tls-cert", &file, "--tls-key", &key];
    let ginflix = ginflix::start(&bench.server, "ginflix", bench.files.folder(), &flags)?;
    bench.ensure_equal_conditions(&[&nginx.server, &ginflix])?;
    for range_bytes in [1, 1 << 20] {
        conditions::ensure_cipher("nginx", nginx.https_port(range_bytes))?;
    }
    conditions::ensure_cipher("ginflix", ginflix.port())?;
    let both = |protocol: Protocol| {
        let (nginx, ginflix) = (&nginx, &ginflix);
        move |range_bytes: u64, concurrency: usize| {
            vec![
                encrypted(
                    "nginx",
                    &nginx.server,
                    nginx.https_port(range_bytes),
                    protocol,
                    range_bytes,
                    concurrency,
                ),
                encrypted("ginflix", ginflix, ginflix.port(), protocol, range_bytes, concurrency),
            ]
        }
    };
    let http1 = bench.measure(&cases(&[64, 1024, 8192]), both(Protocol::Http1))?;
    let http2 = bench.measure(&cases(&[1024, 8192]), both(Protocol::Http2))?;
    bench.print_section("HTTPS", TEXT);
    report::print_text(kernel_tls());
    report::print_text("\n### By HTTP/1.1\n");
    report::print_cost(&http1, &["nginx"]);
    report::print_text("\n### By HTTP/2\n");
    report::print_cost(&http2, &["nginx"]);
    Ok(())
}

/// Builds a contender that gets requests for ranges over TLS.
pub fn encrypted<'a>(
    name: &str,
    server: &'a Server,
    port: u16,
    protocol: Protocol,
    range_bytes: u64,
    concurrency: usize,
) -> Contender<'a> {
    let mut contender = plain_http(name, server, port, range_bytes, concurrency);
    let origin = format!("https://127.0.0.1:{port}");
    contender.workload = Workload { protocol, origin, ..contender.workload };
    contender
}

/// Returns the text on TLS in the kernel, whose module is loaded when nginx first uses it.
fn kernel_tls() -> &'static str {
    if Path::new("/proc/net/tls_stat").exists() {
        "nginx may let the kernel encrypt (`ssl_conf_command Options KTLS`), and this one can."
    } else {
        "nginx may let the kernel encrypt (`ssl_conf_command Options KTLS`), but this one has no module for it."
    }
}
