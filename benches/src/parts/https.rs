//! HTTPS by HTTP/1.1 and HTTP/2 beside nginx.

use std::path::Path;

use anyhow::Result;

use super::{Bench, cases, plainly};
use crate::certificate::Certificate;
use crate::load::{Asked, Protocol};
use crate::report;
use crate::servers::nginx::Nginx;
use crate::servers::{Server, ginflix};
use crate::terms;
use crate::throughput::Contender;

const TEXT: &str = "\
The same certificate (P-256), TLS 1.3 and TLS_AES_256_GCM_SHA384 for both, which is checked before. HTTP/1.1 is asked for by
wrk as above. HTTP/2 by `h2load`, over half as many connections of two streams each; it cannot ask for random ranges,
so it asks for the same one of many files in turn.";

/// Measures it.
///
/// # Errors
/// Where a server does not start or ends, or encrypts in another way.
pub fn run(bench: &Bench) -> Result<()> {
    let certificate = Certificate::make(bench.files.folder())?;
    // Before the servers start: GinFlix hashes what it finds.
    let _ = bench.files.make_medium()?;
    let nginx = Nginx::start(&bench.files, Some(&certificate))?;
    let (file, key) =
        (certificate.certificate.to_string_lossy(), certificate.key.to_string_lossy());
    let flags = ["--tls-cert", &file, "--tls-key", &key];
    let ginflix = ginflix::start(&bench.server, "ginflix", bench.files.folder(), &flags)?;
    bench.ensure_equal_terms(&[&nginx.server, &ginflix])?;
    for part in [1, 1 << 20] {
        terms::ensure_cipher("nginx", nginx.https_port(part))?;
    }
    terms::ensure_cipher("ginflix", ginflix.port())?;
    let both = |protocol: Protocol| {
        let (nginx, ginflix) = (&nginx, &ginflix);
        move |part: u64, at_once: usize| {
            vec![
                encrypted("nginx", &nginx.server, nginx.https_port(part), protocol, part, at_once),
                encrypted("ginflix", ginflix, ginflix.port(), protocol, part, at_once),
            ]
        }
    };
    let http1 = bench.measure(&cases(&[64, 1024, 8192]), both(Protocol::Http1))?;
    let http2 = bench.measure(&cases(&[1024, 8192]), both(Protocol::Http2))?;
    bench.show_section("HTTPS", TEXT);
    report::show_text(kernel_tls());
    report::show_text("\n### By HTTP/1.1\n");
    report::show_cost(&http1, &["nginx"]);
    report::show_text("\n### By HTTP/2\n");
    report::show_cost(&http2, &["nginx"]);
    Ok(())
}

/// Asks a server for ranges over TLS.
pub fn encrypted<'a>(
    name: &str,
    server: &'a Server,
    port: u16,
    protocol: Protocol,
    part: u64,
    at_once: usize,
) -> Contender<'a> {
    let mut contender = plainly(name, server, port, part, at_once);
    let origin = format!("https://127.0.0.1:{port}");
    contender.asked = Asked { protocol, origin, ..contender.asked };
    contender
}

/// Whether the kernel could encrypt for nginx; it loads its module when nginx first tries.
fn kernel_tls() -> &'static str {
    if Path::new("/proc/net/tls_stat").exists() {
        "nginx may have the kernel encrypt (`ssl_conf_command Options KTLS`), and this one can."
    } else {
        "nginx may have the kernel encrypt (`ssl_conf_command Options KTLS`), but this one has no module for it."
    }
}
