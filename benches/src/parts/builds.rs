//! Two builds of this project's server, by all ways that it sends files: what a change costs.

use std::path::Path;

use anyhow::{Context, Result};

use super::https::encrypted;
use super::{Bench, cases, plainly, private};
use crate::certificate::Certificate;
use crate::load::Protocol;
use crate::report;
use crate::servers::{Server, ginflix};
use crate::throughput::Contender;

const TEXT: &str = "\
Two builds of ginflix, asked for the same ranges in turn: from a public server, from one with `--access private` by a signed
link and by a session cookie, and over TLS by HTTP/1.1 and HTTP/2.";

/// One build, as servers of each kind.
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
        let (cookie, link) = private::let_in(&private)?;
        Ok(Self { name, public, private, https, cookie, link })
    }

    fn public(&self, part: u64, at_once: usize) -> Contender<'_> {
        plainly(self.name, &self.public, self.public.port(), part, at_once)
    }

    fn by_link(&self, part: u64, at_once: usize) -> Contender<'_> {
        let mut contender = plainly(self.name, &self.private, self.private.port(), part, at_once);
        contender.asked.target = Some(self.link.clone());
        contender
    }

    fn by_cookie(&self, part: u64, at_once: usize) -> Contender<'_> {
        let mut contender = plainly(self.name, &self.private, self.private.port(), part, at_once);
        contender.asked.field = Some(self.cookie.clone());
        contender
    }

    fn encrypted(&self, protocol: Protocol, part: u64, at_once: usize) -> Contender<'_> {
        encrypted(self.name, &self.https, self.https.port(), protocol, part, at_once)
    }
}

/// Measures both.
///
/// # Errors
/// If no other build is named, or a server does not start or ends.
pub fn run(bench: &Bench) -> Result<()> {
    let before = bench.before.as_deref().context("name the other build by --before PROGRAM")?;
    let certificate = Certificate::make(bench.files.folder())?;
    // Before the servers start: GinFlix hashes what it finds.
    let _ = bench.files.make_medium()?;
    let builds = [
        Build::start(bench, "before", before, &certificate)?,
        Build::start(bench, "now", &bench.server, &certificate)?,
    ];
    let mut plain = Vec::new();
    for &part in &bench.sizes {
        plain.extend(bench.connections.iter().map(|&connections| (part, connections)));
    }
    bench.show_section("Two builds", TEXT);
    let show = |title: &str, cases: &[(u64, usize)], contender: &Contend<'_>| -> Result<()> {
        let all = bench.measure(cases, |part, at_once| {
            builds.iter().map(|build| contender(build, part, at_once)).collect()
        })?;
        report::show_text(&format!("\n### {title}\n"));
        report::show_cost(&all, &["before"]);
        Ok(())
    };
    show("Public", &plain, &Build::public)?;
    show("By signed link", &cases(&[64, 1024]), &Build::by_link)?;
    show("By cookie", &cases(&[64, 1024]), &Build::by_cookie)?;
    show("HTTPS by HTTP/1.1", &cases(&[64, 1024]), &|build, part, at_once| {
        build.encrypted(Protocol::Http1, part, at_once)
    })?;
    show("HTTPS by HTTP/2", &cases(&[1024, 8192]), &|build, part, at_once| {
        build.encrypted(Protocol::Http2, part, at_once)
    })
}

/// What is asked of a build.
type Contend<'a> = dyn for<'b> Fn(&'b Build, u64, usize) -> Contender<'b> + 'a;
