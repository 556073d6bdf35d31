//! The cost of a change: two builds of the server, in all ways that it sends files.

use std::path::Path;

use anyhow::{Context, Result};

use super::https::encrypted;
use super::{Bench, cases, plain_http, private};
use crate::certificate::Certificate;
use crate::load::Protocol;
use crate::report;
use crate::servers::{Server, ginflix};
use crate::throughput::Contender;

const TEXT: &str = "\
Two builds of ginflix send the same ranges in turn: from a public server, from one with `--access private` by a signed
link and by a session cookie, and over TLS by HTTP/1.1 and HTTP/2.";

/// The servers of one build.
struct Build {
    name: &'static str,
    public: Server,
    private: Server,
    https: Server,
    cookie: String,
    link: String,
}

impl Build {
    fn start(
        bench: &Bench,
        name: &'static str,
        binary: &Path,
        certificate: &Certificate,
    ) -> Result<Self> {
        let folder = |kind: &str| bench.files.data_dir(&format!("{name}-{kind}"));
        let public = ginflix::start(binary, name, &folder("public")?, &[])?;
        let private = private::start(binary, name, &folder("private")?)?;
        let (file, key) =
            (certificate.certificate.to_string_lossy(), certificate.key.to_string_lossy());
        let flags = ["--tls-cert", &*file, "--tls-key", &*key];
        let https = ginflix::start(binary, name, &folder("https")?, &flags)?;
        let (cookie, link) = private::create_credentials(&private)?;
        Ok(Self { name, public, private, https, cookie, link })
    }

    fn public(&self, range_bytes: u64, concurrency: usize) -> Contender<'_> {
        plain_http(self.name, &self.public, self.public.port(), range_bytes, concurrency)
    }

    fn by_link(&self, range_bytes: u64, concurrency: usize) -> Contender<'_> {
        let mut contender =
            plain_http(self.name, &self.private, self.private.port(), range_bytes, concurrency);
        contender.workload.target = Some(self.link.clone());
        contender
    }

    fn by_cookie(&self, range_bytes: u64, concurrency: usize) -> Contender<'_> {
        let mut contender =
            plain_http(self.name, &self.private, self.private.port(), range_bytes, concurrency);
        contender.workload.field = Some(self.cookie.clone());
        contender
    }

    fn encrypted(&self, protocol: Protocol, range_bytes: u64, concurrency: usize) -> Contender<'_> {
        encrypted(self.name, &self.https, self.https.port(), protocol, range_bytes, concurrency)
    }
}

/// Measures both builds.
///
/// # Errors
/// If there is no other build, or a server does not start or ends.
pub fn run(bench: &Bench) -> Result<()> {
    let before = bench
        .before
        .as_deref()
        .context("the part `builds` needs another build: --before PROGRAM")?;
    let certificate = Certificate::generate(bench.files.folder())?;
    // Before the servers start, because GinFlix hashes new files.
    let _ = bench.files.create_medium()?;
    let builds = [
        Build::start(bench, "before", before, &certificate)?,
        Build::start(bench, "now", &bench.server, &certificate)?,
    ];
    let mut plain = Vec::new();
    for &range_bytes in &bench.sizes {
        plain.extend(bench.connections.iter().map(|&connections| (range_bytes, connections)));
    }
    bench.print_section("Two builds", TEXT);
    let print = |title: &str, cases: &[(u64, usize)], contender: &BuildContender<'_>| {
        let all = bench.measure(cases, |range_bytes, concurrency| {
            builds.iter().map(|build| contender(build, range_bytes, concurrency)).collect()
        })?;
        report::print_text(&format!("\n### {title}\n"));
        report::print_cost(&all, &["before"]);
        anyhow::Ok(())
    };
    print("Public", &plain, &Build::public)?;
    print("By signed link", &cases(&[64, 1024]), &Build::by_link)?;
    print("By cookie", &cases(&[64, 1024]), &Build::by_cookie)?;
    print("HTTPS by HTTP/1.1", &cases(&[64, 1024]), &|build, range_bytes, concurrency| {
        build.encrypted(Protocol::Http1, range_bytes, concurrency)
    })?;
    print("HTTPS by HTTP/2", &cases(&[1024, 8192]), &|build, range_bytes, concurrency| {
        build.encrypted(Protocol::Http2, range_bytes, concurrency)
    })
}

/// Builds the contender of one build, from the size of ranges and the number of requests.
type BuildContender<'a> = dyn for<'b> Fn(&'b Build, u64, usize) -> Contender<'b> + 'a;
