//! HTTP/2 and HPACK, checked by h2spec, a suite of another project.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use ginflix_tests::certificate::Certificate;
use ginflix_tests::server::Server;
use ginflix_tests::{binaries, exceptions};

/// How many seconds h2spec waits for a reaction of the server. It waits that long in each test that
/// fails.
const TIMEOUT_SECONDS: &str = "5";
/// The fewest tests that it must have run.
const MIN_TESTS: usize = 140;

/// How often h2spec is run at most. A response may be complete before the faulty frame of a test
/// arrives, and the server then ignores the frame (RFC 9113, sections 5.1 and 8.1), which h2spec
/// does not expect. So only a test that fails each time has failed.
const RUNS: usize = 8;

/// Runs all tests of h2spec. They may fail only as `exceptions.yaml` says for `name`.
fn assert_conforms(name: &str, server: &Server, flags: &[&str]) {
    let mut failed = run(server, flags);
    for _ in 1..RUNS {
        if exceptions::are_only_accepted(name, &failed) {
            break;
        }
        let again = run(server, flags);
        failed.retain(|test| again.contains(test));
    }
    exceptions::assert_only_accepted(name, &failed);
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

/// Runs all tests of h2spec, and returns those that failed.
fn run(server: &Server, flags: &[&str]) -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    let program = binaries::cache().join("h2spec/h2spec");
    assert!(program.exists(), "h2spec is missing: run `scripts/setup go security`");
    let report = folder.path().join("report.xml");
    let output = Command::new(program)
        .args(["--host", "127.0.0.1", "--port", &server.address().port().to_string()])
        .args(["--timeout", TIMEOUT_SECONDS, "--junit-report"])
        .arg(&report)
        .args(flags)
        .output()
        .unwrap();
    let report = std::fs::read_to_string(report).unwrap_or_else(|error| {
        panic!("h2spec wrote no report: {error}\n{}", String::from_utf8_lossy(&output.stderr))
    });
    let (count, failed) = read_report(&report);
    assert!(count >= MIN_TESTS, "h2spec ran only {count} tests");
    failed
}

/// Returns the number of tests of a JUnit report, and those that failed: the section, the number of
/// the test in it, and its title.
fn read_report(report: &str) -> (usize, BTreeSet<String>) {
    let attribute = |text: &str, name: &str| {
        let (_, rest) = text.split_once(&format!(" {name}=\"")).unwrap();
        let (value, _) = rest.split_once('"').unwrap();
        value.replace("&#39;", "'").replace("&#34;", "\"").replace("&gt;", ">").replace("&lt;", "<")
    };
    let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
    let cases: Vec<&str> = report.split("<testcase").skip(1).collect();
    let mut failed = BTreeSet::new();
    for case in &cases {
        let section = attribute(case, "package");
        let number = numbers.entry(section.clone()).or_default();
        *number += 1;
        if case.contains("<failure") || case.contains("<error") {
            failed.insert(format!("{section}/{number}: {}", attribute(case, "classname")));
        }
    }
    (cases.len(), failed)
}

#[test]
#[ignore = "needs h2spec; make test-security runs it"]
fn http_2_conforms_without_tls() {
    assert_conforms("h2spec without TLS", &Server::start(), &[]);
}

#[test]
#[ignore = "needs h2spec; make test-security runs it"]
fn http_2_conforms_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = Certificate::generate(folder.path(), "a");
    let server = Server::start_with(&certificate.flags());
    assert_conforms("h2spec over TLS", &server, &["--tls", "--insecure"]);
}

#[test]
fn failed_tests_of_a_report_have_a_section_and_a_number() {
    let report = r#"<testsuites><testsuite>
        <testcase package="http2/4.1" classname="Sends &#34;a&#34;" time="1"></testcase>
        <testcase package="http2/4.1" classname="Sends b" time="1"><failure>x</failure></testcase>
        </testsuite></testsuites>"#;
    assert_eq!(read_report(report), (2, BTreeSet::from(["http2/4.1/2: Sends b".to_owned()])));
}
