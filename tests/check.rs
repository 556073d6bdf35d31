//! `ginflix cluster check` reports each fault between viewers and media files that is injected
//! alone, and reports none for a cluster without faults.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use std::fs;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use ginflix_tests::cli::{Cli, Outcome};
use ginflix_tests::gateway::read_request_head;
use ginflix_tests::http::noise;

/// How long the buffering proxy delays a response: longer than responses take on a busy machine.
const RESPONSE_DELAY: Duration = Duration::from_secs(6);

/// A fault of a proxy.
#[derive(Clone, Copy)]
enum ProxyFault {
    /// It drops the header field `Range`.
    DropsRange,
    /// It reads a whole response, slowly, before it passes any of it on.
    Buffers,
}

/// Starts a proxy with a fault, which runs until the test ends. Returns its URL.
fn proxy(upstream: SocketAddr, fault: ProxyFault) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || drop(serve(client, upstream, fault)));
        }
    });
    url
}

fn serve(mut client: TcpStream, upstream: SocketAddr, fault: ProxyFault) -> io::Result<()> {
    let Some(head) = read_request_head(&mut client)? else { return Ok(()) };
    let is_range = head.to_ascii_lowercase().contains("\r\nrange:");
    let mut upstream = TcpStream::connect(upstream)?;
    let (line, fields) = head.split_once("\r\n").unwrap();
    write!(upstream, "{line}\r\nConnection: close\r\n")?;
    for field in fields.split_inclusive("\r\n") {
        let is_dropped = matches!(fault, ProxyFault::DropsRange)
            && field.to_ascii_lowercase().starts_with("range:");
        if !is_dropped {
            upstream.write_all(field.as_bytes())?;
        }
    }
    if matches!(fault, ProxyFault::Buffers) && line.contains("/stream/") && !is_range {
        let mut response = Vec::new();
        upstream.read_to_end(&mut response)?;
        if line.starts_with("GET") {
            thread::sleep(RESPONSE_DELAY); // pace: a late response
        }
        client.write_all(&response)?;
    } else {
        io::copy(&mut upstream, &mut client)?;
    }
    client.shutdown(Shutdown::Both)
}

/// Starts a cluster with a media file. Returns the address on which it listens.
fn cluster_with_media() -> (Cli, SocketAddr) {
    let cli = Cli::new();
    let up = cli.json(&["cluster", "up", "--provider", "local", "--port", "0"]);
    let url = up["url"].as_str().unwrap();
    let address = url.trim_start_matches("http://").trim_end_matches('/').parse().unwrap();
    let file = cli.file("film.mp4", noise(3_000_000, 7));
    cli.run(&["upload", "--any-type", file.to_str().unwrap()]).expect_success();
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
    let outcome = check_at(&cli, &proxy(address, ProxyFault::DropsRange));
    let report = report(&outcome);
    assert!(in_one_line(report).contains("drops the header Range"), "{report}");
    assert!(report.contains("docs/checks.md#film"), "{report}");
    assert!(!report.contains("buffering"), "{report}");
}

#[test]
fn a_proxy_that_buffers_is_reported() {
    let (cli, address) = cluster_with_media();
    let outcome = check_at(&cli, &proxy(address, ProxyFault::Buffers));
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
