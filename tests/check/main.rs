//! `ginflix cluster check` reports each fault between viewers and media files that is injected
//! alone, and reports none for a cluster without faults.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

mod hls;
mod proxy;

use std::fs;
use std::net::{SocketAddr, TcpListener};

use ginflix_tests::cli::{Cli, Outcome};
use ginflix_tests::http::noise;
use serde_json::Value;

use self::proxy::ProxyFault;

/// Starts a cluster with more arguments. Returns the address on which it listens.
fn start(more: &[&str]) -> (Cli, SocketAddr) {
    let cli = Cli::new();
    let up = ["cluster", "up", "--provider", "local", "--port", "0"];
    let up = cli.json(&[up.as_slice(), more].concat());
    let url = up["url"].as_str().unwrap();
    let address = url.trim_start_matches("http://").trim_end_matches('/').parse().unwrap();
    (cli, address)
}

fn upload(cli: &Cli, name: &str, content: Vec<u8>) {
    let file = cli.file(name, content);
    cli.run(&["upload", "--any-type", file.to_str().unwrap()]).expect_success();
}

/// Starts a cluster with a media file, which cannot be packaged. Returns the address on which it listens.
fn cluster_with_media() -> (Cli, SocketAddr) {
    let (cli, address) = start(&[]);
    upload(&cli, "film.mp4", noise(3_000_000, 7));
    (cli, address)
}

fn token(cli: &Cli) -> String {
    fs::read_to_string(cli.home().join("state/ginflix/token")).unwrap().trim().to_owned()
}

/// Runs the check for the server at this URL.
fn check_at(cli: &Cli, url: &str) -> Outcome {
    let token = token(cli);
    cli.run_with(&["--server", url, "cluster", "check"], &[("GINFLIX_TOKEN", &token)])
}

/// Runs the check for the server at this URL, which may fail. Returns its report as JSON.
fn check_json_at(cli: &Cli, url: &str) -> Value {
    let token = token(cli);
    let check = ["--server", url, "cluster", "check", "-o", "json"];
    let outcome = cli.run_with(&check, &[("GINFLIX_TOKEN", &token)]);
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|e| panic!("{e}: {outcome:#?}"))
}

/// Returns the report of a check that must have failed.
#[track_caller]
fn report(outcome: &Outcome) -> &str {
    assert_eq!(outcome.code, 1, "{outcome:#?}");
    &outcome.stdout
}

/// Returns a report with all line breaks replaced by spaces.
fn in_one_line(report: &str) -> String {
    report.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_cluster_without_faults_passes() {
    let (cli, address) = cluster_with_media();
    let report = cli.json(&["cluster", "check"]);
    assert_eq!(report["failed"], 0, "{report}");
    let playback = report["checks"].as_array().unwrap().iter().find(|c| c["category"] == "film");
    assert_eq!(playback.unwrap()["outcome"], "passed");
    check_at(&cli, &format!("http://{address}")).expect_success();

    let junit = cli.home().join("check.xml");
    cli.run(&["cluster", "check", "--junit", junit.to_str().unwrap()]).expect_success();
    let xml = fs::read_to_string(junit).unwrap();
    assert!(xml.contains("failures=\"0\"") && xml.contains("classname=\"Film\""), "{xml}");
    cli.run(&["cluster", "check", "--film", "none.mp4"]).expect_failure(3);
}

#[test]
fn a_proxy_that_drops_ranges_is_reported() {
    let (cli, address) = cluster_with_media();
    let outcome = check_at(&cli, &proxy::start(address, ProxyFault::DropsRange));
    let report = report(&outcome);
    assert!(in_one_line(report).contains("drops the header Range"), "{report}");
    assert!(report.contains("docs/checks.md#film"), "{report}");
    assert!(!report.contains("buffering"), "{report}");
}

#[test]
fn a_proxy_that_buffers_is_reported() {
    let (cli, address) = cluster_with_media();
    let outcome = check_at(&cli, &proxy::start(address, ProxyFault::Buffers));
    let report = report(&outcome);
    let faults: Vec<&str> =
        report.lines().filter(|line| line.trim_start().starts_with('✗')).collect();
    assert_eq!(faults.len(), 1, "{report}");
    assert!(faults[0].contains("public address: buffering"), "{report}");
}

#[test]
fn a_truncated_file_is_reported() {
    let (cli, _) = cluster_with_media();
    let file = cli.home().join("state/ginflix/data/media/film.mp4");
    fs::OpenOptions::new().write(true).open(&file).unwrap().set_len(2_000_000).unwrap();
    let outcome = cli.run(&["cluster", "check"]);
    assert!(
        in_one_line(report(&outcome)).contains("2000000, and should be 3000000"),
        "{outcome:?}"
    );
}

#[test]
fn the_preflight_reports_a_port_in_use() {
    let cli = Cli::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let preflight = ["cluster", "check", "--pre", "--provider", "local", "--port", &port];
    let outcome = cli.run(&preflight);
    let fault = format!("port {port} of 127.0.0.1 is in use");
    assert!(in_one_line(report(&outcome)).contains(&fault), "{outcome:?}");
    drop(listener);
    cli.run(&preflight).expect_success();

    cli.run(&["cluster", "check"]).expect_failure(3);
    cli.up();
    cli.run(&["cluster", "down"]).expect_success();
    let outcome = cli.run(&["cluster", "check"]);
    assert!(report(&outcome).contains("ginflix cluster up"), "{outcome:?}");
}

#[test]
fn manifests_are_printed_without_a_cluster() {
    let cli = Cli::new();
    let dry_run = ["cluster", "up", "--provider", "kind", "--dry-run"];
    let more = ["-o", "yaml", "--image", "registry.example/server:7", "--replicas", "streamer=5"];
    let yaml = cli.run(&[dry_run.as_slice(), &more].concat()).expect_success().stdout;
    assert!(yaml.matches("\n---\n").count() > 20, "{yaml}");
    for expected in ["image: registry.example/server:7", "replicas: 5", "nodePort: 30080"] {
        assert!(yaml.contains(expected), "{expected}: {yaml}");
    }
    assert!(!yaml.contains("kind: Secret"));
    cli.run(&["cluster", "up", "--provider", "local", "--dry-run"]).expect_failure(2);
    cli.run(&["cluster", "up", "--provider", "local", "--image", "a:1"]).expect_failure(2);
    cli.run(&["cluster", "status"]).expect_failure(3);
}
